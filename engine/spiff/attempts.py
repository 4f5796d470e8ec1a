"""Operations on a workflow, piece by piece; when a piece fails, all is done again from the start without it.

SpiffWorkflow leaves a task half done when something raises in it. Nothing is repaired here: the workflow is built anew
from what was saved, and as a step is deterministic (one clock reading, pure functions) it comes to the same piece
again, which is then held instead of run. A step that goes well costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from engine.spiff import failures
from engine.spiff.events.sub_process_starts import EventSubProcessStart
from engine.spiff.script_engine import ScriptEngine

Operation = Callable[[BpmnWorkflow], None]


class _PieceFailed(Exception):
    """The piece with this number raised `error`; `at` is the task it came from, which may be a later one."""

    def __init__(self, number: int, at: Task, error: Exception) -> None:
        super().__init__(number)
        self.number, self.at, self.error = number, at, error


class Attempts:
    """`origin` builds the workflow as it was saved; `starts`: it was not saved yet, a failure is the caller's.

    Not so what only stands beside the flow, the timer of an event sub-process: the instance starts, and that waits.

    `hot`: the same workflow, still in memory.
    """

    def __init__(
        self,
        origin: Callable[[], BpmnWorkflow],
        engine: ScriptEngine,
        *,
        starts: bool = False,
        hot: BpmnWorkflow | None = None,
    ) -> None:
        self.workflow = origin() if hot is None else hot
        self.workflow.script_engine = engine
        self.held: dict[str, tuple[Task, Exception]] = {}  # in this step, by task id: the element's task, the error
        self._origin = origin
        self._engine = engine
        self._starts = starts
        self._journal: list[Operation] = []
        self._failed: dict[int, _PieceFailed] = {}
        self._pieces = 0

    def do(self, operation: Operation) -> None:
        """Apply one operation; every piece of it that can fail must go through `perform`."""
        self._journal.append(operation)
        remaining = [operation]
        while True:
            try:
                for each in remaining:
                    each(self.workflow)
            except _PieceFailed as failed:
                self._failed[failed.number] = failed
                self._start_over()
                remaining = self._journal
            else:
                return

    def perform(self, task: Task, *, done: bool = False) -> None:
        """Run a READY task, or hold it when that fails; `done`: a person has done the work, only the end is left."""
        self._pieces += 1
        known = self._failed.get(self._pieces)
        if known is not None:
            self._deal_with(task, known, done=done)
            return
        self._engine.failing = None
        try:
            task.run()
        except Exception as error:
            raise _PieceFailed(self._pieces, self._engine.failing or task, error) from error

    def _deal_with(self, task: Task, failed: _PieceFailed, *, done: bool) -> None:
        # what failed may be an activity further on, which has not been reached yet
        if failed.at.task_spec is task.task_spec and failures.on_failure(task, failed.error):
            return
        if self._starts and not isinstance(failed.at.task_spec, EventSubProcessStart):
            raise failed.error
        failures.hold(task, done=done)
        self.held[task.id] = (failed.at, failed.error)

    def _start_over(self) -> None:
        self.workflow = self._origin()
        self.held.clear()
        self._engine.forget()
        self._pieces = 0
