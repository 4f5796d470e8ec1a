"""The last word: SpiffWorkflow itself must accept the normalized copy."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagram import Diagram
from engine.errors import Finding
from engine.spiff.compiled import compile_process


def check(diagrams: Mapping[str, Diagram], files: Mapping[str, bytes]) -> list[Finding]:
    """Compile every executable process once."""
    found = []
    for key, diagram in diagrams.items():
        if not diagram.executable:
            text = "流程未标记为可执行（isExecutable），不会部署"
            found.append(Finding("executable", key, "warning", text))
            continue
        try:
            compile_process(key, files)
        except Exception as error:
            text = f"引擎无法执行该流程：{str(error)[:300]}"
            found.append(Finding("engine", key, "error", text))
    return found
