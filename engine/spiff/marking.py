"""Where the tokens of the running scopes are, in terms of the diagram: what a token game needs to go on from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff import tokens_by_hand
from engine.spiff.compiled import CompiledProcess
from engine.spiff.events.catching import Reaction
from engine.spiff.events.gateway import EventBasedGateway
from engine.spiff.task_tree import OPEN, is_instance


@dataclass(frozen=True)
class Token:
    """At an element; `source`: it waits at this join since it came from there."""

    element_id: str
    source: str | None
    task_ids: tuple[str, ...]


@dataclass(frozen=True)
class Marking:
    """All tokens of one running scope (process or sub-process id `scope`)."""

    process_key: str
    scope: str
    tokens: list[Token]


def markings(workflow: BpmnWorkflow, compiled: CompiledProcess) -> list[Marking]:
    """Of every running scope."""
    return [
        Marking(compiled.owner[scope.spec.name], scope.spec.name, list(tokens(scope, compiled)))
        for scope in tokens_by_hand.running_scopes(workflow)
    ]


def tokens(scope: BpmnBaseWorkflow, compiled: CompiledProcess) -> Iterator[Token]:
    """Each token once: a multi-instance, and the events behind an event-based gateway, are one."""
    seen = set()
    for task in scope.tasks.values():
        if not task._state & OPEN or is_instance(task) or isinstance(task.task_spec, Reaction):
            continue
        element = compiled.element_of(task)
        if element is None:
            continue
        gateway = task.parent
        if gateway is not None and isinstance(gateway.task_spec, EventBasedGateway):
            if gateway.id not in seen:
                seen.add(gateway.id)
                waiting = tuple(each.id for each in gateway.children if each._state & OPEN)
                yield Token(gateway.task_spec.bpmn_id, None, waiting)
            continue
        yield Token(element.id, _source(task, compiled), (task.id,))


def _source(task: Task, compiled: CompiledProcess) -> str | None:
    if task._state != TaskState.WAITING or not hasattr(task.task_spec, "sources"):
        return None
    source = compiled.element_of(task.parent)
    return source.id if source is not None else str(task.parent.task_spec.name).removesuffix("#split")
