"""A ticket's class is corrected by hand: new limits from the decision table, the reason on record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from engine import audit, decisions, key_locks, process_definitions, process_instance_rows, revision
from engine.diagram_functions import StepFunctions
from engine.errors import Conflict, InvalidInput, Refused
from engine.transaction import Transaction
from hotline import office_data, ticket_process, ticket_scope, ticket_states, tickets
from hotline.access import Principal, require
from hotline.ticket_view import Ticket

DECISION = "class_limits"
CLAUSE = "3.2.1-3"


def reclassify(
    tx: Transaction, principal: Principal, number: str, matter_class: str, reason: str, version: int
) -> Ticket:
    """Give an accepted ticket another class; Conflict when it changed since `version` was read."""
    require(principal, "ticket.revise")
    ticket_scope.find(tx, principal, number)
    key_locks.hold(tx, number)
    before = ticket_scope.find(tx, principal, number)
    _check(before, matter_class, reason, version)
    instance = ticket_process.instance(tx, number)
    variables = process_instance_rows.variables(tx, instance.id) | {"matter_class": matter_class}
    table = process_definitions.decision(tx, instance.definition_id, DECISION)
    limits = decisions.evaluate(table, variables, StepFunctions(tx).callables)
    revised = {"matter_class": matter_class, **limits.outputs}
    revision.revise(tx, instance.id, revised, reason, clause=CLAUSE)
    after = tickets.get(tx, principal, number)
    audit.append(
        tx,
        audit.instance_stream(number),
        "ticket_reclassified",
        clause=",".join(limits.clauses) or CLAUSE,
        detail={
            "reason": reason.strip(),
            "from": {"matter_class": before.matter_class, "due_at": before.due_at},
            "to": {"matter_class": after.matter_class, "due_at": after.due_at},
        },
    )
    return after


def _check(row: Row[Any], matter_class: str, reason: str, version: int) -> None:
    classes = office_data.read("ticket_fields.yaml")["matter_class"]
    problems = {}
    if matter_class not in classes:
        problems["matter_class"] = f"请选择类别：{'、'.join(classes.values())}"
    if not reason.strip():
        problems["reason"] = "请填写调整类别的理由"
    if problems:
        raise InvalidInput("；".join(problems.values()), problems)
    if row.version != version:
        raise Conflict("工单在您查看之后已有变动，请刷新页面核对后再调整")
    if row.accepted_at is None or row.state in ticket_states.final():
        raise Refused("只有已受理、未办结的工单可以调整类别", clause=CLAUSE)
    if row.matter_class == matter_class:
        raise Conflict(f"工单已是“{classes[matter_class]}”类，无需调整")
