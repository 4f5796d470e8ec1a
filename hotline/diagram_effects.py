"""What service tasks of the office's diagrams may cause beside notices: `record_fact` and `link_ticket`."""

from __future__ import annotations

from engine.process_instances import Step
from engine.transaction import Effect, Transaction
from hotline import ticket_facts, ticket_links

RECORD_FACT, LINK_TICKET = "record_fact", "link_ticket"

EFFECTS: dict[str, Effect] = {
    RECORD_FACT: Effect(ticket_facts.describe, {0: ticket_facts.kinds}),
    LINK_TICKET: Effect(ticket_links.describe, {1: ticket_links.kinds}),
}


def bring_about(tx: Transaction, step: Step) -> None:
    """In the step's transaction: what its service tasks asked for. The step's audit entry tells it already."""
    number = step.instance.business_key
    for each in step.caused:
        if each["effect"] == RECORD_FACT:
            ticket_facts.store(tx, number, each)
        elif each["effect"] == LINK_TICKET:
            ticket_links.link_by_process(tx, number, each)
