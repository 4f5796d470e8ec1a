"""A workflow that stays in memory after its step must not differ from one that is loaded from what was saved."""

from __future__ import annotations

import math
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.spiff.task_tree import scopes

TEXT = frozenset({str})
ATOMS = frozenset({str, bool, int, type(None)})


def as_restored(workflow: BpmnWorkflow) -> BpmnWorkflow | None:
    """The workflow just saved, in the state loading it would give; None when its values do not survive JSON."""
    if not _is_plain(workflow):
        return None
    _forget_what_is_not_saved(workflow)
    return workflow


def _forget_what_is_not_saved(workflow: BpmnWorkflow) -> None:
    """Everything that is not saved, as loading would leave it; the engine of the finished step is let go."""
    workflow.script_engine = None
    workflow.bpmn_events.clear()
    workflow.correlations.clear()
    waiting = {}
    for scope in scopes(workflow):
        if scope.last_task is not None and scope.last_task.id not in scope.tasks:
            scope.last_task = None
        for task in scope.tasks.values():
            if task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                waiting[task.id] = task
    workflow.event_manager.tasks = waiting


def _is_plain(workflow: BpmnWorkflow) -> bool:
    """Whether all values come back from JSON as they went in: a tuple would not, nor a number as a name."""
    seen: set[int] = set()
    for scope in scopes(workflow):
        if not _is_json(scope.data, seen):
            return False
        for task in scope.tasks.values():
            if not _is_json(task.data, seen) or not _is_json(task.internal_data, seen):
                return False
    return True


def _is_json(value: Any, seen: set[int]) -> bool:
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is not dict and kind is not list:
        return kind in ATOMS
    if id(value) in seen:  # branches share values; each is looked at once
        return True
    seen.add(id(value))
    if kind is dict and not TEXT.issuperset(map(type, value)):
        return False
    others = [each for each in (value.values() if kind is dict else value) if type(each) not in ATOMS]
    return all(_is_json(each, seen) for each in others)
