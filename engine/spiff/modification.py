"""Moves tokens by hand: cancel what is open at an element, start before or after an element.

A new token hangs below an added, already completed task without an element, which carries the variables it begins
with: those of the tokens cancelled with it, else those at the point where the scope's open branches split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import ACTIVITIES, Element
from engine.errors import Conflict, InvalidInput
from engine.spiff import tokens_by_hand, writes
from engine.spiff.branch_data import merged
from engine.spiff.compiled import CompiledProcess
from engine.spiff.task_tree import OPEN, line_to, lowest_common, open_ends
from engine.spiff.tokens_by_hand import Place

STARTABLE = ACTIVITIES | {"intermediateCatchEvent", "intermediateThrowEvent", "exclusiveGateway", "eventBasedGateway"}
LEAVABLE = ACTIVITIES | {"intermediateCatchEvent", "intermediateThrowEvent"}


@dataclass(frozen=True)
class Instruction:
    """One thing to do at an element; `user_task_id`: an open user task that tells which of several scopes is meant."""

    verb: Literal["cancel", "start_before", "start_after"]
    process_key: str
    element_id: str
    user_task_id: str | None = None


@dataclass
class _ScopeChange:
    """What happens in one running scope."""

    scope: BpmnBaseWorkflow
    cancelled: list[Task] = field(default_factory=list)
    before: list[Element] = field(default_factory=list)
    after: list[Element] = field(default_factory=list)


def modify(workflow: BpmnWorkflow, compiled: CompiledProcess, instructions: Sequence[Instruction]) -> None:
    """All instructions at once, or an error and nothing to be saved. Does no automatic work."""
    changes: dict[int, _ScopeChange] = {}
    for instruction in instructions:
        place = tokens_by_hand.place(
            workflow, compiled, instruction.process_key, instruction.element_id, instruction.user_task_id
        )
        _add(changes.setdefault(id(place.scope), _ScopeChange(place.scope)), compiled, instruction, place)
    for change in changes.values():
        _apply(workflow, change)
    for change in changes.values():
        change.scope.update_waiting_tasks()
        _require_life(compiled, change.scope)


def return_to(workflow: BpmnWorkflow, place: Place, task_ids: Collection[str]) -> None:
    """Cancel the tokens with these tasks and start before the place's element with their variables."""
    change = _ScopeChange(place.scope, before=[place.element])
    change.cancelled = [task for task in place.scope.tasks.values() if task.id in task_ids]
    _apply(workflow, change)
    place.scope.update_waiting_tasks()


def _add(change: _ScopeChange, compiled: CompiledProcess, instruction: Instruction, place: Place) -> None:
    element = place.element
    if instruction.verb == "cancel":
        found = tokens_by_hand.at(compiled, place, instruction.user_task_id)
        change.cancelled += [token for token in found if token not in change.cancelled]
    elif instruction.verb == "start_before":
        if element.type not in STARTABLE:
            raise InvalidInput(f"不能从「{named(element)}」之前开始：只能选择任务、子流程、中间事件或排他网关")
        change.before.append(element)
    else:
        if element.type not in LEAVABLE:
            raise InvalidInput(f"不能从「{named(element)}」之后开始：只能选择任务、子流程或中间事件")
        change.after.append(element)


def _apply(workflow: BpmnWorkflow, change: _ScopeChange) -> None:
    anchor = _anchor(change) if change.before or change.after else None
    for token in change.cancelled:
        cancel(workflow, token)
    if anchor is None:
        return
    for element in change.before:
        start_before(anchor, element)
    for element in change.after:
        _start_after(anchor, element)


def cancel(workflow: BpmnWorkflow, token: Task) -> None:
    """Cancel one token with the scopes it runs and the events that wait on its border."""
    below = list(_below(workflow, token))
    parent = token.parent
    if parent is not None and isinstance(parent.task_spec, BoundaryEventSplit):
        below += [beside for beside in parent.children if beside._state == TaskState.WAITING]
    for task in below:
        workflow.event_manager.remove_task(task)
        if task._state & OPEN:
            task._set_state(TaskState.CANCELLED)
        nested = workflow.subprocesses.get(task.id)
        if nested is not None:
            nested.completed, nested.success = True, False
    for task in below:
        if task.id in task.workflow.tasks:
            task._drop_children()


def _below(workflow: BpmnWorkflow, top: Task) -> Iterator[Task]:
    """A task, its descendants, and everything in the scopes they run."""
    stack = [top]
    while stack:
        task = stack.pop()
        yield task
        stack += task.children
        nested = workflow.subprocesses.get(task.id)
        if nested is not None:
            stack.append(nested.task_tree)


def _anchor(change: _ScopeChange) -> Task:
    """The completed task below which new tokens hang."""
    ends = change.cancelled or open_ends(change.scope)
    lines = [line_to(end.parent if _is_inner(end) else end) for end in ends]
    # never below an end itself
    above = lowest_common([steps[:-1] or steps for steps in lines]) if lines else change.scope.task_tree
    while above._state & OPEN:
        above = above.parent
    data, wrote = merged(ends) if change.cancelled else (dict(above.data), {})
    added = above._add_child(change.scope.spec.start, TaskState.COMPLETED)
    added.triggered = True
    added.internal_data[tokens_by_hand.ADDED] = True
    added.data = data
    writes.take_over(added, wrote)
    return added


def _is_inner(token: Task) -> bool:
    """Whether a token stands below the split of its boundary events, which belongs to it."""
    return token.parent is not None and isinstance(token.parent.task_spec, BoundaryEventSplit)


def start_before(anchor: Task, element: Element) -> None:
    """A token that enters an element as any other does, its boundary events included."""
    specs = anchor.workflow.spec.task_specs
    spec = specs.get(f"{element.id}.BoundaryEventSplit") or specs[element.id]
    child = anchor._add_child(spec, TaskState.FUTURE)
    child.triggered = True
    _enter(child)


def _start_after(anchor: Task, element: Element) -> None:
    """A token that leaves an element without having done its work."""
    spec = anchor.workflow.spec.task_specs[element.id]
    passed = anchor._add_child(spec, TaskState.COMPLETED)
    passed.triggered = True
    passed.internal_data[tokens_by_hand.ADDED] = True
    passed.data = dict(anchor.data)
    following = [each for each in spec.outputs if not isinstance(each, BoundaryEventJoin)]
    passed._sync_children(following, TaskState.FUTURE)
    for child in passed.children:
        _enter(child)


def _enter(child: Task) -> None:
    """The split of boundary events is no step of its own: with it, the activity and its events begin to wait."""
    spec = child.task_spec
    spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    spec._update(child)
    if isinstance(spec, BoundaryEventSplit):
        child.run()


def _require_life(compiled: CompiledProcess, scope: BpmnBaseWorkflow) -> None:
    if scope.completed or any(task._state & OPEN for task in scope.tasks.values()):
        return
    if scope.spec.name != compiled.key:
        name = scope.spec.description or scope.spec.name
        raise Conflict(f"这样调整后「{name}」里没有进行中的环节，请取消整个「{name}」，或同时指定从哪个环节开始")
    raise Conflict("这样调整后没有进行中的环节；如需结束请使用“终止”，否则请同时指定从哪个环节开始")


def named(element: Element) -> str:
    """As people know it."""
    return element.name or element.id
