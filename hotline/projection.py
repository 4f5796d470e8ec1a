"""Keeps the ticket's row and its participants in step with the process, inside the step's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Update, and_, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.database import Instant
from engine.process_instance_rows import CANCELLED
from engine.process_instances import Step
from engine.transaction import Transaction
from engine.working_days import Deadline, instant
from hotline import diagram_effects, notices, ticket_states
from hotline.tables import department, membership, person, ticket, ticket_department
from hotline.ticket_process import PROCESS

REWORK_RULE = "rework"  # the limit that replaces the class's once the caller was not satisfied

_AS_GIVEN: dict[str, tuple[str, Callable[[Any], Any]]] = {  # column: variable, conversion
    "matter_class": ("matter_class", str),
    "item_number": ("item_number", int),
    "dispatched_at": ("dispatched_at", instant),
    "rework_count": ("rework_round", int),
    "satisfaction": ("satisfaction", str),
    "resolution": ("resolution", str),
    "reply_points": ("reply_points", str),
    "lead_id": ("lead", str),
    "area_id": ("area", str),
}


def on_step(tx: Transaction, step: Step) -> None:
    """Runtime.on_step: one UPDATE of the ticket and one upsert of its participants, nothing read beforehand."""
    number = step.instance.business_key
    notices.send(tx, step)
    diagram_effects.bring_about(tx, step)
    if step.instance.definition_key != PROCESS:  # its variables need not mean what a ticket's mean
        _take_part(tx, number, _offered(step))
        return
    values = _told_by_variables(tx, step.variables)
    values |= _ending(tx, step) if step.ended else _open_state(step)
    if values:
        tx.connection.execute(
            _update(frozenset(values)),
            {"of_ticket": number, **{f"new_{name}": value for name, value in values.items()}},
        )
    _take_part(tx, number, _participants(step))


def _take_part(tx: Transaction, number: str, roles: dict[str, str]) -> None:
    """Groups that have to do with a ticket may see it; nothing happens for a key that is no ticket's."""
    if roles:
        tx.connection.execute(
            _participants_of(tx.runtime.database.is_sqlite),
            [
                {"of_ticket": number, "new_group": group, "new_role": role, "at": tx.now}
                for group, role in sorted(roles.items())
            ],
        )


def _told_by_variables(tx: Transaction, variables: dict[str, Any]) -> dict[str, Any]:
    """Columns whose variable is set; what the process does not say stays as it is."""
    values = {
        column: convert(variables[variable])
        for column, (variable, convert) in _AS_GIVEN.items()
        if variables.get(variable)
    }
    if variables.get("limit_rule"):  # only an accepted ticket has one
        values["accepted_at"] = instant(variables["accepted_at"])
        values |= due(deadline_of(tx, variables))
    return values


@cache
def _update(columns: frozenset[str]) -> Update:
    """Sets these columns of a ticket, and counts its version on, unless nothing would change."""
    new: dict[str, Any] = {name: bindparam(f"new_{name}", type_=ticket.c[name].type) for name in columns}
    for name in columns & {"lead_id", "area_id"}:  # a department that does not exist changes nothing
        new[name] = func.coalesce(
            select(department.c.id).where(department.c.id == bindparam(f"new_{name}")).scalar_subquery(), ticket.c[name]
        )
    differs = or_(*(ticket.c[name].is_distinct_from(value) for name, value in sorted(new.items())))
    if "lead_id" in new:
        new["responsible_person"] = case(
            (ticket.c.lead_id.is_distinct_from(new["lead_id"]), _head_of(bindparam("new_lead_id"))),
            else_=ticket.c.responsible_person,
        )
    return (
        update(ticket)
        .where(ticket.c.number == bindparam("of_ticket"), differs)
        .values(**new, version=ticket.c.version + 1)
    )


def _head_of(department_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The name of a department's head, the first responsible person (2-4)."""
    return (
        select(person.c.name)
        .join(membership, and_(membership.c.person_id == person.c.id, person.c.active))
        .where(membership.c.department_id == department_id, membership.c.role == "head")
        .order_by(person.c.login)
        .limit(1)
        .scalar_subquery()
    )


@cache
def _participants_of(is_sqlite: bool) -> Any:
    """Adds a group to a ticket; a group that is known keeps its role unless the dispatch names another."""
    source = select(ticket.c.number, bindparam("new_group"), bindparam("new_role"), bindparam("at", type_=Instant()))
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(ticket_department)
    return insert.from_select(
        ["ticket_number", "group_id", "role", "since"], source.where(ticket.c.number == bindparam("of_ticket"))
    ).on_conflict_do_update(
        index_elements=["ticket_number", "group_id"],
        set_={"role": insert.excluded.role},
        where=and_(insert.excluded.role != "step", insert.excluded.role != ticket_department.c.role),
    )


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


def _ending(tx: Transaction, step: Step) -> dict[str, Any]:
    reached = {ticket_states.state_of(key, element) for key, element in step.change.entered}
    final = ticket_states.earliest(reached & ticket_states.final())
    if step.instance.state == CANCELLED:
        final = ticket_states.CANCELLED
    return {"closed_at": tx.now} | ({"state": final} if final else {})


def _open_state(step: Step) -> dict[str, Any]:
    """The state the open tasks stand for; none of them may mean any."""
    found = ticket_states.earliest(
        ticket_states.state_of(task.process_key, task.element_id, groups)
        for task in step.open
        for groups in ([[group] for group in task.candidate_groups] or [[]])
    )
    return {"state": found} if found else {}


def _participants(step: Step) -> dict[str, str]:
    """Group → role: whoever a task was offered to, and the departments the dispatch named."""
    roles = _offered(step)
    for role in ("enforce", "guide", "co", "lead"):
        roles |= dict.fromkeys(_named(step.variables.get(role)), role)
    return roles


def _offered(step: Step) -> dict[str, str]:
    return {group: "step" for task in step.opened for group in task.candidate_groups}


def _named(value: Any) -> Iterable[str]:
    names = [value] if isinstance(value, str) else value or []
    return [str(name) for name in names if name]
