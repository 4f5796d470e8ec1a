"""Finds the running scope and the tokens that somebody means who points at an element of a diagram."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task

from engine.diagram import Element
from engine.errors import Conflict, InvalidInput
from engine.spiff.compiled import CompiledProcess
from engine.spiff.events.gateway import EventBasedGateway
from engine.spiff.task_tree import OPEN, is_instance, line_to, scopes

ADDED = "added"  # in the internal data of a task that stands for no step of the process


@dataclass(frozen=True)
class Place:
    """An element in one running scope."""

    element: Element
    scope: BpmnBaseWorkflow


def running_scopes(workflow: BpmnWorkflow) -> list[BpmnBaseWorkflow]:
    """Every scope that has not ended."""
    return [scope for scope in scopes(workflow) if not scope.completed]


def place(
    workflow: BpmnWorkflow, compiled: CompiledProcess, process_key: str, element_id: str, user_task_id: str | None
) -> Place:
    """Where an element would run now; refuses what is not drawn, not running, or running more than once."""
    diagram = compiled.diagrams.get(process_key)
    element = diagram.elements.get(element_id) if diagram else None
    if element is None:
        raise InvalidInput(f"流程图上没有环节 {process_key}/{element_id}", {"element_id": "请选择流程图上的环节"})
    running = [
        scope
        for scope in running_scopes(workflow)
        if scope.spec.name == element.scope and compiled.owner[scope.spec.name] == process_key
    ]
    name = element.name or element.id
    if not running:
        raise Conflict(f"「{name}」所在的流程或子流程没有在运行，不能在其中调整；请从调用它的环节开始")
    if user_task_id is not None:
        around = list(enclosing(workflow, find(workflow, user_task_id)))
        running = [scope for scope in running if scope in around]
        if not running:
            raise InvalidInput(f"所选任务不在「{name}」所在的流程中", {"user_task_id": "请选择同一流程中的任务"})
    if len(running) > 1:
        message = f"「{name}」所在的流程有 {len(running)} 个在同时运行，请指明其中一个正在办理的任务"
        raise InvalidInput(message, {"user_task_id": "请选择要调整的那一个"})
    return Place(element, running[0])


def find(workflow: BpmnWorkflow, user_task_id: str) -> Task:
    """An open task by its id."""
    try:
        wanted = str(UUID(user_task_id))
    except ValueError:
        raise InvalidInput("任务编号无效", {"user_task_id": "请选择正在办理的任务"}) from None
    for scope in running_scopes(workflow):
        task = scope.tasks.get(wanted)
        if task is not None and task._state & OPEN:
            return task
    raise Conflict("所选任务已被办理或已撤销，请刷新后重试")


def enclosing(workflow: BpmnWorkflow, task: Task) -> Iterator[BpmnBaseWorkflow]:
    """The scope of a task and those around it, inner ones first."""
    for _, scope in _outwards(workflow, task):
        yield scope


def at(compiled: CompiledProcess, place: Place, user_task_id: str | None = None) -> list[Task]:
    """The open tokens at an element, a multi-instance counting as one; with a task, the one that has it."""
    found = [task for task in place.scope.tasks.values() if _is_at(task, compiled, place.element)]
    if place.element.type == "boundaryEvent":
        raise InvalidInput(f"「{place.element.name or place.element.id}」附在环节上，请取消它所在的环节")
    if user_task_id is not None and len(found) > 1:
        around = {holder.id for holder in holders(place.scope.top_workflow, user_task_id)}
        found = [task for task in found if task.id in around]
    if not found:
        raise Conflict(f"「{place.element.name or place.element.id}」现在没有进行中的任务，请刷新后重试")
    return found


def _is_at(task: Task, compiled: CompiledProcess, element: Element) -> bool:
    """A token of an event-based gateway is each of the events that wait for it."""
    if not task._state & OPEN or is_instance(task):
        return False
    gateway = task.parent
    if gateway is not None and isinstance(gateway.task_spec, EventBasedGateway):
        beside = [compiled.element_of(each) for each in gateway.children]
        return element in [compiled.element_of(gateway), *beside]
    return compiled.element_of(task) is element


def holders(workflow: BpmnWorkflow, user_task_id: str) -> Iterator[Task]:
    """An open task and all it stands below, in its own scope and those around it."""
    for holder, _ in _outwards(workflow, find(workflow, user_task_id)):
        yield holder


def _outwards(workflow: BpmnWorkflow, task: Task) -> Iterator[tuple[Task, BpmnBaseWorkflow]]:
    """The task, what it stands below in its scope, then the same for the task that runs that scope, and so on."""
    while True:
        for above in reversed(line_to(task)):
            yield above, task.workflow
        parent_id = task.workflow.parent_task_id
        if parent_id is None:
            return
        task = workflow.get_task_from_id(parent_id)
