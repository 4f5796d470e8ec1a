"""Messages received: each id once; a message nobody waits for yet stays until somebody does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.tables import message
from engine.transaction import Transaction


@dataclass(frozen=True)
class WaitingMessage:
    """A message not yet correlated."""

    id: str
    name: str
    payload: dict[str, Any]


def receive(tx: Transaction, message_id: str, name: str, business_key: str, payload: dict[str, Any]) -> bool:
    """Store a message; False when this id was received before."""
    insert = (sqlite if tx.runtime.database.is_sqlite else postgresql).insert(message)
    values = {"id": message_id, "name": name, "business_key": business_key, "received_at": tx.now}
    new = insert.on_conflict_do_nothing().returning(message.c.id)
    return tx.connection.execute(new, {**values, "payload": orjson.dumps(payload).decode()}).first() is not None


def waiting(tx: Transaction, business_key: str) -> list[WaitingMessage]:
    """What has come for a business key and was not delivered, oldest first."""
    rows = tx.connection.execute(
        select(message)
        .where(message.c.business_key == business_key, message.c.correlated_at.is_(None))
        .order_by(message.c.received_at, message.c.id)
    )
    return [WaitingMessage(row.id, row.name, orjson.loads(row.payload)) for row in rows]


def mark_correlated(tx: Transaction, message_id: str) -> None:
    """Delivered in this transaction."""
    tx.connection.execute(update(message).where(message.c.id == message_id).values(correlated_at=tx.now))
