"""Tokens that wait at a gateway or at the end of a scope: waiting tasks, numbered as they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff import writes
from engine.spiff.branch_data import merged
from engine.spiff.task_tree import ARRIVED


def arrive(token: Task) -> None:
    """Let a token wait where it came to, behind those already there."""
    if token._state == TaskState.WAITING:
        return
    token.internal_data[ARRIVED] = 1 + max((order(t) for t in waiting(token)), default=0)
    token.data = dict(token.parent.data)
    token._set_state(TaskState.WAITING)


def waiting(token: Task) -> list[Task]:
    """The tokens that wait at the same place in the same scope, in the order they arrived."""
    spec = token.task_spec
    found = [t for t in token.workflow.tasks.values() if t.task_spec is spec and t._state == TaskState.WAITING]
    return sorted(found, key=order)


def order(token: Task) -> int:
    """When a token arrived, relative to those that wait with it."""
    return int(token.internal_data.get(ARRIVED, 0))


def consume(survivor: Task, tokens: Iterable[Task]) -> None:
    """One token goes on for all of them, with the variables of all of them."""
    joined: Sequence[Task] = sorted(tokens, key=order)
    survivor.data, wrote = merged(joined)
    writes.keep(survivor, wrote)
    for token in joined:
        if token is not survivor:
            token._set_state(TaskState.CANCELLED)
