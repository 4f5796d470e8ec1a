"""One loaded instance during one step: run it, look at what changed, turn it back into bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import GATEWAYS, Element
from engine.errors import Conflict, MinhuError
from engine.spiff import state_codec
from engine.spiff.branch_data import current
from engine.spiff.compiled import CompiledProcess
from engine.spiff.pruning import OPEN, prune
from engine.spiff.script_engine import ScriptEngine
from engine.spiff.timers import DUE, DateTimer, due_of

REACHED = OPEN | TaskState.COMPLETED
VISITED_WHEN_DONE = GATEWAYS | {"boundaryEvent"}
MOST_ROUNDS = 1_000  # of automatic work in one step; more means a loop that never waits


class StuckInstance(MinhuError):
    """After the step nothing is open and nothing waits: saving this would lose the instance."""


@dataclass(frozen=True)
class OpenTask:
    """A user task that waits for somebody, with the variables it sees."""

    id: str
    process_key: str
    element: Element
    variables: dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What one step did, in terms of the diagram: (process key, element or flow id)."""

    entered: list[tuple[str, str]]
    completed: list[tuple[str, str]]
    cancelled: list[tuple[str, str]]
    flows: list[tuple[str, str]]


class Execution:
    """A running instance; discard it after any exception."""

    def __init__(self, compiled: CompiledProcess, workflow: BpmnWorkflow, engine: ScriptEngine) -> None:
        self.compiled = compiled
        self.workflow = workflow
        self.engine = engine
        self.suspended = False  # nothing moves by itself
        self._before = {task.id: task._state for task in self._tasks()}
        self.opened_before = [str(task.id) for task in self._ready_user_tasks()]

    @classmethod
    def start(cls, compiled: CompiledProcess, variables: Mapping[str, Any], engine: ScriptEngine) -> Execution:
        """A new instance at its start event; call run next."""
        workflow = BpmnWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=engine)
        workflow.task_tree.data.update(deepcopy(dict(variables)))
        for child in workflow.task_tree.children:
            child.data.update(deepcopy(dict(variables)))
        execution = cls(compiled, workflow, engine)
        execution._before = {}
        return execution

    @classmethod
    def restore(cls, compiled: CompiledProcess, blob: bytes, engine: ScriptEngine) -> Execution:
        """A saved instance."""
        return cls(compiled, state_codec.load(compiled, blob, engine), engine)

    # what it can do

    def run(self) -> None:
        """Fire due timers and do automatic work until only people or time can move it on."""
        if self.suspended:
            return
        for _ in range(MOST_ROUNDS):
            self.workflow.refresh_timers()
            if not any(task._state == TaskState.READY and not task.task_spec.manual for task in self._tasks()):
                break
            self.workflow.do_engine_steps()
        else:
            raise StuckInstance("流程在自动环节中反复循环，请流程负责人检查图上的循环条件")
        if self._is_stuck():
            raise StuckInstance("流程走到了没有出口的位置，本次操作未生效，请流程负责人检查流程图")

    def complete(self, task_id: str, data: Mapping[str, Any]) -> None:
        """Finish a user task with its form's data; Conflict when it is no longer open."""
        task = self._find(task_id)
        if task is None or task._state != TaskState.READY or not task.task_spec.manual:
            raise Conflict("该任务已被办理或已撤销，请刷新后查看最新进展")
        task.data.update(deepcopy(dict(data)))
        task.run()

    def cancel(self) -> None:
        """End the whole process where it stands; its variables are kept as they were."""
        self.workflow.data.update(self.variables())
        for task in self._tasks():
            if task._state & OPEN:
                task._set_state(TaskState.CANCELLED)
        for scope in self._scopes():
            scope.completed, scope.success = True, False
        self.workflow.event_manager.tasks.clear()

    def correlate(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Deliver a message; False when nothing waits for it now."""
        event = BpmnEvent(MessageEventDefinition(name), payload=deepcopy(dict(payload)))
        waiting = [task for task in self.workflow.event_manager.tasks.values() if task.task_spec.catches(task, event)]
        if waiting:
            self.workflow.send_event(event)
        return bool(waiting)

    def awaits_new_message(self) -> bool:
        """Whether something began to wait for a message in this step: an early one may be in the inbox."""
        return any(
            isinstance(task.task_spec.event_definition, MessageEventDefinition)
            and not self._before.get(task.id, 0) & OPEN
            for task in self.workflow.event_manager.tasks.values()
        )

    def revise(self, variables: Mapping[str, Any], task_id: str | None = None) -> None:
        """Change variables wherever they live, then set date timers anew.

        With a user task's id, only in the scope (called process) that task stands in.
        """
        anchor = self._find(task_id) if task_id else None
        scopes = [anchor.workflow] if anchor is not None else list(self._scopes())
        for scope in scopes:
            for task in scope.tasks.values():
                for name, value in variables.items():
                    if name in task.data or anchor is not None:
                        task.data[name] = deepcopy(value)
        for task in list(self.workflow.event_manager.tasks.values()):
            definition = task.task_spec.event_definition
            if isinstance(definition, DateTimer):
                task._set_internal_data(**{DUE: definition.evaluate_due(task).isoformat()})

    # what it looks like

    @property
    def completed(self) -> bool:
        """Whether the whole process has ended."""
        return bool(self.workflow.completed)

    def open_tasks(self) -> list[OpenTask]:
        """Every user task that waits for somebody now."""
        return [self._open_task(task) for task in self._ready_user_tasks()]

    def next_due(self) -> datetime | None:
        """When the next timer fires."""
        if self.completed:
            return None
        dues = [due for t in self.workflow.event_manager.tasks.values() if (due := due_of(t)) is not None]
        return min(dues, default=None)

    def variables(self) -> dict[str, Any]:
        """The process's own variables: its scope and the embedded sub-processes open in it."""
        if self.completed:
            return deepcopy(dict(self.workflow.data))
        return deepcopy(current(self.workflow))

    def change(self) -> Change:
        """What this step did so far."""
        entered, completed, cancelled, flows = [], [], [], []
        for task in self._tasks():
            element = self._element(task)
            if element is None or task.task_spec.name.endswith(" [child]"):
                continue
            key = self.compiled.owner[task.workflow.spec.name]
            before = self._before.get(task.id, 0)
            reached = bool(task._state & REACHED and not before & REACHED)
            done = task._state == TaskState.COMPLETED and before != TaskState.COMPLETED
            # a gateway or boundary event that only waits has not been visited yet
            if done if element.type in VISITED_WHEN_DONE else reached:
                entered.append((key, element.id))
            if reached and (flow := self._flow_into(task, element, key)) is not None:
                flows.append((key, flow))
            if done:
                completed.append((key, element.id))
            if task._state == TaskState.CANCELLED and before & OPEN and element.type not in VISITED_WHEN_DONE:
                cancelled.append((key, element.id))
        return Change(entered, completed, cancelled, flows)

    def dump(self) -> bytes:
        """The state as bytes, history pruned; nothing may be run afterwards."""
        prune(self.workflow)
        return state_codec.dump(self.workflow)

    # inside

    def _scopes(self) -> Iterator[BpmnBaseWorkflow]:
        yield self.workflow
        yield from self.workflow.subprocesses.values()

    def _tasks(self) -> Iterator[Task]:
        for scope in self._scopes():
            yield from list(scope.tasks.values())

    def _ready_user_tasks(self) -> list[Task]:
        return [
            task
            for scope in self._scopes()
            if not scope.completed
            for task in scope.tasks.values()
            if task._state == TaskState.READY and task.task_spec.manual
        ]

    def _open_task(self, task: Task) -> OpenTask:
        element = self._element(task)
        assert element is not None
        return OpenTask(str(task.id), self.compiled.owner[task.workflow.spec.name], element, task.data)

    def _find(self, task_id: str) -> Task | None:
        wanted = UUID(task_id)
        for scope in self._scopes():
            if wanted in scope.tasks:
                return scope.tasks[wanted]
        return None

    def _element(self, task: Task) -> Element | None:
        element_id = getattr(task.task_spec, "bpmn_id", None)
        if element_id is None:
            return None
        return self.compiled.element(task.workflow.spec.name, element_id)

    def _flow_into(self, task: Task, element: Element, key: str) -> str | None:
        """SpiffWorkflow records no flows: the nearest drawn element above tells which one was taken."""
        parent = task.parent
        while parent is not None:
            source = self._element(parent)
            if source is not None and source.id != element.id:
                return self.compiled.diagrams[key].flow_between(source.id, element.id)
            parent = parent.parent
        return None

    def _is_stuck(self) -> bool:
        if self.workflow.completed or self.workflow.event_manager.tasks:
            return False
        for scope in self._scopes():
            if scope.completed:
                continue
            for task in scope.tasks.values():
                waits_for_others = isinstance(task.task_spec, SubWorkflowTask | LoopTask)
                if task._state == TaskState.READY:
                    return False
                if task._state == TaskState.STARTED and not waits_for_others:
                    return False
        return True
