"""A ticket as people see it: names joined, the caller masked, the time left told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, Select, select

from engine.transaction import Transaction
from engine.working_days import Deadline
from hotline import caller, lights, office_data, ticket_scope, ticket_states
from hotline.access import Principal
from hotline.caller import MaskedCaller
from hotline.tables import department, ticket

_lead = department.alias("lead")
_area = department.alias("area")


@dataclass(frozen=True)
class Ticket:
    """Everything about a ticket that may stand on a page of this person."""

    number: str
    kind: str
    kind_label: str
    source: str
    title: str
    content: str
    caller: MaskedCaller
    address: str
    anonymous: bool
    confidential: bool
    marks: tuple[str, ...]  # 复, 重, 市督办, 保密, 匿名, 随申拍
    supervision: str | None
    matter_class: str | None
    matter_class_label: str
    item_number: int | None
    area_id: str | None
    area_name: str
    lead_id: str | None
    lead_name: str
    responsible_person: str | None
    state: str
    state_label: str
    is_open: bool
    reported_at: datetime
    received_at: datetime
    accepted_at: datetime | None
    dispatched_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None  # ours, from the regulation
    due_explanation: dict[str, Any] | None
    due_text: str
    district_due_at: datetime | None  # the platform's
    counting_due_at: datetime | None  # the one that counts for 按时办结 (3.0-1): the platform's when given
    on_time: bool | None  # of a closed ticket
    light: str
    remaining: str
    rework_count: int
    reply_points: str | None
    satisfaction: str | None
    satisfaction_label: str
    resolution: str | None
    resolution_label: str
    version: int


def selection() -> Select[Any]:
    """The statement whose rows `of_row` turns into tickets."""
    return (
        select(ticket, _lead.c.name.label("lead_name"), _area.c.name.label("area_name"))
        .outerjoin(_lead, _lead.c.id == ticket.c.lead_id)
        .outerjoin(_area, _area.c.id == ticket.c.area_id)
    )


def of_row(tx: Transaction, principal: Principal, row: Row[Any]) -> Ticket:
    """A row of `selection`, for the eyes of this person."""
    fields = office_data.read("ticket_fields.yaml")
    explanation = orjson.loads(row.due_explanation) if row.due_explanation else None
    counting = row.district_due_at or row.due_at
    is_open = row.state not in ticket_states.final()
    left = lights.WITHOUT_DUE_DATE
    if is_open:
        ours = None if row.district_due_at else explanation
        left = lights.countdown(tx.runtime.working_days, tx.now, counting, ours)
    return Ticket(
        **{name: getattr(row, name) for name in _AS_STORED},
        kind_label=fields["kind"].get(row.kind, row.kind),
        title=masked(row, row.title),
        content=masked(row, row.content),
        caller=masked_caller(principal, row),
        address=masked(row, row.address or ""),
        marks=marks(row),
        matter_class_label=fields["matter_class"].get(row.matter_class, row.matter_class or ""),
        area_name=row.area_name or "",
        lead_name=row.lead_name or "",
        state_label=ticket_states.labels().get(row.state, row.state),
        is_open=is_open,
        due_explanation=explanation,
        due_text=Deadline.from_json(explanation).explanation if explanation else "",
        counting_due_at=counting,
        on_time=row.closed_at <= counting if row.state == "closed" and counting else None,
        light=left.light,
        remaining=left.text,
        satisfaction_label=fields["satisfaction"].get(row.satisfaction, row.satisfaction or ""),
        resolution_label=fields["resolution"].get(row.resolution, row.resolution or ""),
    )


_AS_STORED = [
    column.name
    for column in ticket.columns
    if column.name not in ("title", "content", "address", "caller_name", "caller_phone", "due_explanation")
    and column.name not in ("recheck", "reassigned")  # shown as marks
]


def masked(row: Row[Any], text: str) -> str:
    """Text of this ticket without its caller's name and without anybody's phone number (A6-5)."""
    return caller.mask_text(text, row.caller_name, row.caller_phone)


def masked_caller(principal: Principal, row: Row[Any]) -> MaskedCaller:
    """Masked for everybody; of a confidential ticket nothing is left for departments (3.2.1-8)."""
    if row.confidential and not ticket_scope.sees_confidential_callers(principal):
        return caller.HIDDEN
    return caller.mask(row.caller_name, row.caller_phone, row.anonymous)


def marks(row: Row[Any]) -> tuple[str, ...]:
    """The marks a dispatcher reads first."""
    fields = office_data.read("ticket_fields.yaml")
    shown = {
        "复": row.recheck,
        "重": row.reassigned,
        fields["supervision"].get(row.supervision, ""): row.supervision,
        "保密": row.confidential,
        "匿名": row.anonymous,
        fields["kind"].get(row.kind, row.kind): row.kind != "ordinary",
    }
    return tuple(mark for mark, is_set in shown.items() if is_set)
