"""The last word: SpiffWorkflow itself must accept the normalized copy."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagram import Diagram
from engine.errors import Finding
from engine.gate.catalogue import Fault, finding
from engine.spiff.compiled import compile_process


def check(diagrams: Mapping[str, tuple[str, Diagram]], files: Mapping[str, bytes]) -> list[Finding]:
    """Compile every executable process once."""
    found = []
    for key, (path, diagram) in diagrams.items():
        if diagram.executable:
            try:
                compile_process(key, files)
            except Exception as error:
                found.append(finding(Fault("engine", key, f"「{diagram.name}」", str(error)), path))
    return found
