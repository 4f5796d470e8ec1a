"""What the audit entry of a step tells of it: elements, flows, tasks opened, decisions, notices, what was thrown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.diagram_functions import StepFunctions
from engine.spiff.changes import Change
from engine.spiff.script_engine import ScriptEngine
from engine.user_task_rows import UserTask


def of(
    instance_id: str, change: Change, opened: Sequence[UserTask], engine: ScriptEngine, functions: StepFunctions
) -> dict[str, Any]:
    """The entry's detail, beside what its action adds. Several instances may share a chain: it names its own."""
    thrown = {"messages": engine.thrown_messages, "signals": engine.thrown_signals}
    return {
        "instance": instance_id,
        "entered": change.entered,
        "completed": change.completed,
        "cancelled": change.cancelled,
        "flows": change.flows,
        "opened": [{"user_task": t.id, "element": t.element_id, "due_at": t.due_at} for t in opened],
        "decisions": engine.decisions_taken,
        "notices": functions.notices,
        **({"caused": functions.caused} if functions.caused else {}),
        **{kind: [each.name for each in items] for kind, items in thrown.items() if items},
    }
