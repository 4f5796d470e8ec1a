"""People: the list with its vacant posts, new accounts, one person's page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import Conflict, InvalidInput, MinhuError, Refused
from engine.transaction import Transaction
from hotline import absences, organisation, people, roles
from hotline.absences import HandOver
from hotline.access import Principal, may, require
from hotline.people import Membership, NewPerson, Person
from web.moments import entered_moment
from web.problems import page_router
from web.rendering import Flash, is_htmx, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 50
EMPTY_ROWS = 2  # for further posts


class PeopleQuery(BaseModel):
    """The filters of the list."""

    q: str = ""
    department: str = ""
    active: str = "yes"
    offset: int = Field(0, ge=0, le=1_000_000)

    def url(self, **changes: Any) -> str:
        """The same list with something changed."""
        return "/people?" + urlencode({**self.model_dump(), "offset": 0, **changes})


class PostsForm(BaseModel):
    """Rows of posts, column by column, and the posts the page was made from."""

    model_config = ConfigDict(extra="forbid")

    department_id: list[str] = []
    role: list[str] = []
    handler_rank: list[str] = []
    expected: list[str] = []

    def posts(self) -> list[Membership]:
        """The rows that were filled in."""
        rows = zip(self.department_id, self.role, self.handler_rank, strict=True)
        return [Membership(d, r, rank or None) for d, r, rank in rows if d and r]

    def former(self) -> list[Membership]:
        """The posts shown when the form was opened."""
        parts = (text.split("/") for text in self.expected)
        return [Membership(d, r, rank or None) for d, r, rank in parts]


class NewPersonForm(PostsForm):
    """A new account with its posts."""

    login: str = ""
    name: str = ""
    phone: str = ""
    program: bool = False


@router.get("/people")
def people_list(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    query: Annotated[PeopleQuery, Query()],
) -> Response:
    """Everybody with their posts, and what is vacant."""
    active = {"yes": True, "no": False}.get(query.active)
    with runtime.read(principal.actor) as tx:
        page = people.list_page(
            tx,
            principal,
            search=query.q,
            department=query.department or None,
            active=active,
            limit=PAGE_SIZE,
            offset=query.offset,
        )
        context = {
            "page": page,
            "query": query,
            "now": tx.now,
            "page_url": lambda offset: query.url(offset=offset),
            "departments": _departments(tx),
            "faults": organisation.faults(tx),
            "may_manage": may(principal, "people.manage"),
            "may_issue_tokens": may(principal, "token.manage"),
        }
    return render(request, "people/_rows.html" if is_htmx(request) else "people/list.html", context)


@router.get("/people/new")
def new_person(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal) -> Response:
    """The form for a new account."""
    require(principal, "people.manage")
    with runtime.read(principal.actor) as tx:
        return _new_form(request, tx, NewPersonForm(), {})


@router.post("/people/new")
def create_person(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    form: Annotated[NewPersonForm, Form()],
) -> Response:
    """Create the account and show its one-time password, once."""
    new = NewPerson(form.login, form.name, form.phone, tuple(form.posts()), form.program)
    try:
        with runtime.write(principal.actor) as tx:
            created = people.create(tx, principal, new)
    except (InvalidInput, Conflict, Refused) as error:
        with runtime.read(principal.actor) as tx:
            return _new_form(request, tx, form, _fields(error), 409 if isinstance(error, Conflict) else 422)
    if created.one_time_password is None:
        return redirect(request, f"/people/{created.person.id}", Flash(f"已新建程序账号 {created.person.login}"))
    context = {"person": created.person, "password": created.one_time_password, "title": "已新建人员"}
    return render(request, "people/password.html", context)


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
        return _person_page(request, tx, principal, person, _fields(error), status)


def _fields(error: MinhuError) -> dict[str, str]:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return dict(fields) or {"": error.message}


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
        **_post_rows(tx, person.memberships),
    }
    return render(request, "people/person.html", context, status=status)


def _heads(principal: Principal, person: Person) -> bool:
    """Whether to offer the button; the verb decides."""
    headed = {post.department_id for post in principal.person.memberships if post.role == "head"}
    return bool(headed & {post.department_id for post in person.memberships})


def _new_form(
    request: Request, tx: Transaction, form: NewPersonForm, errors: dict[str, str], status: int = 200
) -> Response:
    context = {
        "values": form,
        "errors": {"login": "", "name": "", "phone": "", **errors},
        "problems": errors,
        **_post_rows(tx, form.posts()),
    }
    return render(request, "people/new.html", context, status=status)


def _post_rows(tx: Transaction, posts: Sequence[Membership] | Iterable[Membership]) -> dict[str, Any]:
    rows = list(posts)
    return {
        "posts": rows,
        "empty_rows": EMPTY_ROWS,
        "departments": _departments(tx),
        "roles": {role.id: role.label for role in roles.ROLES.values()},
        "ranks": {"A": "A角", "B": "B角"},
    }


def _departments(tx: Transaction) -> dict[str, str]:
    return {each.id: each.name for each in organisation.all_departments(tx)}
