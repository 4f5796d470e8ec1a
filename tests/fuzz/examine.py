"""What must hold of any upload: the gate answers, in Chinese and in time; what it lets through compiles and starts."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

from engine import gate, process_definitions
from engine.errors import MinhuError
from engine.spiff.compiled import compile_process, read_diagrams
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from tests.conftest import ROOT
from tests.engine.gate_cases import CASES
from tests.fuzz.mutations import Choices, mutate, one

CHINESE = re.compile("[\u4e00-\u9fff]")
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LATER = "2026-03-09T09:00:00+08:00"
FUNCTIONS = {
    "now": NOW.isoformat,
    **dict.fromkeys(("deadline", "workdays", "earliest"), lambda *_: LATER),
    "rule": lambda *_: 1,
    "office_hours": lambda *_: True,
}
GROUPS = frozenset({"g", "center_intake", "center_head", "center_reviewer", "center_callback"})
SECONDS = 20  # no file of two megabytes needs as much


class Hung(AssertionError):
    """The gate did not answer."""


def _shipped() -> list[dict[str, bytes]]:
    """The shipped processes: those that call nothing alone with their forms, and all of them together."""
    shipped = process_definitions.read_folder(ROOT)
    alone = ("callback", "caller_contact", "department_handling")
    parts = [{path: content for path, content in shipped.items() if path.split("/")[1] == key} for key in alone]
    return [*parts, shipped]


SHIPPED = _shipped()
SMALL = [case.files(right=True) for case in CASES]


def mutated(choices: Choices) -> dict[str, bytes]:
    """A folder with one of its files changed."""
    folder = dict(one(choices, SHIPPED if choices.pick(3) == 2 else SMALL))
    diagrams = [path for path in sorted(folder) if path.endswith("mn")]
    path = one(choices, sorted(folder) if choices.pick(4) == 3 else diagrams)
    folder[path] = mutate(path, folder[path], choices)
    return folder


def examine(files: Mapping[str, bytes]) -> bool:
    """Whether the gate lets the folder through; AssertionError when anything is not as it must be."""
    with _in_time():
        findings = gate.check(files, frozenset(FUNCTIONS), GROUPS)
    for finding in findings:
        assert finding.severity in ("error", "warning"), finding
        assert finding.rule, finding
        assert CHINESE.search(finding.message), finding
        assert len(finding.message) < 1000, finding.rule
    if any(finding.severity == "error" for finding in findings):
        return False
    for key, diagram in read_diagrams(files).items():
        if diagram.executable:
            with _in_time():
                _start(key, files)
    return True


def _start(key: str, files: Mapping[str, bytes]) -> None:
    compiled = compile_process(key, files)
    try:
        execution = Execution.start(compiled, {}, ScriptEngine(NOW, FUNCTIONS, {"notify": lambda *_: None}))
        execution.run()
        execution.dump()
    except MinhuError as error:  # a variable that a caller would have set
        told = error.message
    else:
        return
    assert CHINESE.search(told), told


@contextmanager
def _in_time() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Hung(f"no answer within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
