"""What happened to a ticket, from its audit chain, as far as this person may read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from engine import audit
from engine.audit import AuditEntry
from engine.transaction import Transaction
from hotline import ticket_scope, ticket_view
from hotline.access import Principal, may

IDS = frozenset({"instance", "user_task"})  # random: some look as if they held a phone number
CALLER_VIEWED = "caller_viewed"  # who looked at the caller's data is for auditors (A6-5)


def entries(tx: Transaction, principal: Principal, number: str) -> list[AuditEntry]:
    """Oldest first, phone numbers and the caller's name masked; NotFound outside the person's scope.

    Masked details no longer fit the stored hash: to verify a chain use engine.audit.
    """
    row = ticket_scope.find(tx, principal, number)
    found = audit.entries(tx, audit.instance_stream(number))
    if not may(principal, "audit.view"):
        found = [entry for entry in found if entry.action != CALLER_VIEWED]
    return [replace(entry, detail=_masked(row, entry.detail)) for entry in found]


def _masked(row: Row[Any], value: Any) -> Any:
    if isinstance(value, str):
        return ticket_view.masked(row, value)
    if isinstance(value, dict):
        return {name: each if name in IDS else _masked(row, each) for name, each in value.items()}
    return [_masked(row, each) for each in value] if isinstance(value, list) else value
