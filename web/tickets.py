"""The list of tickets and the form for a new one."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import Conflict, InvalidInput
from engine.transaction import Transaction
from hotline import office_data, organisation, ticket_states, tickets
from hotline.access import Principal, may, require
from hotline.new_ticket import NewTicket
from hotline.ticket_view import Ticket
from web.moments import entered_moment
from web.problems import page_router
from web.rendering import Flash, is_htmx, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 50
EARLIER_SHOWN = 5
COLUMNS = (("due", "时限"), ("", "工单"), ("", "类别"), ("", "主办"), ("", "状态"), ("received", "收到"))
MARKS = {
    "recheck": "“复”字件",
    "reassigned": "“重”字件",
    "supervision": "督办",
    "confidential": "信息保密",
    "anonymous": "匿名",
    "suishenpai": "随申拍",
}
LABELS = {
    "title": "标题",
    "content": "诉求内容",
    "address": "诉求地址",
    "caller_name": "姓名",
    "caller_phone": "联系电话",
    "kind": "工单类型",
    "source": "来源",
    "reported_at": "市平台接报时间",
    "number": "平台工单编号",
    "district_due_at": "区平台办理时限",
    "supervision": "督办",
    "earlier_numbers": "前件编号",
}


class ListQuery(BaseModel):
    """The filters of the list as they stand in its address."""

    q: str = ""
    state: str = ""
    matter_class: str = ""
    department: str = ""
    mark: str = ""
    overdue: str = ""
    sort: str = ""
    offset: int = Field(0, ge=0, le=1_000_000)

    def url(self, **changes: Any) -> str:
        """The same list with something changed."""
        wanted = {**self.model_dump(), "offset": 0, **changes}
        return "/tickets?" + urlencode({name: value for name, value in wanted.items() if value})


@router.get("/tickets")
def ticket_list(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, query: Annotated[ListQuery, Query()]
) -> Response:
    """Tickets in this person's scope, filtered and sorted."""
    with runtime.read(principal.actor) as tx:
        page = tickets.list_page(
            tx,
            principal,
            search=query.q,
            state=query.state or None,
            matter_class=query.matter_class or None,
            department=query.department or None,
            mark=query.mark if query.mark in MARKS else None,
            overdue=bool(query.overdue),
            sort=query.sort or tickets.NEWEST_FIRST,
            limit=PAGE_SIZE,
            offset=query.offset,
        )
        departments = _departments(tx, principal)
    context = {
        "page": page,
        "query": query,
        "filtered": any((query.q, query.state, query.matter_class, query.department, query.mark, query.overdue)),
        "page_url": lambda offset: query.url(offset=offset),
        "columns": [_column(query, key, label) for key, label in COLUMNS],
        "states": {"open": "未办结（全部）", **ticket_states.labels()},
        "classes": office_data.read("ticket_fields.yaml")["matter_class"],
        "departments": departments,
        "mark_options": MARKS,
        "may_create": may(principal, "ticket.create"),
        "may_import": may(principal, "ticket.import"),
    }
    return render(request, "tickets/_rows.html" if is_htmx(request) else "tickets/list.html", context)


def _departments(tx: Transaction, principal: Principal) -> dict[str, str]:
    if not may(principal, "ticket.view_all"):
        return {}
    kinds = ("office", "team", "line", "area", "committee", "property")
    return {each.id: each.name for each in organisation.all_departments(tx, kinds)}


def _column(query: ListQuery, key: str, label: str) -> dict[str, Any]:
    """A heading; clicking the sorted one turns the order round."""
    if not key:
        return {"label": label, "url": "", "sorted": "", "wide": label == "工单"}
    current = query.sort or tickets.NEWEST_FIRST
    state = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    turned = f"-{key}" if state == "ascending" or (not state and key == "received") else key
    return {"label": label, "url": query.url(sort=turned), "sorted": state, "wide": False}


class NewTicketForm(BaseModel):
    """What the form sends, as text; a request with any other field is refused."""

    model_config = ConfigDict(extra="forbid")

    title: str = ""
    content: str = ""
    address: str = ""
    caller_name: str = ""
    caller_phone: str = ""
    anonymous: bool = False
    confidential: bool = False
    kind: str = "ordinary"
    source: str = ""
    reported_at: str = ""
    number: str = ""
    district_due_at: str = ""
    recheck: bool = False
    reassigned: bool = False
    supervision: str = ""
    earlier_numbers: str = ""

    def to_ticket(self) -> NewTicket:
        """Texts become values; raises InvalidInput naming a time that cannot be read."""
        texts = {
            name: getattr(self, name)
            for name in ("title", "content", "address", "caller_name", "caller_phone", "number", "kind", "source")
        }
        marks = {name: getattr(self, name) for name in ("anonymous", "confidential", "recheck", "reassigned")}
        earlier = self.earlier_numbers.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        return NewTicket(
            **texts,
            **marks,
            supervision=self.supervision or None,
            reported_at=entered_moment(self.reported_at, "reported_at"),
            district_due_at=entered_moment(self.district_due_at, "district_due_at"),
            earlier_numbers=tuple(number.strip() for number in earlier if number.strip()),
        )


@router.get("/tickets/new")
def new_ticket(request: Request, principal: CurrentPrincipal) -> Response:
    """The empty form."""
    require(principal, "ticket.create")
    return _form(request, NewTicketForm(source=_sources()[0]), {})


@router.get("/tickets/new/earlier")
def earlier_tickets(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    caller_phone: str = "",
    address: str = "",
) -> Response:
    """Tickets with the same phone or address, offered as earlier ones."""
    require(principal, "ticket.create")
    found: dict[str, dict[str, Any]] = {}
    with runtime.read(principal.actor) as tx:
        for label, term in (("电话", caller_phone.strip()), ("地址", address.strip())):
            if len(term) < 5:
                continue
            for ticket in tickets.list_page(tx, principal, search=term, limit=EARLIER_SHOWN).items:
                found.setdefault(ticket.number, {"ticket": ticket, "same": []})["same"].append(label)
    return render(request, "tickets/_earlier.html", {"earlier": list(found.values())})


@router.post("/tickets/new")
def create_ticket(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    form: Annotated[NewTicketForm, Form()],
) -> Response:
    """Enter the ticket and open its page."""
    try:
        with runtime.write(principal.actor) as tx:
            ticket: Ticket = tickets.create(tx, principal, form.to_ticket())
    except InvalidInput as error:
        return _form(request, form, error.fields or {"": error.message}, 422)
    except Conflict as error:
        return _form(request, form, {"number": error.message}, 409)
    return redirect(request, f"/tickets/{ticket.number}", Flash(f"已登记工单 {ticket.number}"))


def _sources() -> list[str]:
    return list(office_data.read("ticket_fields.yaml")["sources"])


def _form(request: Request, form: NewTicketForm, errors: dict[str, str], status: int = 200) -> Response:
    fields = office_data.read("ticket_fields.yaml")
    context = {
        "values": form,
        "errors": {**dict.fromkeys(LABELS, ""), **errors},
        "problems": errors,
        "labels": LABELS,
        "kinds": fields["kind"],
        "sources": {source: source for source in _sources()},
        "supervisions": {"": "不是督办件", **fields["supervision"]},
        "earlier": [],
    }
    return render(request, "tickets/new.html", context, status=status)
