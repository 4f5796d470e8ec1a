"""One instance without a database, saved and restored between any two steps, or kept in memory to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

from engine import gate
from engine.diagram_functions import EFFECT_FUNCTIONS, STEP_FUNCTIONS, StepFunctions
from engine.expressions import PURE_FUNCTIONS
from engine.spiff.attempts import Attempts
from engine.spiff.changes import Change
from engine.spiff.compiled import compile_process
from engine.spiff.events.thrown import Thrown
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.working_days import WorkingDays
from tests.conftest import ROOT

OFFICE = SimpleNamespace(functions={}, effects={}, working_days=WorkingDays.from_folder(ROOT / "processes"))
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FUNCTIONS = frozenset(PURE_FUNCTIONS) | STEP_FUNCTIONS  # what the gate lets diagrams call
INCIDENTAL = "soundness-unreachable"  # a sub-process drawn to fail has an exit nobody takes
T = TypeVar("T")


class Rehearsal:
    """Verbs by element id. `path` tells in order what was entered (+), completed (-) and cancelled (x)."""

    def __init__(
        self,
        files: dict[str, bytes],
        key: str = "p",
        *,
        ignoring: str = INCIDENTAL,
        restart: bool = True,
        saved: tuple[bytes, datetime] | None = None,
        **variables: Any,
    ) -> None:
        """`ignoring`: how rules begin that may be broken, for what they forbid has a meaning in BPMN, which is shown.

        `saved`: a state to go on from and the time it was saved at, instead of a start with variables.
        """
        self._check(files, ignoring)
        self.compiled = compile_process(key, files)
        self.restart = restart
        self.now = START if saved is None else saved[1]
        self.path: list[str] = []
        self.flows: list[str] = []
        self.thrown_messages: list[Thrown] = []
        self.thrown_signals: list[Thrown] = []
        self.notes: list[Any] = []  # what service tasks caused in the last step
        self.engine = self._engine()
        if saved is None:
            self.execution = Execution.start(self.compiled, variables, self.engine)
        else:
            self.execution = Execution.restore(self.compiled, saved[0], self.engine)
        self.execution.run()
        self._after()

    def _check(self, files: dict[str, bytes], ignoring: str) -> None:
        refused = [f for f in gate.check(files, FUNCTIONS) if f.severity == "error"]
        assert [f for f in refused if not f.rule.startswith(ignoring)] == []

    def _engine(self) -> ScriptEngine:
        effects = {name: lambda *given: self.notes.append(given) for name in EFFECT_FUNCTIONS}
        functions = StepFunctions(SimpleNamespace(now=self.now, runtime=OFFICE))  # type: ignore[arg-type]
        return ScriptEngine(self.now, functions.callables, effects, self.notes.clear)

    def _after(self) -> None:
        change = self.change = self.execution.change()
        for sign, items in (("+", change.entered), ("-", change.completed), ("x", change.cancelled)):
            self.path += [f"{sign}{element}" for _, element in items]
        self.flows += [flow for _, flow in change.flows]
        self.thrown_messages += self.engine.thrown_messages
        self.thrown_signals += self.engine.thrown_signals
        self.completed = self.execution.completed
        self.tasks = self.execution.open_tasks()
        self.open = sorted(task.element.id for task in self.tasks)
        self.variables = self.execution.variables()
        self.next_due = self.execution.next_due()
        self.blob = self.execution.dump() if self.restart else b""

    def _again(self) -> None:
        self.engine = self._engine()
        self.notes.clear()
        if self.restart:
            self.execution = Execution.restore(self.compiled, self.blob, self.engine)
        else:
            kept = self.execution.workflow
            kept.script_engine = self.engine
            self.execution = Execution(self.compiled, Attempts(lambda: kept, self.engine))
        self.execution.run()

    def step(self, act: Callable[[Execution], T]) -> T:
        """Anything that an execution can do, as a step of its own."""
        self._again()
        told = act(self.execution)
        self.execution.run()
        self._after()
        return told

    def complete(self, element: str, _which: Mapping[str, Any] | int = 0, **data: Any) -> Change:
        """`_which`: the open task of the element that sees these values, or the how-manyth of them."""

        def done(execution: Execution) -> None:
            found = [task for task in execution.open_tasks() if task.element.id == element]
            if isinstance(_which, Mapping):
                found = [task for task in found if _which.items() <= task.variables.items()]
            execution.complete(found[_which if isinstance(_which, int) else 0].id, data)

        self.step(done)
        return self.change

    def sees(self, element: str) -> dict[str, Any]:
        """The variables an open task sees."""
        return next(task.variables for task in self.execution.open_tasks() if task.element.id == element)

    def message(self, name: str, **payload: Any) -> bool:
        return self.step(lambda execution: execution.correlate(name, payload))

    def signal(self, name: str, **payload: Any) -> bool:
        return self.step(lambda execution: execution.signal(name, payload))

    def revise(self, **variables: Any) -> None:
        self.step(lambda execution: execution.revise(variables))

    def later(self, **amount: float) -> Change:
        """The clock moves, then what is due fires."""
        self.now += timedelta(**amount)
        self._again()
        self._after()
        return self.change

    def count(self, step: str) -> int:
        """How often a step such as "+task" stands in the path."""
        return self.path.count(step)
