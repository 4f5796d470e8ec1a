"""What to say on the phone: the templates of annex 3, filled with the ticket's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import hotline
from engine.user_task_rows import UserTask
from engine.working_days import SHANGHAI
from hotline.ticket_view import Ticket

FILE = Path(hotline.__file__).parent / "data" / "wordings.yaml"
UNKNOWN = "××"


@dataclass(frozen=True)
class Wording:
    """One template, filled in."""

    title: str
    text: str
    clause: str


@cache
def _all() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
    return rows


def wording(task: UserTask, ticket: Ticket, variables: Mapping[str, Any], group: str) -> Wording | None:
    """The template for this step, if the regulation gives one."""
    step = f"{task.process_key}/{task.element_id}"
    for row in _all():
        if row["step"] == step and row.get("level") in (None, variables.get("contact_level")):
            text = row["text"].format(
                caller=_salutation(ticket),
                reported=f"{ticket.reported_at.astimezone(SHANGHAI):%m月%d日}",
                address=f"在{ticket.address}" if ticket.address else "",
                title=ticket.title,
                group=group or UNKNOWN,
            )
            return Wording(row["title"], text.strip(), row["clause"])
    return None


def _salutation(ticket: Ticket) -> str:
    family_name = "" if ticket.caller.hidden or ticket.anonymous else ticket.caller.name[:1]
    return f"{family_name or UNKNOWN}先生／女士"
