"""Why a step has to be done again: reviewers' reasons, an unsatisfied caller, a list without a lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.user_task_rows import UserTask
from web.forms import Schema, options_of

REVIEW = ("department_handling", "review_closing_report")
DISPATCH = ("ticket_handling", "dispatch_ticket")


@dataclass(frozen=True)
class Reason:
    """One line, with the clause behind it."""

    text: str
    clause: str = ""


def reasons(task: UserTask, variables: Mapping[str, Any], schemas: Mapping[tuple[str, str], Schema]) -> list[Reason]:
    """Everything the person should know before doing the step again."""
    found = []
    if task.process_key == REVIEW[0]:
        part = schemas.get(REVIEW, {}).get("properties", {}).get("return_reasons", {})
        labels, clause = options_of(part, {}), str(part.get("x-clause", ""))
        found += [Reason(labels.get(reason, str(reason)), clause) for reason in variables.get("return_reasons") or ()]
        found += [Reason(f"审核意见：{text}") for text in _texts(variables, "review_opinion")]
        found += [Reason(f"来电人不满意：{text}", "3.3-14") for text in _texts(variables, "rework_reason")]
    if (task.process_key, task.element_id) == DISPATCH:
        found += [Reason(f"责任清单备注：{text}", "3.0-2") for text in _texts(variables, "dispatch_hint")]
    return found


def _texts(variables: Mapping[str, Any], name: str) -> list[str]:
    value = variables.get(name)
    return [value] if isinstance(value, str) and value.strip() else []
