"""Tickets: entered once, seen within one's scope, the caller shown only on purpose and on record."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from engine import audit, key_locks, process_instances
from engine.errors import Conflict, InvalidInput, Refused
from engine.paging import Page
from engine.transaction import Transaction
from engine.working_days import SHANGHAI
from hotline import caller, ticket_links, ticket_numbers, ticket_scope, ticket_states, ticket_view
from hotline.access import Principal, require
from hotline.caller import Caller
from hotline.new_ticket import NewTicket, checked
from hotline.tables import ticket
from hotline.ticket_process import PROCESS
from hotline.ticket_view import Ticket

DRAWS = 20  # of a number, when others enter tickets at the same moment
NEWEST_FIRST = "-received"
_counting_due = func.coalesce(ticket.c.district_due_at, ticket.c.due_at)
_closed_last = (ticket.c.closed_at.is_not(None), _counting_due.is_(None))
SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    NEWEST_FIRST: (ticket.c.received_at.desc(),),
    "received": (ticket.c.received_at,),
    "due": (*_closed_last, _counting_due),
    "-due": (*_closed_last, _counting_due.desc()),
}
MARKS: dict[str, ColumnElement[bool]] = {
    "recheck": ticket.c.recheck,
    "reassigned": ticket.c.reassigned,
    "supervision": ticket.c.supervision.is_not(None),
    "confidential": ticket.c.confidential,
    "anonymous": ticket.c.anonymous,
    "suishenpai": ticket.c.kind == "suishenpai",
}
DIGITS_OF_A_PHONE = re.compile(r"[0-9]{5,}")


def create(tx: Transaction, principal: Principal, new: NewTicket) -> Ticket:
    """Enter a ticket: row, links to earlier ones, process start and audit entry in one transaction."""
    require(principal, "ticket.create")
    number = enter(tx, new)
    return get(tx, principal, number)


def enter(tx: Transaction, new: NewTicket) -> str:
    """`create` without asking who may; returns the number. Raises InvalidInput or Conflict."""
    new = checked(new, tx.now)
    number = _store(tx, new)
    key_locks.hold(tx, number)
    prior_count = ticket_links.link_new(tx, number, new)
    audit.append(
        tx,
        audit.instance_stream(number),
        "ticket_created",
        detail={"source": new.source, "kind": new.kind, "prior_count": prior_count},
    )
    process_instances.start(tx, PROCESS, number, _start_variables(tx, number, new, prior_count))
    return number


def _store(tx: Transaction, new: NewTicket) -> str:
    """Insert the row; an own number drawn twice at once is drawn again."""
    if new.number:
        ticket_numbers.refuse_own_pattern(new.number)
        if not _insert(tx, new.number, new):
            raise Conflict(f"工单编号 {new.number} 已存在，请打开该工单查看，不要重复录入")
        return new.number
    for _ in range(DRAWS):
        number = ticket_numbers.following(tx)
        if _insert(tx, number, new):
            return number
    raise Conflict("同时录入的工单过多，未能取得编号，请再提交一次")


def _insert(tx: Transaction, number: str, new: NewTicket) -> bool:
    row = asdict(new) | {"number": number, "received_at": tx.now, "state": next(iter(ticket_states.labels()))}
    del row["earlier_numbers"]
    savepoint = tx.connection.begin_nested()
    try:
        tx.connection.execute(insert(ticket).values(rework_count=0, version=1, **row))
        savepoint.commit()
    except IntegrityError:
        savepoint.rollback()
        return False
    return True


def _start_variables(tx: Transaction, number: str, new: NewTicket, prior_count: int) -> dict[str, Any]:
    """What the diagram may decide on; never the caller's name or number."""
    assert new.reported_at is not None
    district_due_at = new.district_due_at
    return {
        "ticket_number": number,
        "ticket_kind": new.kind,
        "title": caller.mask_text(new.title, new.caller_name, new.caller_phone),
        "address": caller.mask_text(new.address or "", new.caller_name, new.caller_phone),
        "anonymous": new.anonymous,
        "confidential": new.confidential,
        "has_phone": bool(new.caller_phone),
        "recheck": new.recheck,
        "reassigned": new.reassigned,
        "supervision": new.supervision or "",
        "reported_at": new.reported_at.astimezone(SHANGHAI).isoformat(),
        "received_at": tx.now.astimezone(SHANGHAI).isoformat(),
        "prior_count": prior_count,
        "district_due_at": district_due_at.astimezone(SHANGHAI).isoformat() if district_due_at else "",
    }


