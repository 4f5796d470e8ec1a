"""The auditor's view: recent entries of every chain, and whether a chain is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from engine import audit
from engine.audit import AuditEntry, ChainBroken
from engine.transaction import SYSTEM, Transaction
from hotline import persons, tickets
from hotline.access import Principal, may, require
from web import timeline
from web.audit_words import ACTIONS
from web.moments import end_of_day, entered_moment
from web.problems import page_router
from web.rendering import is_htmx, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 50
TICKETS = "instance/"
KINDS = {"instance/": "工单", "people": "人员", "login/": "登录", "definitions": "流程", "import/": "导入"}


class AuditQuery(BaseModel):
    """The filters of the page."""

    kind: str = ""
    ticket: str = ""
    actor: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    offset: int = Field(0, ge=0, le=10_000_000)

    def url(self, **changes: Any) -> str:
        """The same list with something changed."""
        wanted = {**self.model_dump(), "offset": 0, **changes}
        return "/audit?" + urlencode({name: value for name, value in wanted.items() if value})


@router.get("/audit")
def audit_page(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    query: Annotated[AuditQuery, Query()],
) -> Response:
    """Entries, newest first; tickets' chains only for those who see every ticket."""
    require(principal, "audit.view")
    kinds = _kinds(principal)
    with runtime.read(principal.actor) as tx:
        page = audit.list_page(
            tx,
            streams=_streams(tx, principal, query, kinds),
            actor=query.actor.strip() or None,
            action=query.action or None,
            since=_since(query.since),
            until=end_of_day(query.until, "until"),
            limit=PAGE_SIZE,
            offset=query.offset,
        )
        people = {SYSTEM.id: SYSTEM.name, **persons.names(tx, {entry.actor for entry in page.items})}
        verified = _verified(tx, query.ticket) if query.ticket and TICKETS in kinds else None
    context = {
        "page": page,
        "entries": [_shown(entry, people) for entry in page.items],
        "query": query,
        "kinds": kinds,
        "actions": {
            action: words.replace("：{name}", "").replace("{name}", "办理步骤") for action, words in ACTIONS.items()
        },
        "page_url": lambda offset: query.url(offset=offset),
        "verified": verified,
    }
    return render(request, "audit/_rows.html" if is_htmx(request) else "audit/list.html", context)


def _kinds(principal: Principal) -> dict[str, str]:
    if may(principal, "ticket.view_all"):
        return KINDS
    return {stream: label for stream, label in KINDS.items() if stream != TICKETS}


def _streams(tx: Transaction, principal: Principal, query: AuditQuery, kinds: dict[str, str]) -> list[str]:
    if query.ticket and TICKETS in kinds:
        return [audit.instance_stream(tickets.get(tx, principal, query.ticket.strip()).number)]
    return [query.kind] if query.kind in kinds else list(kinds)


def _since(day: str) -> datetime | None:
    return entered_moment(day, "since")


def _shown(entry: AuditEntry, people: dict[str, str]) -> dict[str, Any]:
    stream, _, key = entry.stream.partition("/")
    return {
        "entry": entry,
        "kind": KINDS.get(f"{stream}/", KINDS.get(entry.stream, entry.stream)),
        "ticket": key if entry.stream.startswith(TICKETS) else "",
        "who": people.get(entry.actor, entry.actor),
        "what": timeline.words_of(entry),
        "lines": timeline.plain_lines(entry),
    }


def _verified(tx: Transaction, number: str) -> dict[str, Any]:
    try:
        length = audit.verify(tx.connection, audit.instance_stream(number.strip()))
    except ChainBroken as error:
        return {"whole": False, "text": error.message}
    return {"whole": True, "text": f"工单 {number} 的审计链完整，共 {length} 条"}


def _plain(words: str) -> str:
    return words.replace("：{name}", "").replace("{name}", "办理步骤")
