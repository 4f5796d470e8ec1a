"""The only changes to SpiffWorkflow's own functions. Each has a test that shows what it is for."""

from __future__ import annotations

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

OPEN = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def _cancel(self: Task) -> None:
    """Cancel a task and all that is open below it, the lowest first.

    SpiffWorkflow drops the children of a cancelled task without telling them: instances of a multi-instance call
    activity went on running, their timers kept firing.
    """
    to_cancel, stack = [], [self]
    while stack:
        task = stack.pop()
        parent = task.parent
        if task._state & OPEN:
            to_cancel.append(task)
        elif not task._state & TaskState.FINISHED_MASK:
            if task is self or parent is None or parent._state & TaskState.FINISHED_MASK:
                to_cancel.append(task)
            continue
        stack += task.children
    for task in reversed(to_cancel):
        task._set_state(TaskState.CANCELLED)
        task._drop_children()
        task.task_spec._on_cancel(task)


_original_run = Task.run


def _run(self: Task) -> bool | None:
    """Run a task only while it is ready: an event may have cancelled it since the caller listed it."""
    if self._state != TaskState.READY:
        return None
    ran: bool | None = _original_run(self)
    return ran


def install() -> None:
    """Put the changed functions in place; idempotent."""
    Task.cancel = _cancel
    Task.run = _run
