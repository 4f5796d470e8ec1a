"""Drops finished history from a running instance: what happened stands in the audit trail.

What is open needs of the past only where branches parted (their variables are told apart from there), the element each
waiting token came from, and the activity whose border an event watches.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.control import EventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff import writes
from engine.spiff.task_tree import OPEN, OWN, SEEN, line_to, lowest_common, scopes
from engine.spiff.writes import WROTE


def prune(workflow: BpmnWorkflow) -> None:
    """Leave what is open, what is predicted below it, and the forks above it."""
    if workflow.completed:
        return
    for scope in scopes(workflow):
        if not scope.completed:
            _prune_scope(scope)
            _drop_dead_ends(scope)
            _shorten_lines(scope)
    _drop_finished_subprocesses(workflow)


def _prune_scope(scope: BpmnBaseWorkflow) -> None:
    _drop_finished_instances(scope)
    root = scope.task_tree
    # starts of event sub-processes wait right below the root, beside the flow
    beside = [t for t in root.children if t._state == TaskState.WAITING and isinstance(t.task_spec, CatchingEvent)]
    open_tasks = [task for task in scope.tasks.values() if task._state & OPEN and task not in beside]
    if not open_tasks:
        return
    graft = lowest_common([line_to(task) for task in open_tasks])
    if graft is root or graft._parent is None or graft._parent == root.id:
        return
    inherited = graft.parent.data
    if scope.parent_task_id is not None:  # the scope around still asks who wrote last
        root.internal_data[WROTE] = writes.along(line_to(graft.parent))
    keep = _subtree(graft) | {task.id for task in beside}
    for task_id in [i for i in scope.tasks if i not in keep and i != root.id]:
        del scope.tasks[task_id]
    root._children = [graft.id, *(task.id for task in beside)]
    root.data = dict(inherited)
    for task in beside:
        task.data = dict(inherited)
    graft._parent = root.id
    _mend_last_task(scope)


def _drop_dead_ends(scope: BpmnBaseWorkflow) -> None:
    """Finished branches: nothing that is open lies below them."""
    root = scope.task_tree
    keep = _subtree(root) if root._state & OPEN else {root.id}  # it is open when the instance could not begin
    for task in scope.tasks.values():
        if task._state & OPEN and task.id not in keep:
            keep |= _subtree(task)
            keep.update(above.id for above in line_to(task))
    keep |= {task.id for task in scope.tasks.values() if task._parent in keep and _is_watched(task)}
    if len(keep) == len(scope.tasks):
        return
    for task_id in [i for i in scope.tasks if i not in keep]:
        del scope.tasks[task_id]
    for task in scope.tasks.values():
        task._children = [child for child in task._children if child in keep]
    _mend_last_task(scope)


def _is_watched(task: Task) -> bool:
    """Beside an activity with events on its border: the activity, and what interrupted it."""
    return isinstance(task.parent.task_spec, EventSplit) and getattr(task.task_spec, "cancel_activity", True)


def _shorten_lines(scope: BpmnBaseWorkflow) -> None:
    """Of finished tasks that follow each other only the last one counts."""
    for task in list(scope.tasks.values()):
        if len(task._children) != 1 or not task._state & TaskState.FINISHED_MASK:
            continue
        parent = task.parent
        if parent is None:
            continue
        child = scope.tasks[task._children[0]]
        is_split = isinstance(task.task_spec, EventSplit) or isinstance(parent.task_spec, EventSplit)
        is_needed = is_split or SEEN in task.internal_data
        if is_needed or parent._state & OPEN or not child._state & TaskState.FINISHED_MASK:
            continue
        writes.keep(child, writes.of(task))
        parent._children[parent._children.index(task.id)] = child.id
        child._parent = parent.id
        del scope.tasks[task.id]
    _mend_last_task(scope)


def _mend_last_task(scope: BpmnBaseWorkflow) -> None:
    if scope.last_task is None or scope.last_task.id not in scope.tasks:
        scope.last_task = scope.task_tree


def _drop_finished_instances(scope: BpmnBaseWorkflow) -> None:
    """The loop around them has taken what they left behind."""
    for task in list(scope.tasks.values()):
        if not task._state & TaskState.FINISHED_MASK or OWN not in task.internal_data:
            continue
        parent = task.parent
        if parent._state & OPEN:
            for task_id in _subtree(task):
                del scope.tasks[task_id]
            parent._children.remove(task.id)


def _subtree(top: Task) -> set[str]:
    keep, stack = set(), [top]
    while stack:
        task = stack.pop()
        keep.add(task.id)
        stack += task.children
    return keep


def _drop_finished_subprocesses(workflow: BpmnWorkflow) -> None:
    """A sub-process whose call is over, or whose caller was pruned, has nothing left to say."""
    changed = True
    while changed:
        changed = False
        alive = set(workflow.tasks)
        for sub in workflow.subprocesses.values():
            alive |= set(sub.tasks)
        for parent_id in list(workflow.subprocesses):
            if parent_id not in alive or _is_over(workflow, parent_id):
                del workflow.subprocesses[parent_id]
                changed = True


def _is_over(workflow: BpmnWorkflow, task_id: str) -> bool:
    for scope in scopes(workflow):
        task = scope.tasks.get(task_id)
        if task is not None:
            return bool(task._state & TaskState.FINISHED_MASK)
    return True
