"""One instance without a database, saved and restored between any two steps, or kept in memory to compare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from engine import gate
from engine.diagram_functions import EFFECT_FUNCTIONS, STEP_FUNCTIONS, StepFunctions
from engine.expressions import PURE_FUNCTIONS
from engine.spiff.attempts import Attempts
from engine.spiff.compiled import compile_process
from engine.spiff.events.thrown import Thrown
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.working_days import WorkingDays
from tests.conftest import ROOT

OFFICE = SimpleNamespace(functions={}, working_days=WorkingDays.from_folder(ROOT / "processes"))
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Rehearsal:
    """Verbs by element id. `path` tells in order what was entered (+), completed (-) and cancelled (x)."""

    accepted: frozenset[str] = frozenset()  # rules of the gate that may be broken here
    incidental = frozenset({"soundness-unreachable"})  # a sub-process drawn to fail has an exit nobody takes

    def __init__(
        self,
        files: dict[str, bytes],
        key: str = "p",
        *,
        restart: bool = True,
        saved: tuple[bytes, datetime] | None = None,
        **variables: Any,
    ) -> None:
        """`saved`: a state to go on from and the time it was saved at, instead of a start with variables."""
        self._check(files)
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

    def _check(self, files: dict[str, bytes]) -> None:
        refused = [f for f in gate.check(files, frozenset(PURE_FUNCTIONS) | STEP_FUNCTIONS) if f.severity == "error"]
        assert [f for f in refused if f.rule not in self.accepted | self.incidental] == []

    def _engine(self) -> ScriptEngine:
        effects = {name: lambda *given: self.notes.append(given) for name in EFFECT_FUNCTIONS}
        functions = StepFunctions(SimpleNamespace(now=self.now, runtime=OFFICE))  # type: ignore[arg-type]
        return ScriptEngine(self.now, functions.callables, effects, self.notes.clear)

    def _after(self) -> None:
        change = self.execution.change()
        for sign, items in (("+", change.entered), ("-", change.completed), ("x", change.cancelled)):
            self.path += [f"{sign}{element}" for _, element in items]
        self.flows += [flow for _, flow in change.flows]
        self.thrown_messages += self.engine.thrown_messages
        self.thrown_signals += self.engine.thrown_signals
        self.completed = self.execution.completed
        self.open = sorted(task.element.id for task in self.execution.open_tasks())
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

    def complete(self, element: str, _where: Mapping[str, Any] | None = None, **data: Any) -> None:
        """`_where`: the open task of the element that sees these values."""
        self._again()
        wanted = (_where or {}).items()
        open_tasks = [task for task in self.execution.open_tasks() if task.element.id == element]
        task = next(task for task in open_tasks if wanted <= task.variables.items())
        self.execution.complete(task.id, data)
        self.execution.run()
        self._after()

    def sees(self, element: str) -> dict[str, Any]:
        """The variables an open task sees."""
        return next(task.variables for task in self.execution.open_tasks() if task.element.id == element)

    def message(self, name: str, **payload: Any) -> bool:
        self._again()
        taken = self.execution.correlate(name, payload)
        self.execution.run()
        self._after()
        return taken

    def signal(self, name: str, **payload: Any) -> bool:
        self._again()
        taken = self.execution.signal(name, payload)
        self.execution.run()
        self._after()
        return taken

    def revise(self, **variables: Any) -> None:
        self._again()
        self.execution.revise(variables)
        self.execution.run()
        self._after()

    def later(self, **amount: float) -> None:
        """The clock moves, then what is due fires."""
        self.now += timedelta(**amount)
        self._again()
        self._after()

    def count(self, step: str) -> int:
        """How often a step such as "+task" stands in the path."""
        return self.path.count(step)
