"""People: the list with its vacant posts, and new accounts."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field

from engine.errors import Conflict, InvalidInput, Refused
from engine.transaction import Transaction
from hotline import organisation, people
from hotline.access import may, require
from hotline.people import NewPerson
from web.posts_form import PostsForm, department_names, post_rows, refused_fields
from web.problems import page_router
from web.rendering import Flash, is_htmx, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 50


class PeopleQuery(BaseModel):
    """The filters of the list."""

    q: str = ""
    department: str = ""
    active: str = "yes"
    offset: int = Field(0, ge=0, le=1_000_000)

    def url(self, **changes: Any) -> str:
        """The same list with something changed."""
        return "/people?" + urlencode({**self.model_dump(), "offset": 0, **changes})


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
            "departments": department_names(tx),
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
            return _new_form(request, tx, form, refused_fields(error), 409 if isinstance(error, Conflict) else 422)
    if created.one_time_password is None:
        return redirect(request, f"/people/{created.person.id}", Flash(f"已新建程序账号 {created.person.login}"))
    context = {"person": created.person, "password": created.one_time_password, "title": "已新建人员"}
    return render(request, "people/password.html", context)


def _new_form(
    request: Request, tx: Transaction, form: NewPersonForm, errors: dict[str, str], status: int = 200
) -> Response:
    context = {
        "values": form,
        "errors": {"login": "", "name": "", "phone": "", **errors},
        "problems": errors,
        **post_rows(tx, form.posts()),
    }
    return render(request, "people/new.html", context, status=status)
