"""A running process without a database: saved and restored on a freshly compiled specification before every step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import gate
from engine.spiff.compiled import compile_process
from engine.spiff.execution import Change, Execution
from engine.spiff.script_engine import ScriptEngine

FUNCTIONS = frozenset({"len", "now", "workdays"})


class Run:
    """Deploys through the gate, then steps by element id; `history` holds every step's change.

    `_ignoring` is the beginning of rules that may be broken: what they forbid has a meaning in BPMN, which is shown.
    """

    def __init__(self, files: Mapping[str, bytes], key: str = "p", _ignoring: str = "none", **variables: Any) -> None:
        found = gate.check(files, FUNCTIONS)
        errors = [f for f in found if f.severity == "error" and not f.rule.startswith(_ignoring)]
        assert errors == [], errors
        self.files, self.key = files, key
        self.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
        self.history: list[Change] = []
        self._keep(Execution.start(self._compiled(), variables, self._engine()))

    def _compiled(self) -> Any:
        return compile_process(self.key, self.files)

    def _engine(self) -> ScriptEngine:
        self._used = ScriptEngine(self.now, {"now": lambda: self.now.isoformat()}, {})
        return self._used

    def loaded(self) -> Execution:
        """The instance as a fresh process would load it."""
        return Execution.restore(self._compiled(), self.blob, self._engine())

    def _keep(self, execution: Execution) -> None:
        execution.run()
        self.history.append(execution.change())
        self.sent = [(thrown.name, thrown.payload) for thrown in self._used.thrown_messages]
        self.open = [(task.element.id, task.id, task.variables) for task in execution.open_tasks()]
        self.ended = execution.completed
        self.variables = execution.variables()
        self.blob = execution.dump()

    def names(self) -> list[str]:
        """The open user tasks by element id."""
        return sorted(name for name, _, _ in self.open)

    def complete(self, element: str, which: int = 0, **data: Any) -> Change:
        """Finish the open user task of an element; `which` counts several of the same."""
        task_id = [task_id for name, task_id, _ in self.open if name == element][which]
        execution = self.loaded()
        execution.complete(task_id, data)
        self._keep(execution)
        return self.history[-1]

    def correlate(self, message: str, **payload: Any) -> Change:
        """Deliver a message that something waits for."""
        execution = self.loaded()
        assert execution.correlate(message, payload)
        self._keep(execution)
        return self.history[-1]

    def wait(self, **duration: float) -> Change:
        """Let time pass and due timers fire."""
        self.now += timedelta(**duration)
        self._keep(self.loaded())
        return self.history[-1]

    def happened(self, what: str) -> list[str]:
        """All that was entered, completed, cancelled or taken (flows) so far, sorted."""
        return sorted(element for change in self.history for _, element in getattr(change, what))