def get(tx: Transaction, principal: Principal, number: str) -> Ticket:
    """One ticket, the caller masked; raises NotFound outside the person's scope."""
    statement = ticket_view.selection().where(ticket.c.number == number, ticket_scope.visible(principal))
    row = tx.connection.execute(statement).first()
    if row is None:
        raise ticket_scope.not_found(number)
    return ticket_view.of_row(tx, principal, row)


def list_page(
    tx: Transaction,
    principal: Principal,
    *,
    search: str | None = None,
    state: str | None = None,
    matter_class: str | None = None,
    department: str | None = None,
    mark: str | None = None,
    overdue: bool = False,
    sort: str = NEWEST_FIRST,
    limit: int = 50,
    offset: int = 0,
) -> Page[Ticket]:
    """The tickets in the person's scope. State `open`: every one not ended. Marks and sorts: MARKS, SORTS."""
    wanted = {
        "search": matching(principal, search) if search and search.strip() else None,
        "state": _in_state(state) if state else None,
        "matter_class": ticket.c.matter_class == matter_class if matter_class else None,
        "department": ticket_scope.of_group(department) if department else None,
        "mark": _marked(mark) if mark else None,
        "overdue": and_(ticket.c.closed_at.is_(None), _counting_due < tx.now) if overdue else None,
    }
    conditions = [ticket_scope.visible(principal), *(each for each in wanted.values() if each is not None)]
    if sort not in SORTS:
        raise InvalidInput(f"不能按“{sort}”排序", {"sort": f"请选择 {'、'.join(SORTS)}"})
    rows = tx.connection.execute(
        ticket_view.selection()
        .where(*conditions)
        .order_by(*SORTS[sort], ticket.c.number.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    total = tx.connection.scalar(select(func.count()).select_from(ticket).where(*conditions)) or 0
    return Page([ticket_view.of_row(tx, principal, row) for row in rows], total, limit, offset)


def _marked(mark: str) -> ColumnElement[bool]:
    if mark not in MARKS:
        raise InvalidInput(f"没有“{mark}”这种标记", {"mark": f"请选择 {'、'.join(MARKS)}"})
    return MARKS[mark]


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "open":
        return ticket.c.state.not_in(ticket_states.final())
    return ticket.c.state == state


def matching(principal: Principal, search: str) -> ColumnElement[bool]:
    """Number, title or address contain it; digits long enough to be a phone find numbers and whole phones only.

    Otherwise a masked phone in a title could be guessed digit by digit.
    """
    term = search.strip()
    by_number = ticket.c.number.icontains(term, autoescape=True)
    if not DIGITS_OF_A_PHONE.search(re.sub(r"[-\s()+]", "", term)):
        by_text = [column.icontains(term, autoescape=True) for column in (ticket.c.title, ticket.c.address)]
        return or_(by_number, *by_text)
    return or_(by_number, _by_phone(principal, term))


def _by_phone(principal: Principal, term: str) -> ColumnElement[bool]:
    if "caller.view" not in principal.permissions:
        return false()
    try:
        phone = caller.normal_phone(term)
    except InvalidInput:
        return false()
    found = ticket.c.caller_phone == phone
    if ticket_scope.sees_confidential_callers(principal):
        return found
    return and_(found, ticket.c.confidential.is_(False))


def reveal_caller(tx: Transaction, principal: Principal, number: str, reason: str = "") -> Caller:
    """The caller in clear text, on record (A6-5); raises Refused for a confidential ticket (3.2.1-8)."""
    row = ticket_scope.find(tx, principal, number)
    require(principal, "caller.view")
    if row.confidential and not ticket_scope.sees_confidential_callers(principal):
        raise Refused("此工单要求信息保密，不向承办部门提供来电人信息；如须联系请由城运中心办理", clause="3.2.1-8")
    key_locks.hold(tx, number)
    audit.append(
        tx,
        audit.instance_stream(number),
        "caller_viewed",
        clause="A6-5",
        detail={"reason": reason.strip()[:500]},
    )
    return Caller(row.caller_name or "", row.caller_phone or "", row.title, row.content)
