"""The only changes to SpiffWorkflow's own functions. Each has a test that shows what it is for.

`python -m tests.spiff_suite` runs the library's own tests with and without them and names every difference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import SpiffWorkflow.task
from SpiffWorkflow import Workflow
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.util.task import BpmnTaskIterator
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.deep_merge import DeepMerge
from SpiffWorkflow.util.task import TaskIterator, TaskState

from engine.spiff.task_tree import OPEN

WITHDRAWN = "withdrawn"  # in the internal data of a cancelled task: a token was there


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
        if task._state & OPEN:
            task.internal_data[WITHDRAWN] = True
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


# Faster, and the same in every other respect

LIBRARY_DEPTH = 1_000  # its default limit, beyond which tasks became invisible and a loop stood still for ever
_logger = logging.getLogger("spiff.task")


def _set_state(self: Task, value: int) -> None:
    """As the library's, without composing what nobody logs."""
    if _logger.isEnabledFor(logging.INFO):
        _original_set_state(self, value)
    elif value != self._state:
        self.last_state_change = time.time()
        self._state = value


_original_set_state = Task._set_state


def _new_task_id() -> str:
    """Text: a UUID computes its hash in Python, and a step looks for hundreds of tasks by their ids."""
    return str(uuid4())


def _inherit_data(self: Task) -> None:
    """As the library's, but a value that other tasks hold too is replaced instead of changed in place."""
    data, inherited = dict(self.data), self.parent.data
    for name, value in inherited.items():
        if name not in data:
            data[name] = value
        elif data[name] is not value and data[name] != value:
            data[name] = DeepMerge.merge({name: deepcopy(data[name])}, {name: value})[name]
    self.data = data


def _is_descendant_of(self: Task, task: Task) -> bool:
    """Upwards in a loop: the library calls itself, and fails at Python's limit of calls."""
    parent = self.parent
    while parent is not None:
        if parent == task:
            return True
        parent = parent.parent
    return False


def _find_ancestor(self: Task, spec_name: str) -> Task | None:
    """As `_is_descendant_of`."""
    parent = self.parent
    while parent is not None and parent.task_spec.name != spec_name:
        parent = parent.parent
    return parent


def _next_found(self: TaskIterator) -> Task:
    """Depth first with a stack: the library copies its whole list and walks up to the root for every task."""
    if not self.depth_first:
        return _original_next_found(self)
    walk: Iterator[Task] | None = getattr(self, "_walk", None)
    if walk is None:
        walk = self._walk = _walk(self, *self.task_list)
    return next(walk)


_original_next_found = TaskIterator.__next__


def _walk(iterator: TaskIterator, start: Task) -> Iterator[Task]:
    wanted = iterator.task_filter
    if wanted.state != TaskState.ANY_MASK and not _anything_in(iterator, start.workflow):
        return
    subprocesses = start.workflow.top_workflow.subprocesses if isinstance(iterator, BpmnTaskIterator) else {}
    stack = [(start, 0)]
    while stack:
        task, depth = stack.pop()
        goes_deeper = iterator.max_depth == LIBRARY_DEPTH or depth < iterator.max_depth
        leads_on = bool(task._children) or task.id in subprocesses
        if leads_on and goes_deeper and task.task_spec.name != iterator.end_at_spec:
            below = _below(iterator, task, subprocesses.get(task.id))
            stack += [(child, depth + 1) for child in reversed(below)]
        if task._state & wanted.state and wanted.matches(task):
            yield task


def _anything_in(iterator: TaskIterator, workflow: Workflow) -> bool:
    """Whether any task there could be found is in a state that is looked for: most walks are in vain."""
    walked = [workflow]
    if isinstance(iterator, BpmnTaskIterator) and not iterator.skip_subprocesses:
        walked += workflow.top_workflow.subprocesses.values()
    state = iterator.task_filter.state
    for each in walked:
        for task in each.tasks.values():
            if task._state & state:
                return True
    return False


def _below(iterator: TaskIterator, task: Task, subprocess: BpmnSubWorkflow | None) -> list[Task]:
    if subprocess is None:
        return task.children if task._state >= iterator.min_state else []
    is_over = task._state >= TaskState.FINISHED_MASK and iterator.task_filter.state <= TaskState.FINISHED_MASK
    hidden = iterator.skip_subprocesses or is_over
    return task.children if hidden else [subprocess.task_tree, *task.children]


PREDICTED = TaskState.FUTURE | TaskState.PREDICTED_MASK
AHEAD = 2  # generations


def _predict(
    self: BpmnTaskSpec,
    my_task: Task,
    seen: list[BpmnTaskSpec] | None = None,
    looked_ahead: int = 0,
    mask: int = TaskState.PREDICTED_MASK,
) -> None:
    """Two generations ahead, whatever is certain: the library goes on to the end, 3 to the n for n blocks in a row."""
    if my_task._state & mask:
        self._predict_hook(my_task)
    if looked_ahead + 1 < AHEAD:
        for child in my_task.children:
            if child._state & mask:
                child.task_spec._predict(child, None, looked_ahead + 1, mask)


def _update(self: BpmnTaskSpec, my_task: Task) -> None:
    """As the library's; what is ahead of a task is predicted when the token comes near."""
    if my_task._state & PREDICTED and not my_task.triggered:
        self._predict(my_task, mask=PREDICTED)
    if self._update_hook(my_task):
        my_task._ready()


FUNCTIONS: dict[tuple[Any, str], Any] = {  # (class or module, name)
    (SpiffWorkflow.task, "uuid4"): _new_task_id,
    (Task, "cancel"): _cancel,
    (Task, "run"): _run,
    (Task, "_set_state"): _set_state,
    (Task, "_inherit_data"): _inherit_data,
    (Task, "is_descendant_of"): _is_descendant_of,
    (Task, "find_ancestor"): _find_ancestor,
    (TaskIterator, "__next__"): _next_found,
    (BpmnTaskSpec, "_predict"): _predict,
    (BpmnTaskSpec, "_update"): _update,
}


def install() -> None:
    """Put the changed functions in place; idempotent."""
    for (owner, name), function in FUNCTIONS.items():
        setattr(owner, name, function)
