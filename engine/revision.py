"""Revise 更正 the variables of a running instance by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import process_instances, reasons, rescheduling, variable_values
from engine.process_instances import Step
from engine.transaction import Transaction


def revise(
    tx: Transaction,
    instance_id: str,
    variables: Mapping[str, Any],
    reason: str,
    *,
    user_task_id: str | None = None,
    clause: str | None = None,
) -> Step:
    """Change variables of a running instance by hand: timers and due dates follow, with an audit entry.

    With `user_task_id` only the scope (called process) that task stands in changes.
    """
    given = reasons.checked(reason)
    variable_values.check(variables)
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.run()
    loaded.execution.revise(variables, user_task_id)
    process_instances.settle(tx, loaded)
    moved = rescheduling.refresh(tx, loaded.held.open, loaded.row, loaded.execution, loaded.functions)
    detail = {"reason": given, "variables": dict(variables), "user_tasks": moved}
    return process_instances.save(tx, loaded, "instance.revised", detail=detail, clause=clause)
