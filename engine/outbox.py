"""What must leave the system: written in the step's transaction, delivered by the worker, at least once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from engine.tables import outbox
from engine.transaction import SYSTEM, Runtime, Transaction, new_id

logger = logging.getLogger(__name__)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class OutboxRow:
    """One thing to deliver; `id` is the idempotency key towards the receiver."""

    id: str
    topic: str
    business_key: str
    payload: dict[str, Any]
    created_at: datetime
    attempts: int


_INSERT = insert(outbox)
Deliver = Callable[[Transaction, OutboxRow], None]


def put(tx: Transaction, topic: str, business_key: str, payload: Mapping[str, Any]) -> None:
    """Queue one delivery in the caller's transaction."""
    put_all(tx, [(topic, business_key, payload)])


def put_all(tx: Transaction, rows: list[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Queue several deliveries with one statement."""
    if not rows:
        return
    tx.connection.execute(
        _INSERT,
        [
            {
                "id": new_id(),
                "topic": topic,
                "business_key": business_key,
                "payload": orjson.dumps(payload).decode(),
                "created_at": tx.now,
                "attempts": 0,
                "next_attempt_at": tx.now,
            }
            for topic, business_key, payload in rows
        ],
    )


def deliver_due(runtime: Runtime, deliver: Deliver, limit: int = 100) -> int:
    """Deliver what is due, one transaction each; a failure is kept and retried with back-off."""
    delivered = 0
    while delivered < limit:
        with runtime.write(SYSTEM) as tx:
            row = _claim(tx)
            if row is None:
                return delivered
            savepoint = tx.connection.begin_nested()
            try:
                deliver(tx, row)
                savepoint.commit()
                changes: dict[str, Any] = {"delivered_at": tx.now, "last_error": None}
            except Exception as error:
                savepoint.rollback()
                logger.exception("outbox %s (%s) failed", row.id, row.topic)
                wait = min(FIRST_RETRY * 2**row.attempts, LONGEST_RETRY)
                changes = {"next_attempt_at": tx.now + wait, "last_error": str(error)[:500]}
            tx.connection.execute(
                update(outbox).where(outbox.c.id == row.id).values(attempts=row.attempts + 1, **changes)
            )
        delivered += 1
    return delivered


def _claim(tx: Transaction) -> OutboxRow | None:
    row = tx.connection.execute(
        select(outbox)
        .where(outbox.c.delivered_at.is_(None), outbox.c.next_attempt_at <= tx.now)
        .order_by(outbox.c.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    return OutboxRow(row.id, row.topic, row.business_key, orjson.loads(row.payload), row.created_at, row.attempts)
