"""What a step did, in terms of the diagram: elements entered, completed and cancelled, flows taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from SpiffWorkflow.task import Task

from engine.diagram import Element
from engine.spiff.compiled import CompiledProcess
from engine.spiff.task_tree import is_instance
from engine.spiff.tokens_by_hand import ADDED
from engine.spiff.visits import left_event_gateway, visit


@dataclass(frozen=True)
class Change:
    """What one step did, in terms of the diagram: (process key, element or flow id)."""

    entered: list[tuple[str, str]]
    completed: list[tuple[str, str]]
    cancelled: list[tuple[str, str]]
    flows: list[tuple[str, str]]


def between(compiled: CompiledProcess, before: Mapping[str, int], tasks: Iterable[Task]) -> Change:
    """Compare tasks with their states before the step."""
    entered, completed, cancelled, flows = [], [], [], []
    for task in tasks:
        element = compiled.element_of(task)
        if element is None or is_instance(task):
            continue
        key = compiled.owner[task.workflow.spec.name]
        was = before.get(task.id, 0)
        visited = visit(task, element.type, was)
        if visited.entered:
            entered.append((key, element.id))
        if visited.flow and (flow := _flow_into(compiled, task, element, key)) is not None:
            flows.append((key, flow))
        if visited.completed and element.type != "eventBasedGateway":
            completed.append((key, element.id))
        if visited.cancelled:
            cancelled.append((key, element.id))
        left = left_event_gateway(task, was)
        if left is not None:
            (completed if left == "completed" else cancelled).append((key, task.parent.task_spec.bpmn_id))
    return Change(entered, completed, cancelled, flows)


def _flow_into(compiled: CompiledProcess, task: Task, element: Element, key: str) -> str | None:
    """SpiffWorkflow records no flows: the nearest drawn element above tells which one was taken."""
    parent = task.parent
    while parent is not None and ADDED not in parent.internal_data:
        source = compiled.element_of(parent)
        if source is not None and source.id != element.id:
            return compiled.diagrams[key].flow_between(source.id, element.id)
        parent = parent.parent
    return None
