"""A → XOR → B → AND(C, D) → join → end: the model whose instances per second are counted; and a loop for the rounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.expressions import PURE_FUNCTIONS
from engine.spiff.compiled import CompiledProcess, compile_process
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from tests.engine.conftest import form
from tests.engine.diagrams import document, end, exclusive, files, flow, flows, parallel, start, user_task

KEY = "bench"
GROUP = "center_intake"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def instance_model() -> dict[str, bytes]:
    """The files of the model, ready to deploy."""
    diagram = document(
        KEY,
        start(),
        *(user_task(name, groups=GROUP) for name in ("A", "B", "C", "D")),
        exclusive("which", default="which_to_refused"),
        parallel("split"),
        parallel("join"),
        end("refused"),
        end(),
        flows("start", "A", "which", "refused"),
        flow("which", "B", "${go}"),
        flows("B", "split", "C", "join", "end"),
        flows("split", "D", "join"),
    )
    forms = {f"{KEY}/{name}": form(go="boolean", note="string") for name in ("A", "B", "C", "D")}
    return files((KEY, diagram), forms=forms)


def loop_model() -> dict[str, bytes]:
    """Rounds of two parallel tasks, a join and a decision."""
    diagram = document(
        KEY,
        start(),
        exclusive("again"),
        parallel("split"),
        user_task("a"),
        user_task("b"),
        parallel("join"),
        user_task("check"),
        exclusive("enough", default="enough_to_end"),
        end(),
        flows("start", "again", "split", "a", "join", "check", "enough", "end"),
        flows("split", "b", "join"),
        flow("enough", "again", "${more}"),
    )
    return files((KEY, diagram), forms={f"{KEY}/{name}": form() for name in ("a", "b", "check")})


class InMemory:
    """One instance without database and HTTP; with `saved`, saved and restored before every step."""

    def __init__(self, compiled: CompiledProcess, *, saved: bool = False, **variables: Any) -> None:
        self.compiled = compiled
        self.saved = saved
        self.execution = Execution.start(compiled, variables, _engine())
        self.execution.run()
        self.blob = self.execution.dump()

    def complete(self, element: str, **data: Any) -> None:
        """One step."""
        hot = None if self.saved else self.execution.kept()
        execution = self.execution = Execution.restore(self.compiled, self.blob, _engine(), hot)
        task = next(task for task in execution.open_tasks() if task.element.id == element)
        execution.complete(task.id, data)
        execution.run()
        self.blob = execution.dump()

    def tasks(self) -> int:
        """How many tasks the state holds."""
        scopes = (self.execution.workflow, *self.execution.workflow.subprocesses.values())
        return sum(len(scope.tasks) for scope in scopes)


def compiled(bundle: dict[str, bytes]) -> CompiledProcess:
    """The model, executable."""
    return compile_process(KEY, bundle)


def _engine() -> ScriptEngine:
    return ScriptEngine(NOW, dict(PURE_FUNCTIONS), {})
