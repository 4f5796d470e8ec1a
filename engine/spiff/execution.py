"""One loaded instance during one step: run it, look at what changed, turn it back into bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Element
from engine.errors import Conflict, StuckInstance
from engine.spiff import automatic_work, changes, failures, hot_workflows, revising, state_codec, writes
from engine.spiff.attempts import Attempts
from engine.spiff.branch_data import current
from engine.spiff.changes import Change
from engine.spiff.compiled import CompiledProcess
from engine.spiff.events import delivery
from engine.spiff.events.definitions import Definition, Message, Signal
from engine.spiff.failures import Failure
from engine.spiff.marking import Marking, markings
from engine.spiff.pruning import prune
from engine.spiff.script_engine import ScriptEngine
from engine.spiff.stuck import is_stuck
from engine.spiff.task_tree import OPEN, scopes
from engine.spiff.timers import due_of


@dataclass(frozen=True)
class OpenTask:
    """A user task that waits for somebody, with the variables it sees."""

    id: str
    process_key: str
    element: Element
    variables: dict[str, Any]


class Execution:
    """A running instance; discard it after any exception."""

    def __init__(self, compiled: CompiledProcess, attempts: Attempts) -> None:
        self.compiled = compiled
        self.suspended = False  # nothing moves by itself
        self._attempts = attempts
        self._before = {task.id: task._state for task in self._tasks()}
        self.opened_before = [task.id for task in self._ready_user_tasks()]
        self.held_before = self._held_ids()

    @classmethod
    def start(cls, compiled: CompiledProcess, variables: Mapping[str, Any], engine: ScriptEngine) -> Execution:
        """A new instance at its start event; call run next."""

        def origin() -> BpmnWorkflow:
            workflow = BpmnWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=engine)
            workflow.task_tree.data.update(deepcopy(dict(variables)))
            for child in workflow.task_tree.children:
                child.data.update(deepcopy(dict(variables)))
            return workflow

        execution = cls(compiled, Attempts(origin, engine, starts=True))
        execution._before = {}
        return execution

    @classmethod
    def restore(
        cls, compiled: CompiledProcess, blob: bytes, engine: ScriptEngine, hot: BpmnWorkflow | None = None
    ) -> Execution:
        """A saved instance; `hot` is its workflow when that is still in memory."""
        return cls(compiled, Attempts(lambda: state_codec.load(compiled, blob, engine), engine, hot=hot))

    # what it can do

    def run(self) -> None:
        """Fire due timers and do automatic work until only people or time can move it on."""
        if not self.suspended:
            self._attempts.do(lambda workflow: automatic_work.do_all(workflow, self._attempts.perform))
        if is_stuck(self.workflow):
            raise StuckInstance("流程走到了没有出口的位置，本次操作未生效，请流程负责人检查流程图")

    def _catch_up(self) -> None:
        """Nobody overtakes a cyclic timer: what was due before must have fired before."""
        if self.workflow.script_engine.cycles_left < 0:
            raise Conflict("积压的定时任务正在补办，请稍后再试")

    def complete(self, task_id: str, data: Mapping[str, Any]) -> None:
        """Finish a user task with its form's data; Conflict when it is no longer open."""
        self._catch_up()
        task = self._find(task_id)
        if task is None or not self._waits_for_somebody(task):
            raise Conflict("该任务已被办理或已撤销，请刷新后查看最新进展")

        def finish(_workflow: BpmnWorkflow) -> None:
            task = self._find(task_id)
            assert task is not None
            task.data.update(deepcopy(dict(data)))
            writes.note(task, data)
            self._attempts.perform(task, done=True)

        self._attempts.do(finish)

    def retry(self, task_ids: Collection[str]) -> None:
        """Try failed activities again; those that fail once more stay held. Call run next."""

        def release(_workflow: BpmnWorkflow) -> None:
            for task in [task for task in self._tasks() if task.id in task_ids and failures.is_held(task)]:
                if failures.release(task):
                    self._attempts.perform(task, done=True)

        self._attempts.do(release)

    def hold(self, task_id: str, error: Exception) -> None:
        """A user task that cannot be offered to anybody: its due date or group could not be computed."""
        task = self._find(task_id)
        assert task is not None
        failures.hold(task, done=False)
        self._attempts.held[task_id] = (task, error)

    def cancel(self) -> None:
        """End the whole process where it stands; its variables are kept as they were."""
        self.workflow.data.update(self.variables())
        for task in self._tasks():
            if task._state & OPEN:
                task._set_state(TaskState.CANCELLED)
        for scope in scopes(self.workflow):
            scope.completed, scope.success = True, False
        self.workflow.event_manager.tasks.clear()

    def correlate(self, name: str, payload: Mapping[str, Any], *, early: bool = False) -> bool:
        """Deliver a message; False when nothing waits for it now. `early`: it has waited in the inbox."""
        if not early:
            self._catch_up()
        return self._publish(Message(name), payload)

    def signal(self, name: str, payload: Mapping[str, Any], thrown_at: datetime | None = None) -> bool:
        """Deliver a signal to everything that waits for it, and did when it was thrown; False when nothing does."""
        self._catch_up()
        return self._publish(Signal(name), payload, thrown_at)

    def _publish(self, event: Definition, payload: Mapping[str, Any], thrown_at: datetime | None = None) -> bool:
        caught = delivery.awaits(self.workflow, event, thrown_at)
        if caught:
            self._attempts.do(lambda workflow: delivery.publish(workflow, event, payload, thrown_at))
        return caught

    def awaits(self, name: str) -> bool:
        """Whether something waits for this message now."""
        return delivery.awaits(self.workflow, Message(name))

    def awaits_new_message(self) -> bool:
        """Whether something began to wait for a message in this step: an early one may be in the inbox."""
        return any(
            isinstance(task.task_spec.event_definition, Message) and not self._before.get(task.id, 0) & OPEN
            for task in self.workflow.event_manager.tasks.values()
        )

    def by_hand(self, operation: Callable[[BpmnWorkflow, CompiledProcess], None]) -> None:
        """Something the process does not do by itself, such as moving a token. Call run next."""
        self._attempts.do(lambda workflow: operation(workflow, self.compiled))

    def revise(self, variables: Mapping[str, Any], task_id: str | None = None) -> None:
        """Change variables wherever they live, then set date timers anew.

        With a user task's id, only in the scope (called process) that task stands in.
        """
        self._attempts.do(lambda _workflow: self._revise(variables, task_id))

    def _revise(self, variables: Mapping[str, Any], task_id: str | None) -> None:
        anchor = self._find(task_id) if task_id else None
        where = scopes(self.workflow) if anchor is None else [anchor.workflow]
        revising.set_in(where, variables, even_new=anchor is not None)
        revising.rearm(self.workflow)

    # what it looks like

    @property
    def workflow(self) -> BpmnWorkflow:
        """The library's object for this instance; another one after a failed attempt."""
        return self._attempts.workflow

    @property
    def completed(self) -> bool:
        """Whether the whole process has ended."""
        return bool(self.workflow.completed)

    def open_tasks(self) -> list[OpenTask]:
        """Every user task that waits for somebody now."""
        return [self._open_task(task) for task in self._ready_user_tasks()]

    def failures(self) -> list[Failure]:
        """Every activity that failed in this step and is held now."""
        return [
            failures.named(self.compiled, task_id, at, error)
            for task_id, (at, error) in self._attempts.held.items()
            if task_id in self._held_ids()
        ]

    def no_longer_held(self) -> set[str]:
        """Tokens that were held before this step and have moved on or gone."""
        return self.held_before - self._held_ids()

    def next_due(self) -> datetime | None:
        """When the next timer fires."""
        if self.completed:
            return None
        dues = [due for t in self.workflow.event_manager.tasks.values() if (due := due_of(t)) is not None]
        return min(dues, default=None)

    def variables(self) -> dict[str, Any]:
        """The process's own variables: its scope and what is open in it; values are not to be changed."""
        return dict(self.workflow.data) if self.completed else current(self.workflow)

    def change(self) -> Change:
        """What this step did so far."""
        return changes.between(self.compiled, self._before, self._tasks())

    def markings(self) -> list[Marking]:
        """Where the tokens of every running scope are."""
        return markings(self.workflow, self.compiled)

    def dump(self) -> bytes:
        """The state as bytes, history pruned; nothing may be run afterwards."""
        prune(self.workflow)
        return state_codec.dump(self.workflow)

    def kept(self) -> BpmnWorkflow | None:
        """After dump: the workflow for the next step's `restore`, unless it would differ from the bytes."""
        return hot_workflows.as_restored(self.workflow)

    # inside

    def _tasks(self) -> list[Task]:
        return [task for scope in scopes(self.workflow) for task in scope.tasks.values()]

    def _ready_user_tasks(self) -> list[Task]:
        return [
            task
            for scope in scopes(self.workflow)
            if not scope.completed
            for task in scope.tasks.values()
            if self._waits_for_somebody(task)
        ]

    def _waits_for_somebody(self, task: Task) -> bool:
        return task._state == TaskState.READY and bool(task.task_spec.manual) and not failures.is_held(task)

    def _held_ids(self) -> set[str]:
        return {task.id for task in self._tasks() if failures.is_held(task)}

    def _open_task(self, task: Task) -> OpenTask:
        element = self.compiled.element_of(task)
        assert element is not None
        return OpenTask(task.id, self.compiled.owner[task.workflow.spec.name], element, task.data)

    def _find(self, task_id: str) -> Task | None:
        found = (scope.tasks.get(task_id) for scope in scopes(self.workflow))
        return next((task for task in found if task is not None), None)
