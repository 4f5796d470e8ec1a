"""One writer per ticket: the process instance's row is locked first, as every engine step does."""

from __future__ import annotations

from sqlalchemy import select

from engine.tables import process_instance
from engine.transaction import Transaction


def hold(tx: Transaction, number: str) -> None:
    """Wait for a running step of this ticket and keep others out until commit."""
    tx.connection.execute(
        select(process_instance.c.id).where(process_instance.c.business_key == number).with_for_update()
    )
