"""Where a running instance stands, for somebody who wants to intervene: its tokens and what can be pointed at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Element
from engine.spiff import failures, tokens_by_hand
from engine.spiff.compiled import CompiledProcess
from engine.spiff.marking import Token, tokens
from engine.spiff.modification import STARTABLE, named
from engine.spiff.task_specs.loops import WAITING, MultiInstance
from engine.spiff.task_tree import OWN, is_instance


@dataclass(frozen=True)
class StandingToken:
    """One token: at which element, held by a failure or not, and the items of a multi-instance's participants."""

    process_key: str
    element: Element
    user_task_id: str | None  # names the scope, when a user task is open in it
    held: bool
    participants: list[Any] | None


@dataclass(frozen=True)
class StandingScope:
    """A running process or sub-process with its tokens and the elements a token could start at."""

    process_key: str
    name: str
    user_task_id: str | None
    tokens: list[StandingToken]
    startable: list[Element]


def standing(workflow: BpmnWorkflow, compiled: CompiledProcess) -> list[StandingScope]:
    """Every running scope, the process itself first."""
    return [_scope(workflow, compiled, scope) for scope in tokens_by_hand.running_scopes(workflow)]


def _scope(workflow: BpmnWorkflow, compiled: CompiledProcess, scope: BpmnBaseWorkflow) -> StandingScope:
    key = compiled.owner[scope.spec.name]
    diagram = compiled.diagrams[key]
    hint = next(_user_tasks(workflow, scope), None)
    around = diagram.elements.get(scope.spec.name)
    return StandingScope(
        key,
        (named(around) if around is not None else diagram.name) or key,
        hint,
        [_token(workflow, compiled, scope, key, token) for token in tokens(scope, compiled)],
        [e for e in diagram.elements.values() if e.scope == scope.spec.name and e.type in STARTABLE],
    )


def _token(
    workflow: BpmnWorkflow, compiled: CompiledProcess, scope: BpmnBaseWorkflow, key: str, token: Token
) -> StandingToken:
    tasks = [task for task in scope.tasks.values() if task.id in token.task_ids]
    hints = (hint for task in tasks for hint in _below(workflow, task))
    return StandingToken(
        key,
        compiled.diagrams[key].elements[token.element_id],
        next(hints, None),
        any(failures.is_held(task) for task in tasks),
        next((_participants(task) for task in tasks if isinstance(task.task_spec, MultiInstance)), None),
    )


def _participants(task: Task) -> list[Any] | None:
    item = task.task_spec.item
    if item is None:
        return None
    working = [each.internal_data[OWN][item] for each in task.task_spec.instances(task)]
    return [*working, *task.internal_data[WAITING]]


def _user_tasks(workflow: BpmnWorkflow, scope: BpmnBaseWorkflow) -> Iterator[str]:
    for task in list(scope.tasks.values()):
        if task.task_spec.manual and task._state == TaskState.READY:
            yield task.id
        nested = workflow.subprocesses.get(task.id)
        if nested is not None and not nested.completed:
            yield from _user_tasks(workflow, nested)


def _below(workflow: BpmnWorkflow, task: Task) -> Iterator[str]:
    """User tasks open at a token: itself, its instances, and those in the scopes they run."""
    if task.task_spec.manual and task._state == TaskState.READY:
        yield task.id
    nested = workflow.subprocesses.get(task.id)
    if nested is not None and not nested.completed:
        yield from _user_tasks(workflow, nested)
    for child in task.children:
        if is_instance(child):
            yield from _below(workflow, child)
