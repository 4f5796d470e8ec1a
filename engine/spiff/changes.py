"""What a step did, in terms of the diagram: elements entered, completed and cancelled, flows taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import GATEWAYS, Element
from engine.spiff.compiled import CompiledProcess
from engine.spiff.pruning import OPEN

REACHED = OPEN | TaskState.COMPLETED
VISITED_WHEN_DONE = GATEWAYS | {"boundaryEvent"}


@dataclass(frozen=True)
class Change:
    """What one step did, in terms of the diagram: (process key, element or flow id)."""

    entered: list[tuple[str, str]]
    completed: list[tuple[str, str]]
    cancelled: list[tuple[str, str]]
    flows: list[tuple[str, str]]


def between(compiled: CompiledProcess, before: Mapping[UUID, int], tasks: Iterable[Task]) -> Change:
    """Compare tasks with their states before the step."""
    entered, completed, cancelled, flows = [], [], [], []
    for task in tasks:
        element = compiled.element_of(task)
        if element is None or task.task_spec.name.endswith(" [child]"):
            continue
        key = compiled.owner[task.workflow.spec.name]
        was = before.get(task.id, 0)
        reached = bool(task._state & REACHED and not was & REACHED)
        done = task._state == TaskState.COMPLETED and was != TaskState.COMPLETED
        # a gateway or boundary event that only waits has not been visited yet
        if done if element.type in VISITED_WHEN_DONE else reached:
            entered.append((key, element.id))
        if reached and (flow := _flow_into(compiled, task, element, key)) is not None:
            flows.append((key, flow))
        if done:
            completed.append((key, element.id))
        if task._state == TaskState.CANCELLED and was & OPEN and element.type not in VISITED_WHEN_DONE:
            cancelled.append((key, element.id))
    return Change(entered, completed, cancelled, flows)


def _flow_into(compiled: CompiledProcess, task: Task, element: Element, key: str) -> str | None:
    """SpiffWorkflow records no flows: the nearest drawn element above tells which one was taken."""
    parent = task.parent
    while parent is not None:
        source = compiled.element_of(parent)
        if source is not None and source.id != element.id:
            return compiled.diagrams[key].flow_between(source.id, element.id)
        parent = parent.parent
    return None
