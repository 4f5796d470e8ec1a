"""The only door through which SpiffWorkflow evaluates anything: our whitelist, our clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.task import Task

from engine import expressions
from engine.errors import InvalidInput
from engine.spiff.events.thrown import Thrown
from engine.spiff.task_names import element_name

MOST_CYCLES = 100  # firings of cyclic timers in one step: a long pause is caught up over several


class ScriptEngine(PythonScriptEngine):  # type: ignore[misc]
    """Bound to one step: `now` and the functions that a diagram may call."""

    def __init__(
        self,
        now: datetime,
        functions: Mapping[str, Callable[..., Any]],
        effects: Mapping[str, Callable[..., Any]],
        forget_effects: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(environment=self)
        self.now = now
        self.functions = functions
        self.effects = effects
        self.decisions_taken: list[dict[str, Any]] = []  # which rules of which table fired in this step
        self.cycles_left = MOST_CYCLES
        self.thrown_messages: list[Thrown] = []  # what left the instance in this step
        self.thrown_signals: list[Thrown] = []
        self.revised: list[dict[str, Any]] = []  # what revise(…) changed in this step: element, variables
        self.failing: Task | None = None  # whose expression failed last
        self._forget_effects = forget_effects

    def forget(self) -> None:
        """The step starts over: what it has decided and caused so far did not happen."""
        self.decisions_taken.clear()
        self.cycles_left = MOST_CYCLES
        self.thrown_messages.clear()
        self.thrown_signals.clear()
        self.revised.clear()
        self._forget_effects()

    def evaluate(self, task: Task, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over a task's variables."""
        return self.value(task, expression)

    def value(
        self,
        task: Task,
        source: str,
        extra: Mapping[str, Callable[..., Any]] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> Any:
        """As evaluate; `extra` adds functions that only this element may call, `variables` replace the task's."""
        functions = {**self.functions, **extra} if extra else self.functions
        try:
            return expressions.evaluate(
                expressions.strip(source), task.data if variables is None else variables, functions
            )
        except InvalidInput as error:
            self.failing = task
            raise InvalidInput(f"{element_name(task)}：{error.message}", error.fields) from error

    def execute(self, task: Task, script: str, external_context: Mapping[str, Any] | None = None) -> None:
        """Scripts are never run."""
        raise InvalidInput(f"{element_name(task)}：不允许执行脚本")

    def call_service(self, task: Task, **kwargs: object) -> None:
        """SpiffWorkflow's own service tasks are never used."""
        raise InvalidInput(f"{element_name(task)}：不支持的服务任务")
