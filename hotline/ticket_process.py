"""The process a ticket is handled by; under its number others may run beside it (ADR 20)."""

from __future__ import annotations

from engine import process_instance_rows
from engine.process_instance_rows import ProcessInstance
from engine.transaction import Transaction

PROCESS = "ticket_handling"
MOST_INSTANCES = 100


def instance(tx: Transaction, number: str) -> ProcessInstance:
    """The handling of a ticket, running or ended; NotFound when there is none."""
    return process_instance_rows.find(tx, PROCESS, number)


def instances(tx: Transaction, number: str) -> list[ProcessInstance]:
    """Everything that runs or ran under a ticket's number: its handling first, then the newest first."""
    found = process_instance_rows.list_page(tx, business_key=number, limit=MOST_INSTANCES).items
    return sorted(found, key=lambda each: each.definition_key != PROCESS)
