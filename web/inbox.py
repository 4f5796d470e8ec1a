"""The inbox: what waits for me and for my groups, soonest due first; taking and giving back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from engine import user_tasks
from engine.errors import Conflict, Forbidden, NotFound
from engine.transaction import Transaction
from hotline import first_contact, inbox
from hotline.access import Principal, may
from web.problems import page_router
from web.rendering import Flash, is_htmx, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 50
SCOPES = {"mine": "我的", "groups": "本组", "all": "全部"}
FILTERS = {"overdue": "仅看已超时", "contact": "仅看先行联系"}


class InboxQuery(BaseModel):
    """The inbox as it stands in its address; without a scope it opens where there is work."""

    scope: str = ""
    search: str = ""
    only: str = ""
    offset: int = Field(0, ge=0, le=1_000_000)

    def url(self, **changes: Any) -> str:
        """The same inbox with something changed."""
        wanted = {**self.model_dump(), "offset": 0, **changes}
        return "/inbox?" + urlencode({name: value for name, value in wanted.items() if value})


@dataclass(frozen=True)
class Figure:
    """One number of the strip on top."""

    count: str
    label: str
    tone: str
    href: str


@router.get("/inbox")
def show(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, query: Annotated[InboxQuery, Query()]
) -> Response:
    with runtime.read(principal.actor) as tx:
        if is_htmx(request):
            context = _rows(tx, principal, query)
            return render(request, "inbox/_rows.html", context)
        counts = inbox.counts(tx, principal)
        query = query.model_copy(update={"scope": _scope(principal, query.scope, counts)})
        context = _rows(tx, principal, query)
        speed = first_contact.speed(tx, principal)
    context["scopes"] = [
        (query.url(scope=scope, search="", only=""), label, scope == query.scope, counts.get(scope))
        for scope, label in SCOPES.items()
        if scope != "all" or may(principal, "ticket.view_all")
    ]
    context["figures"] = _figures(query, speed, counts, sees_all=may(principal, "ticket.view_all"))
    return render(request, "inbox/inbox.html", context)


def _scope(principal: Principal, wanted: str, counts: dict[str, int]) -> str:
    if wanted in SCOPES:
        return wanted
    if not may(principal, "tasks") and may(principal, "ticket.view_all"):
        return "all"
    return "mine" if counts["mine"] else "groups"


def _rows(tx: Transaction, principal: Principal, query: InboxQuery) -> dict[str, Any]:
    scope = query.scope if query.scope in SCOPES else "mine"
    page = inbox.list_page(
        tx,
        principal,
        scope=scope,
        search=query.search,
        overdue=query.only == "overdue",
        process_key=first_contact.PROCESS if query.only == "contact" else None,
        limit=PAGE_SIZE,
        offset=query.offset,
    )
    return {
        "page": page,
        "scope": scope,
        "search": query.search,
        "only": query.only,
        "filters": FILTERS,
        "url": lambda offset: query.url(offset=offset),
    }


def _figures(query: InboxQuery, speed: first_contact.Speed, counts: dict[str, int], *, sees_all: bool) -> list[Figure]:
    percent = speed.percent_in_time
    overdue = query.url(only="overdue", search="")
    contact = query.url(only="contact", search="", scope="all" if sees_all else query.scope)
    return [
        Figure(str(speed.overdue), "先行联系已逾期", "red" if speed.overdue else "", contact),
        Figure(str(speed.due_today), "先行联系今日到期", "amber" if speed.due_today else "", contact),
        Figure("—" if percent is None else f"{percent}%", "近30日按时联系", "", ""),
        Figure(str(counts["overdue"]), "待办已超时", "red" if counts["overdue"] else "", overdue),
    ]


@router.post("/user-tasks/{task_id}/claim")
def claim(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str) -> Response:
    """Take a task of my groups, from the inbox or from its page."""
    try:
        with runtime.write(principal.actor) as tx:
            task = user_tasks.claim(tx, task_id)
    except (Conflict, Forbidden, NotFound) as error:
        return _moved(request, task_id, error.message, "bad", error)
    return _moved(request, task_id, f"已认领“{task.name}”，现在在“我的”里。", "good")


@router.post("/user-tasks/{task_id}/unclaim")
def unclaim(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str) -> Response:
    """Give a task back to its groups."""
    try:
        with runtime.write(principal.actor) as tx:
            task = user_tasks.unclaim(tx, task_id)
    except (Conflict, Forbidden, NotFound) as error:
        return _moved(request, task_id, error.message, "bad", error)
    return _moved(request, task_id, f"“{task.name}”已放回本组。", "good")


def _moved(request: Request, task_id: str, text: str, tone: str, error: Exception | None = None) -> Response:
    if not is_htmx(request):
        if error:
            raise error
        return redirect(request, f"/user-tasks/{task_id}", Flash(text, tone))
    status = 409 if error else 200
    return render(request, "inbox/_row_moved.html", {"text": text, "tone": tone, "task_id": task_id}, status=status)
