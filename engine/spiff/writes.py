"""Who wrote a variable last: every write has a number, and where branches meet the highest one wins (ADR 0016)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from SpiffWorkflow.task import Task

from engine.spiff.task_tree import SEEN, scopes

WROTE = "wrote"  # in a task's internal data: the variables it wrote, with the number of each write
LATEST = sys.maxsize  # what an open activity has set but not left behind yet

Writes = dict[str, int]


def note(task: Task, names: Iterable[str]) -> None:
    """The task writes these variables now, whether their values change or not."""
    written = list(names)
    if written:
        task.internal_data[WROTE] = {**task.internal_data.get(WROTE, {}), **dict.fromkeys(written, _next(task))}


def found_by(task: Task) -> dict[str, Any]:
    """The variables as they were when a task began."""
    return {**task.parent.data, **task.internal_data.get(SEEN, {})}


def differing(known: dict[str, Any], data: dict[str, Any]) -> list[str]:
    """The variables in `data` that are new or not as they were known."""
    return [n for n, v in data.items() if n not in known or (known[n] is not v and known[n] != v)]


def of(task: Task) -> Writes:
    """What one task wrote."""
    return dict(task.internal_data.get(WROTE, {}))


def along(line: Sequence[Task]) -> Writes:
    """What the tasks of a line wrote, the deepest one last."""
    found: Writes = {}
    for task in line:
        found |= task.internal_data.get(WROTE, {})
    return found


def keep(task: Task, writes: Writes) -> None:
    """The task stands for these writes, too; its own are later."""
    settled = {name: number for name, number in writes.items() if number != LATEST}
    if settled:
        task.internal_data[WROTE] = {**settled, **task.internal_data.get(WROTE, {})}


def take_over(task: Task, writes: Writes) -> None:
    """The task stands for these writes; what was not left behind yet is written now."""
    keep(task, writes)
    note(task, [name for name, number in writes.items() if number == LATEST])


def forget(task: Task, names: Iterable[str]) -> None:
    """These variables were the task's own."""
    kept = {name: number for name, number in of(task).items() if name not in set(names)}
    if kept != of(task):
        task.internal_data[WROTE] = kept


def _next(task: Task) -> int:
    workflow = task.workflow.top_workflow
    if not hasattr(workflow, "last_write"):
        tasks = (each for scope in scopes(workflow) for each in scope.tasks.values())
        workflow.last_write = max((n for each in tasks for n in of(each).values()), default=0)
    workflow.last_write += 1
    return int(workflow.last_write)
