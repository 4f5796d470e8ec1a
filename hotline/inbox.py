"""The inbox: open user tasks with their tickets, sorted by the time that is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, func, or_, select

from engine.errors import InvalidInput
from engine.paging import Page
from engine.tables import process_instance, user_task, user_task_candidate_group
from engine.transaction import Transaction
from engine.user_task_rows import CREATED
from hotline import lights, office_data, organisation, ticket_states, ticket_view, tickets
from hotline.access import Principal, require
from hotline.tables import person, ticket

SCOPES = ("mine", "groups", "all")


@dataclass(frozen=True)
class InboxRow:
    """One open user task as a line of the inbox."""

    user_task_id: str
    name: str
    process_key: str
    element_id: str
    groups: tuple[str, ...]
    group_label: str
    assignee: str | None
    assignee_name: str
    mine: bool
    may_act: bool
    created_at: datetime
    due_at: datetime | None
    due_text: str
    light: str
    remaining: str
    clause: str | None
    has_draft: bool
    ticket_number: str
    title: str
    address: str
    state: str
    state_label: str
    matter_class: str | None
    matter_class_label: str
    marks: tuple[str, ...]
    district_due_at: datetime | None


def list_page(
    tx: Transaction,
    principal: Principal,
    *,
    scope: str = "mine",
    search: str | None = None,
    overdue: bool = False,
    process_key: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[InboxRow]:
    """我的 (assigned to me), 本组 (offered to my groups) or all open tasks of tickets; soonest due first."""
    conditions = _conditions(principal, scope, search)
    if overdue:
        conditions.append(user_task.c.due_at <= tx.now)
    if process_key:
        conditions.append(user_task.c.process_key == process_key)
    rows = tx.connection.execute(
        _selection()
        .where(*conditions)
        .order_by(user_task.c.due_at.is_(None), user_task.c.due_at, user_task.c.created_at, user_task.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    total = rows[0].total if rows else _total(tx, conditions) if offset else 0
    groups = _groups(tx, [row.user_task_id for row in rows])
    labels = organisation.group_labels(tx) if rows else {}
    items = [_inbox_row(tx, principal, row, groups.get(row.user_task_id, []), labels) for row in rows]
    return Page(items, total, limit, offset)


def counts(tx: Transaction, principal: Principal) -> dict[str, int]:
    """How many tasks wait: mine, those of my groups, and of both the overdue ones."""
    mine, ours = _of_scope(principal, "mine"), _of_scope(principal, "groups")
    late = user_task.c.due_at <= tx.now
    row = tx.connection.execute(
        select(
            func.count().filter(mine).label("mine"),
            func.count().filter(ours).label("groups"),
            func.count().filter(or_(mine, ours), late).label("overdue"),
        )
        .select_from(_joined())
        .where(user_task.c.state == CREATED, or_(mine, ours))
    ).one()
    return dict(row._mapping)


def _joined() -> Any:
    return user_task.join(process_instance, process_instance.c.id == user_task.c.instance_id).join(
        ticket, ticket.c.number == process_instance.c.business_key
    )


def _selection() -> Any:
    task_columns = ("name", "process_key", "element_id", "assignee", "created_at", "clause", "due_explanation")
    return select(
        user_task.c.id.label("user_task_id"),
        user_task.c.due_at.label("task_due_at"),
        user_task.c.draft.is_not(None).label("has_draft"),
        *(user_task.c[name].label(f"task_{name}") for name in task_columns),
        person.c.name.label("assignee_name"),
        func.count().over().label("total"),
        ticket,
    ).select_from(_joined().outerjoin(person, person.c.login == user_task.c.assignee))


def _conditions(principal: Principal, scope: str, search: str | None) -> list[ColumnElement[bool]]:
    conditions = [user_task.c.state == CREATED, _of_scope(principal, scope)]
    if search and search.strip():
        conditions.append(tickets.matching(principal, search))
    return conditions


def _of_scope(principal: Principal, scope: str) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = user_task.c.assignee == principal.actor.id
    if scope == "mine":
        return mine
    if scope == "groups":
        offered = select(user_task_candidate_group.c.user_task_id).where(
            user_task_candidate_group.c.group_id.in_(sorted(principal.actor.groups))
        )
        return user_task.c.id.in_(offered)
    if scope == "all":
        require(principal, "ticket.view_all")
        return user_task.c.id.is_not(None)
    raise InvalidInput("任务范围只能是“我的”“本组”或“全部”", {"scope": "请选择 mine、groups 或 all"})


def _total(tx: Transaction, conditions: list[ColumnElement[bool]]) -> int:
    return tx.connection.scalar(select(func.count()).select_from(_joined()).where(*conditions)) or 0


def _groups(tx: Transaction, task_ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if task_ids:
        rows = tx.connection.execute(
            select(user_task_candidate_group)
            .where(user_task_candidate_group.c.user_task_id.in_(task_ids))
            .order_by(user_task_candidate_group.c.group_id)
        )
        for row in rows:
            found.setdefault(row.user_task_id, []).append(row.group_id)
    return found


def _inbox_row(
    tx: Transaction, principal: Principal, row: Row[Any], groups: list[str], labels: dict[str, str]
) -> InboxRow:
    explanation = orjson.loads(row.task_due_explanation) if row.task_due_explanation else None
    left = lights.countdown(tx.runtime.working_days, tx.now, row.task_due_at, explanation)
    classes = office_data.read("ticket_fields.yaml")["matter_class"]
    mine = row.task_assignee == principal.actor.id
    return InboxRow(
        user_task_id=row.user_task_id,
        name=row.task_name,
        process_key=row.task_process_key,
        element_id=row.task_element_id,
        groups=tuple(groups),
        group_label="、".join(labels.get(group, group) for group in groups),
        assignee=row.task_assignee,
        assignee_name=row.assignee_name or row.task_assignee or "",
        mine=mine,
        may_act=mine or (row.task_assignee is None and bool(principal.actor.groups.intersection(groups))),
        created_at=row.task_created_at,
        due_at=row.task_due_at,
        due_text=explanation["explanation"] if explanation else "",
        light=left.light,
        remaining=left.text,
        clause=row.task_clause,
        has_draft=row.has_draft,
        ticket_number=row.number,
        title=ticket_view.masked(row, row.title),
        address=ticket_view.masked(row, row.address or ""),
        state=row.state,
        state_label=ticket_states.labels().get(row.state, row.state),
        matter_class=row.matter_class,
        matter_class_label=classes.get(row.matter_class, row.matter_class or ""),
        marks=ticket_view.marks(row),
        district_due_at=row.district_due_at,
    )
