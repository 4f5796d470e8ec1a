"""Compensation and cancellation (§10.7, §13.5.5): a scope remembers which activities it can undo, the last one first.

What it remembers stands in the stored data of the scope's first task, which nothing prunes. An activity that ran
several times is remembered several times; each time is undone once. A handler works on the variables as they are when
it runs, and what it sets counts.
"""

from __future__ import annotations

from uuid import UUID

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff import writes
from engine.spiff.events.definitions import Definition

REMEMBERED = "compensable"  # in the first task: [activity, handler] in the order of completion
UNDOING = "undoing"  # in a throwing task: the id of the handler that runs for it now
LEFT = "left"  # in a throwing task: the handlers still to run, the next one last


class Compensation(Definition):
    """Thrown: undo one activity, or all of the scope."""

    def __init__(self, activity: str | None) -> None:
        super().__init__(activity)
        self.activity = activity


class Cancel(Definition):
    """Thrown by a cancel end event: undo the transaction and leave it by its cancel boundary event."""


def remember(completed: Task, handler: str) -> None:
    """An activity with a compensation handler has completed."""
    first = completed.workflow.task_tree.internal_data
    first[REMEMBERED] = [*first.get(REMEMBERED, []), [completed.task_spec.name, handler]]


def undo_next(thrower: Task) -> bool:
    """Let the handlers run one after the other; True when there is nothing left to undo and none runs.

    Only what was completed when the compensation was thrown is undone.
    """
    if LEFT not in thrower.internal_data:
        thrower.internal_data[LEFT] = _forget(thrower)
    running = thrower.internal_data.get(UNDOING)
    if running is not None:
        handler = thrower.workflow.tasks[str(UUID(running))]
        if not handler._state & TaskState.FINISHED_MASK:
            return False
        writes.note(thrower, writes.differing(thrower.data, handler.data))
        thrower.data = dict(handler.data)
        del thrower.internal_data[UNDOING]
    left = thrower.internal_data[LEFT]
    if not left:
        return True
    name, thrower.internal_data[LEFT] = left[-1], left[:-1]
    thrower._set_state(TaskState.WAITING)
    handler = thrower._add_child(_spec(thrower, name), TaskState.FUTURE)
    handler.triggered = True  # SpiffWorkflow keeps it although no flow leads there
    thrower.internal_data[UNDOING] = UUID(handler.id).hex
    handler.task_spec._update(handler)
    return False


def cancel_all_but(thrower: Task) -> None:
    """End everything else in the thrower's scope."""
    for task in list(thrower.workflow.tasks.values()):
        if task is not thrower and task._state & TaskState.NOT_FINISHED_MASK and task.parent is not thrower:
            task.cancel()


def _forget(thrower: Task) -> list[str]:
    """The handlers of the activities to undo, in the order of completion; they are remembered no longer."""
    first = thrower.workflow.task_tree.internal_data
    remembered: list[list[str]] = first.get(REMEMBERED, [])
    wanted = getattr(thrower.task_spec.event_definition, "activity", None)
    if remembered:
        first[REMEMBERED] = [each for each in remembered if wanted not in (None, each[0])]
    return [handler for activity, handler in remembered if wanted in (None, activity)]


def _spec(thrower: Task, name: str) -> TaskSpec:
    return thrower.workflow.spec.task_specs[name]
