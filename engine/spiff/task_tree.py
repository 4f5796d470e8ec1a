"""The tasks of a running workflow: its scopes, what is open in them, and the line that leads to a task."""

from __future__ import annotations

from collections.abc import Sequence

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

OPEN = TaskState.WAITING | TaskState.READY | TaskState.STARTED
ARRIVED = "arrived"  # in a waiting token's internal data: the how-manyth of those that wait with it
OWN = "own"  # in the internal data of one instance of a loop: the variables only it has
SEEN = "seen"  # in an event's internal data: what it took over from the branches beside it when it happened


def scopes(workflow: BpmnWorkflow) -> list[BpmnBaseWorkflow]:
    """The process and every sub-process in it, ended ones included."""
    return [workflow, *workflow.subprocesses.values()]


def open_ends(scope: BpmnBaseWorkflow) -> list[Task]:
    """The open tasks of a scope, of a loop and its instances only the loop."""
    return [t for t in scope.tasks.values() if t._state & OPEN and not (t.parent and t.parent._state & OPEN)]


def line_to(task: Task) -> list[Task]:
    """From the root of the scope down to the task itself."""
    tasks = task.workflow.tasks
    found, current = [], task
    while current is not None:
        found.append(current)
        current = tasks.get(current._parent)
    return found[::-1]


def lowest_common(lines: Sequence[list[Task]]) -> Task:
    """The lowest task that all lines have in common; they begin at the same root."""
    found = lines[0][0]
    for steps in zip(*lines, strict=False):
        if len({*map(id, steps)}) > 1:
            break
        found = steps[0]
    return found


def is_instance(task: Task) -> bool:
    """Whether a task is one instance of a multi-instance activity or loop."""
    return bool(task.task_spec.name.endswith(" [child]"))
