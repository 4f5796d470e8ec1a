"""Due dates and groups of user tasks that are open already follow the variables that a revision changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import delete, update

from engine import user_task_rows
from engine.diagram_functions import StepFunctions
from engine.process_instance_rows import ProcessInstance
from engine.spiff.execution import Execution
from engine.tables import user_task, user_task_candidate_group
from engine.transaction import Transaction
from engine.user_task_rows import UserTask


def refresh(
    tx: Transaction,
    rows: dict[str, UserTask],
    instance: ProcessInstance,
    execution: Execution,
    functions: StepFunctions,
) -> list[dict[str, Any]]:
    """After a revision: due dates and groups of tasks already open follow; returns what changed, for the audit."""
    changed = []
    for task in execution.open_tasks():
        before = rows.get(task.id)
        if before is None:
            continue
        wanted = user_task_rows.row_of(tx, instance, task, functions)
        if _schedule(wanted) == _schedule(before):
            continue
        changed.append({"user_task": before.id, "from": before.due_at, "to": wanted.due_at})
        rows[task.id] = replace(
            before,
            due_at=wanted.due_at,
            follow_up_at=wanted.follow_up_at,
            due_explanation=wanted.due_explanation,
            candidate_groups=wanted.candidate_groups,
        )
        _rewrite(tx, rows[task.id])
    return changed


def after_step(
    tx: Transaction,
    rows: dict[str, UserTask],
    instance: ProcessInstance,
    execution: Execution,
    functions: StepFunctions,
    revised: list[dict[str, Any]],
) -> dict[str, Any]:
    """As refresh, for what revise(…) changed in a step; nothing when it changed nothing."""
    if not revised:
        return {}
    return {"revised": revised, "user_tasks": refresh(tx, rows, instance, execution, functions)}


def _schedule(task: UserTask) -> tuple[Any, ...]:
    return (task.due_at, task.follow_up_at, task.due_explanation, sorted(task.candidate_groups))


def _rewrite(tx: Transaction, task: UserTask) -> None:
    columns = user_task_rows.columns(task)
    names = ("due_at", "follow_up_at", "due_explanation")
    tx.connection.execute(
        update(user_task).where(user_task.c.id == task.id).values({name: columns[name] for name in names})
    )
    tx.connection.execute(delete(user_task_candidate_group).where(user_task_candidate_group.c.user_task_id == task.id))
    user_task_rows.insert_groups(tx, [task])
