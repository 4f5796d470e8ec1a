"""The figures of one run as Markdown tables, and their place in docs/benchmark.md."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
CALLS = {
    "database": "database",
    "what": "what",
    "processes": "processes",
    "clients": "clients",
    "median_ms": "median ms",
    "p95_ms": "p95 ms",
    "per_second": "per second",
    "cpu_ms": "server CPU ms",
    "statements": "SQL",
    "commits": "commits",
    "per_bare": "× bare transaction",
    "per_step": "× step in memory",
}
INSTANCES = CALLS | {"instances_per_second": "instances/s", "server_mb": "server MB"}


def tables(found: dict[str, Any]) -> str:
    """Everything measured."""
    rounds = [dict(zip(("round", "ms", "tasks", "bytes"), row, strict=True)) for row in found["rounds"]]
    history = [dict(zip(("submitted", "bytes"), row, strict=True)) for row in found["history"]]
    return "\n\n".join(
        (
            f"{found['at'][:16].replace('T', ' ')} UTC, {found['machine']}; load average of the machine before and "
            f"after: {found['load'][0]}, {found['load'][1]}.",
            "### A completed task through HTTP\n\n" + _table(CALLS, found["completions"]),
            "### Instances of A → XOR → B → AND(C, D) → join, started and completed task by task\n\n"
            + _table(INSTANCES, found["instances"]),
            "### The engine alone\n\n"
            f"- a step of that model in memory: {found['in_memory_ms']} ms; saved and restored before it: "
            f"{found['saved_and_restored_ms']} ms\n"
            f"- an instance kept in memory at its first task: {found['memory_kb']} KB\n"
            f"- the gate on everything the office deploys: {found['gate_seconds']} s",
            "### Rounds of a loop with a parallel join (three tasks a round, saved and restored before each)\n\n"
            + _table({"round": "round", "ms": "CPU ms", "tasks": "tasks in the state", "bytes": "bytes"}, rounds),
            "### Form history\n\n" + _table({"submitted": "KB submitted so far", "bytes": "bytes of state"}, history),
        )
    )


def _table(columns: dict[str, str], rows: Iterable[dict[str, Any]]) -> str:
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        cells = (row.get(name, "") for name in columns)
        lines.append(
            "| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"
        )
    return "\n".join(lines)


def renew(path: Path, found: dict[str, Any]) -> None:
    """Replace the figures in the document; what is written around them stays."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{tables(found)}\n{END}{after}", encoding="utf-8")
