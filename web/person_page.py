"""One person's page: contact, posts, absence, password, account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Request, Response

from engine.errors import Conflict, InvalidInput, MinhuError, Refused
from engine.transaction import Transaction
from hotline import absences, people
from hotline.absences import HandOver
from hotline.access import Principal, may
from hotline.people import Person
from web.moments import entered_moment
from web.posts_form import PostsForm, post_rows, refused_fields
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()


@router.get("/people/{person_id}")
def person_page(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, person_id: str) -> Response:
    """One person: account, posts, absence."""
    with runtime.read(principal.actor) as tx:
        return _person_page(request, tx, principal, people.get(tx, principal, person_id))


@router.get("/profile")
def own_page(request: Request, principal: CurrentPrincipal) -> Response:
    """One's own page."""
    return redirect(request, f"/people/{principal.person.id}")


@router.post("/people/{person_id}/contact")
def update_contact(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    person_id: str,
    name: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
) -> Response:
    """Correct name and phone."""
    return _changed(
        request,
        runtime,
        principal,
        person_id,
        lambda tx: people.update_contact(tx, principal, person_id, name, phone),
        "已更新联系信息",
    )


@router.post("/people/{person_id}/posts")
def set_posts(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    person_id: str,
    form: Annotated[PostsForm, Form()],
) -> Response:
    """Replace the posts, unless somebody changed them meanwhile."""
    return _changed(
        request,
        runtime,
        principal,
        person_id,
        lambda tx: people.set_memberships(tx, principal, person_id, form.posts(), form.former()),
        "已更新岗位",
    )


@router.post("/people/{person_id}/disable")
def disable(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, person_id: str) -> Response:
    """Lock the account; open tasks go to the other handler."""
    with runtime.write(principal.actor) as tx:
        result = people.disable(tx, principal, person_id)
    return redirect(request, f"/people/{person_id}", _handed_over("账号已停用", result))


@router.post("/people/{person_id}/enable")
def enable(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, person_id: str) -> Response:
    """Unlock the account."""
    with runtime.write(principal.actor) as tx:
        people.enable(tx, principal, person_id)
    return redirect(request, f"/people/{person_id}", Flash("账号已启用"))


@router.post("/people/{person_id}/reset-password")
def reset_password(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, person_id: str) -> Response:
    """A new one-time password, shown once."""
    with runtime.write(principal.actor) as tx:
        password = people.reset_password(tx, principal, person_id)
        person = people.get(tx, principal, person_id)
    context = {"person": person, "password": password, "title": "已重置密码"}
    return render(request, "people/password.html", context)


@router.post("/people/{person_id}/absence")
def set_absence(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    person_id: str,
    until: Annotated[str, Form()] = "",
) -> Response:
    """Away until then: B takes over at once (2-2); no date ends the absence."""
    try:
        with runtime.write(principal.actor) as tx:
            result = absences.set_absence(tx, principal, person_id, entered_moment(until, "until"))
    except InvalidInput as error:
        return _refused(request, runtime, principal, person_id, error)
    text = "已登记缺岗" if until else "已取消缺岗"
    return redirect(request, f"/people/{person_id}", _handed_over(text, result))


def _handed_over(text: str, result: HandOver) -> Flash:
    if result.left:
        left = "；".join(f"{task.business_key} {task.task_name}（{task.reason}）" for task in result.left)
        return Flash(f"{text}，{len(result.moved)} 项任务已转交，{len(result.left)} 项需人工改派：{left}", "warn")
    return Flash(f"{text}，{len(result.moved)} 项任务已转交另一角" if result.moved else text)


def _changed(
    request: Request,
    runtime: CurrentRuntime,
    principal: Principal,
    person_id: str,
    change: Callable[[Transaction], object],
    text: str,
) -> Response:
    """One change of a person in one transaction; what does not fit is said on the person's page."""
    try:
        with runtime.write(principal.actor) as tx:
            change(tx)
    except (InvalidInput, Conflict, Refused) as error:
        return _refused(request, runtime, principal, person_id, error)
    return redirect(request, f"/people/{person_id}", Flash(text))


def _refused(
    request: Request, runtime: CurrentRuntime, principal: Principal, person_id: str, error: MinhuError
) -> Response:
    with runtime.read(principal.actor) as tx:
        person = people.get(tx, principal, person_id)
        status = 409 if isinstance(error, Conflict) else 422
        return _person_page(request, tx, principal, person, refused_fields(error), status)


def _person_page(
    request: Request,
    tx: Transaction,
    principal: Principal,
    person: Person,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    own = person.id == principal.person.id
    context = {
        "person": person,
        "errors": {"name": "", "phone": "", "until": "", **(errors or {})},
        "problems": errors or {},
        "absent": person.absent_at(tx.now),
        "deputies": list(absences.deputies_of(tx, person).values()),
        "own": own,
        "may_manage": may(principal, "people.manage"),
        "may_set_absence": own or may(principal, "people.manage") or _heads(principal, person),
        **post_rows(tx, person.memberships),
    }
    return render(request, "people/person.html", context, status=status)


def _heads(principal: Principal, person: Person) -> bool:
    """Whether to offer the button; the verb decides."""
    headed = {post.department_id for post in principal.person.memberships if post.role == "head"}
    return bool(headed & {post.department_id for post in person.memberships})
