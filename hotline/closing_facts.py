"""What the process knows at the end: contacts, department reports, callback, in words ready to be written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import process_definitions, process_instance_rows
from engine.transaction import Transaction
from engine.working_days import instant
from hotline import organisation, ticket_process

_FORM_OF_REPORT = ("department_handling", "submit_closing_report")
_FORM_OF_CLOSING = ("ticket_handling", "close_ticket")


@dataclass(frozen=True)
class Report:
    """One department's accepted closing report; codes already in words."""

    department: str
    is_lead: bool
    contact_at: datetime | None
    reply_at: datetime | None
    words: Mapping[str, str]


@dataclass(frozen=True)
class ClosingFacts:
    """The whole ticket's; `words` holds the closing form's own fields."""

    first_contact_at: datetime | None
    contact_remark: str
    quick_close_reply: str
    reports: list[Report]
    words: Mapping[str, str]

    @property
    def replied_at(self) -> datetime | None:
        """The last time somebody told the caller the result."""
        replies = [report.reply_at for report in self.reports if report.reply_at]
        if self.quick_close_reply and self.first_contact_at:
            replies.append(self.first_contact_at)
        return max(replies, default=None)


def closing_facts(tx: Transaction, number: str) -> ClosingFacts:
    """Read them from the process instance of a ticket, running or ended."""
    instance = ticket_process.instance(tx, number)
    variables = process_instance_rows.variables(tx, instance.id)
    names = organisation.names(tx)
    labels = _labels(tx, instance.definition_id, *_FORM_OF_REPORT)
    reports = [_report(each, names, labels) for each in variables.get("reports") or [] if isinstance(each, dict)]
    return ClosingFacts(
        first_contact_at=_moment(variables.get("first_contact_at")),
        contact_remark=variables.get("contact_remark") or "",
        quick_close_reply=variables.get("quick_close_reply") or "",
        reports=sorted(reports, key=lambda report: not report.is_lead),
        words=_in_words(variables, _labels(tx, instance.definition_id, *_FORM_OF_CLOSING)),
    )


def _report(data: Mapping[str, Any], names: Mapping[str, str], labels: Mapping[str, Mapping[str, str]]) -> Report:
    return Report(
        department=names.get(data.get("department", ""), data.get("department", "")),
        is_lead=data.get("role") == "lead",
        contact_at=_moment(data.get("contact_at")),
        reply_at=_moment(data.get("reply_at")),
        words=_in_words(data, labels),
    )


def _labels(tx: Transaction, definition_id: str, process_key: str, form_key: str) -> dict[str, Mapping[str, str]]:
    """Field → code → Chinese, from the form the person filled in."""
    form = process_definitions.form(tx, definition_id, process_key, form_key) or {}
    return {name: field.get("x-labels", {}) for name, field in form.get("properties", {}).items()}


def _in_words(data: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {
        name: labels.get(name, {}).get(value, value).strip()
        for name, value in data.items()
        if isinstance(value, str) and value.strip()
    }


def _moment(value: Any) -> datetime | None:
    return instant(value) if isinstance(value, str) and value else None
