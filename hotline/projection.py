"""Keeps the ticket's row and its participants in step with the process, inside the step's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from sqlalchemy import Row, and_, insert, select, update

from engine.process_instance_rows import CANCELLED
from engine.process_instances import Step
from engine.tables import user_task, user_task_candidate_group
from engine.transaction import Transaction
from engine.user_task_rows import CREATED
from engine.working_days import Deadline, instant
from hotline import ticket_states
from hotline.tables import department, membership, person, ticket, ticket_department

REWORK_RULE = "rework"  # the limit that replaces the class's once the caller was not satisfied

_AS_GIVEN: dict[str, tuple[str, Callable[[Any], Any]]] = {  # column: variable, conversion
    "matter_class": ("matter_class", str),
    "item_number": ("item_number", int),
    "dispatched_at": ("dispatched_at", instant),
    "rework_count": ("rework_round", int),
    "satisfaction": ("satisfaction", str),
    "resolution": ("resolution", str),
    "reply_points": ("reply_points", str),
}


def on_step(tx: Transaction, step: Step) -> None:
    """Runtime.on_step: one UPDATE of the ticket, one INSERT of new participants."""
    number = step.instance.business_key
    row = tx.connection.execute(select(ticket).where(ticket.c.number == number)).first()
    if row is None:
        return  # a process that is not a ticket's
    values = _told_by_variables(tx, row, step.variables)
    values |= _ending(tx, step) if step.ended else {"state": _state_of_open_tasks(tx, step) or row.state}
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changes:
        tx.connection.execute(
            update(ticket).where(ticket.c.number == number).values(**changes, version=ticket.c.version + 1)
        )
    _add_participants(tx, number, _participants(step))


def _told_by_variables(tx: Transaction, row: Row[Any], variables: dict[str, Any]) -> dict[str, Any]:
    """Columns whose variable is set; what the process does not say stays as it is."""
    values = {
        column: convert(variables[variable])
        for column, (variable, convert) in _AS_GIVEN.items()
        if variables.get(variable)
    }
    if variables.get("limit_rule"):  # only an accepted ticket has one
        values["accepted_at"] = instant(variables["accepted_at"])
        values |= due(deadline_of(tx, variables))
    for column, variable in (("lead_id", "lead"), ("area_id", "area")):
        if variables.get(variable) and variables[variable] != getattr(row, column):
            values |= _department(tx, column, variables[variable])
    return values


def deadline_of(tx: Transaction, variables: dict[str, Any]) -> Deadline:
    """The ticket's limit as the diagram computes it: by class from acceptance, or by rework."""
    calendar = tx.runtime.working_days
    if variables.get("rework_round"):
        return calendar.deadline(REWORK_RULE, variables["dispatched_at"])
    return calendar.deadline(variables["limit_rule"], variables.get("limit_start") or variables["accepted_at"])


def due(deadline: Deadline) -> dict[str, Any]:
    """The columns of a due date and its explanation."""
    explanation = orjson.dumps(deadline.to_json(), option=orjson.OPT_SORT_KEYS).decode()
    return {"due_at": deadline.due_at, "due_explanation": explanation}


def _department(tx: Transaction, column: str, department_id: str) -> dict[str, Any]:
    """A department's column; with the lead comes its head, the first responsible person (2-4)."""
    head = and_(membership.c.department_id == department.c.id, membership.c.role == "head")
    found = tx.connection.execute(
        select(department.c.id, person.c.name)
        .outerjoin(membership, head)
        .outerjoin(person, and_(person.c.id == membership.c.person_id, person.c.active))
        .where(department.c.id == department_id)
        .order_by(person.c.name.is_(None), person.c.login)
        .limit(1)
    ).first()
    if found is None:
        return {}
    return {column: found.id} | ({"responsible_person": found.name} if column == "lead_id" else {})


def _ending(tx: Transaction, step: Step) -> dict[str, Any]:
    reached = {ticket_states.state_of(key, element) for key, element in step.change.entered}
    final = ticket_states.earliest(reached & ticket_states.final())
    if step.instance.state == CANCELLED:
        final = ticket_states.CANCELLED
    return {"closed_at": tx.now} | ({"state": final} if final else {})


def _state_of_open_tasks(tx: Transaction, step: Step) -> str | None:
    rows = tx.connection.execute(
        select(user_task.c.process_key, user_task.c.element_id, user_task_candidate_group.c.group_id)
        .outerjoin(user_task_candidate_group, user_task_candidate_group.c.user_task_id == user_task.c.id)
        .where(user_task.c.instance_id == step.instance.id, user_task.c.state == CREATED)
    )
    return ticket_states.earliest(
        ticket_states.state_of(row.process_key, row.element_id, [row.group_id] if row.group_id else []) for row in rows
    )


def _participants(step: Step) -> dict[str, str]:
    """Group → role: whoever a task was offered to, and the departments the dispatch named."""
    roles = {group: "step" for task in step.opened for group in task.candidate_groups}
    for role in ("enforce", "guide", "co", "lead"):
        roles |= dict.fromkeys(_named(step.variables.get(role)), role)
    return roles


def _named(value: Any) -> Iterable[str]:
    names = [value] if isinstance(value, str) else value or []
    return [str(name) for name in names if name]


def _add_participants(tx: Transaction, number: str, roles: dict[str, str]) -> None:
    if not roles:
        return
    known = tx.connection.execute(
        select(ticket_department.c.group_id, ticket_department.c.role).where(
            ticket_department.c.ticket_number == number
        )
    )
    known_roles = {row.group_id: row.role for row in known}
    new = [
        {"ticket_number": number, "group_id": group, "role": role, "since": tx.now}
        for group, role in sorted(roles.items())
        if group not in known_roles
    ]
    if new:
        tx.connection.execute(insert(ticket_department), new)
    for group, role in roles.items():  # rare: a department's part in the ticket changed
        if role != "step" and known_roles.get(group, role) != role:
            tx.connection.execute(
                update(ticket_department)
                .where(ticket_department.c.ticket_number == number, ticket_department.c.group_id == group)
                .values(role=role)
            )
