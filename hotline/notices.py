"""In-app notices: written by the step that sends them, read by the groups they were sent to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select

from engine import outbox
from engine.paging import Page
from engine.process_instances import Step
from engine.transaction import Transaction, new_id
from hotline.access import Principal
from hotline.tables import notice, notice_reading, ticket
from hotline.ticket_process import PROCESS

_INSERT = insert(notice)
PUSH = "notice.push"  # topic of the outbox: the office forwards notices to a gateway of its own
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Notice:
    """A message to a group; `read` is this person's own."""

    id: str
    group_id: str
    ticket_number: str | None
    title: str
    body: str
    clause: str | None
    created_at: datetime
    read: bool


def send(tx: Transaction, step: Step) -> None:
    """Store what the step had to tell, once per group; also push it where the office has such a gateway."""
    ticket_number = _ticket_of(tx, step) if step.notices else None
    rows = [
        {
            "id": new_id(),
            "group_id": group,
            "ticket_number": ticket_number,
            "title": str(told["title"])[:LONGEST_TITLE],
            "body": str(told["body"]),
            "clause": told["clause"] or None,
            "created_at": tx.now,
        }
        for told in step.notices
        for group in told["groups"]
    ]
    if not rows:
        return
    tx.connection.execute(_INSERT, rows)
    if PUSH in tx.runtime.adapters:
        outbox.put(tx, PUSH, step.instance.business_key, rows)


def _ticket_of(tx: Transaction, step: Step) -> str | None:
    """The ticket a process is about; one that a time or signal has started is about none."""
    number = step.instance.business_key
    if step.instance.definition_key == PROCESS:
        return number
    return tx.connection.scalar(select(ticket.c.number).where(ticket.c.number == number))


def list_for(
    tx: Transaction, principal: Principal, *, unread_only: bool = False, limit: int = 50, offset: int = 0
) -> Page[Notice]:
    """The notices of the person's groups, newest first."""
    conditions = [_mine(principal)]
    if unread_only:
        conditions.append(notice_reading.c.notice_id.is_(None))
    source = notice.outerjoin(notice_reading, _read_by(principal))
    rows = tx.connection.execute(
        select(notice, notice_reading.c.notice_id.is_not(None).label("read"))
        .select_from(source)
        .where(*conditions)
        .order_by(notice.c.created_at.desc(), notice.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    total = tx.connection.scalar(select(func.count()).select_from(source).where(*conditions)) or 0
    return Page([_notice(row._mapping) for row in rows], total, limit, offset)


def unread_count(tx: Transaction, principal: Principal) -> int:
    """How many notices this person has not read."""
    source = notice.outerjoin(notice_reading, _read_by(principal))
    statement = select(func.count()).select_from(source)
    return tx.connection.scalar(statement.where(_mine(principal), notice_reading.c.notice_id.is_(None))) or 0


def mark_read(tx: Transaction, principal: Principal, notice_ids: Collection[str] | None = None) -> int:
    """Mark these notices, or all, as read by this person; others' notices are passed over. Returns how many."""
    conditions = [_mine(principal), notice_reading.c.notice_id.is_(None)]
    if notice_ids is not None:
        conditions.append(notice.c.id.in_(list(notice_ids)))
    unread = tx.connection.scalars(
        select(notice.c.id).select_from(notice.outerjoin(notice_reading, _read_by(principal))).where(*conditions)
    ).all()
    if unread:
        person_id = principal.person.id
        rows = [{"notice_id": found, "person_id": person_id, "read_at": tx.now} for found in unread]
        tx.connection.execute(insert(notice_reading), rows)
    return len(unread)


def _mine(principal: Principal) -> ColumnElement[bool]:
    return notice.c.group_id.in_(sorted(principal.actor.groups))


def _read_by(principal: Principal) -> ColumnElement[bool]:
    return and_(notice_reading.c.notice_id == notice.c.id, notice_reading.c.person_id == principal.person.id)


def _notice(fields: Any) -> Notice:
    return Notice(**{name: fields[name] for name in Notice.__dataclass_fields__})
