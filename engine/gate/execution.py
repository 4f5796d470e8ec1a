"""The last word: SpiffWorkflow itself must accept the normalized copy."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagram import Diagram
from engine.errors import Finding
from engine.gate.catalogue import Fault, finding
from engine.spiff.compiled import compile_process

SPARE_CALLS = 200  # a server compiles from deeper in the stack than a command does


def check(diagrams: Mapping[str, tuple[str, Diagram]], files: Mapping[str, bytes]) -> list[Finding]:
    """Compile every executable process once."""
    found = []
    for key, (path, diagram) in diagrams.items():
        if diagram.executable:
            try:
                _compile(key, files, SPARE_CALLS)
            except Exception as error:
                deep = isinstance(error, RecursionError) or isinstance(error.__context__, RecursionError)
                fault = Fault("process-deep" if deep else "engine", key, f"「{diagram.name}」", str(error))
                found.append(finding(fault, path))
    return found


def _compile(key: str, files: Mapping[str, bytes], spare: int) -> None:
    if spare:
        _compile(key, files, spare - 1)
    else:
        compile_process(key, files)
