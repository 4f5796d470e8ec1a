"""Who catches what is thrown: publication to all that wait, propagation to the innermost that matches (§10.5.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.events.catching import BoundaryEvent
from engine.spiff.events.definitions import SINCE, Coded, Definition, Error
from engine.spiff.events.sub_process_starts import waiting_in


def publish(
    workflow: BpmnWorkflow, thrown: Definition, payload: Mapping[str, Any], thrown_at: datetime | None = None
) -> None:
    """Deliver to every event of the instance that waits for it now, or waited already when it was thrown.

    What starts to wait because of the delivery gets nothing.
    """
    for task in _waiting(workflow, thrown, thrown_at):
        _deliver(task, payload)


def awaits(workflow: BpmnWorkflow, thrown: Definition, thrown_at: datetime | None = None) -> bool:
    """Whether something would take it now."""
    return bool(_waiting(workflow, thrown, thrown_at))


def _waiting(workflow: BpmnWorkflow, thrown: Definition, thrown_at: datetime | None) -> list[Task]:
    found = [task for task in workflow.event_manager.tasks.values() if _catches(task, thrown)]
    if thrown_at is None:
        return found
    return [
        t for t in found if SINCE in t.internal_data and datetime.fromisoformat(t.internal_data[SINCE]) <= thrown_at
    ]


def propagate(thrower: Task, thrown: Coded, text: str) -> bool:
    """Deliver an error or escalation to the innermost event around the thrower that matches; False when none does."""
    for watching in _around(thrower):
        matching = [task for task in watching if _catches(task, thrown)]
        # one that names the code before one that takes any
        for task in sorted(matching, key=lambda t: t.task_spec.event_definition.code is None):
            _deliver(task, task.task_spec.event_definition.caught(thrown.code, text))
            return True
    return False


def catch_failure(failed: Task, text: str, code: str | None = None) -> bool:
    """Deliver a failure of an activity to the innermost error event on it or around it; False when none does."""
    return propagate(failed, Error(code), text)


def cancel_transaction(thrower: Task, thrown: Definition) -> None:
    """Leave the transaction around a cancel end event by its cancel boundary event, which the gate has seen."""
    scope = thrower.workflow
    transaction = scope.top_workflow.get_task_from_id(scope.parent_task_id)
    for task in _on_border(transaction):
        if _catches(task, thrown):
            _deliver(task, {})


def _around(task: Task) -> Iterator[list[Task]]:
    """The events that watch a task, level by level, from its own border outwards through all callers."""
    current: Task | None = task
    while current is not None:
        yield _on_border(current)
        scope = current.workflow
        yield _in_scope(scope)
        current = scope.top_workflow.get_task_from_id(scope.parent_task_id) if scope.parent_task_id else None


def _on_border(task: Task) -> list[Task]:
    """Boundary events of the activity a task belongs to; an instance of a loop belongs to the loop."""
    parent = task.parent
    while parent is not None and getattr(parent.task_spec, "task_spec", None) == task.task_spec.name:
        task, parent = parent, parent.parent
    if parent is None or not isinstance(parent.task_spec, BoundaryEventSplit):
        return []
    return [beside for beside in parent.children if isinstance(beside.task_spec, BoundaryEvent)]


def _in_scope(scope: BpmnBaseWorkflow) -> list[Task]:
    """Starts of the event sub-processes of a scope."""
    return waiting_in(scope)


def _catches(task: Task, thrown: Definition) -> bool:
    definition = task.task_spec.event_definition
    return task._state == TaskState.WAITING and isinstance(definition, Definition) and definition.matches(thrown)


def _deliver(task: Task, payload: Mapping[str, Any]) -> None:
    """One that an earlier receiver has cancelled meanwhile stays cancelled."""
    task.task_spec.event_definition.deliver(task, payload)
    task.task_spec._update(task)
