"""What leaves the system: written in the step's transaction, handed to an adapter by a job, at least once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from engine import jobs
from engine.tables import outbox
from engine.transaction import SYSTEM, Runtime, Transaction, new_id

logger = logging.getLogger(__name__)
JOB = "deliver"
FIND_FORGOTTEN = "find_forgotten_deliveries"
BATCH = 100
_INSERT = insert(outbox)


@dataclass(frozen=True)
class Delivery:
    """One thing to deliver. `id` is the idempotency key the adapter passes on: a kill may deliver twice."""

    id: str
    topic: str
    business_key: str
    payload: dict[str, Any]
    created_at: datetime


class Undelivered(jobs.TryAgain):
    """Some deliveries of a job failed; the job is tried again, what arrived is not."""


def put(tx: Transaction, topic: str, business_key: str, payloads: Iterable[Mapping[str, Any]]) -> list[str]:
    """Deliver these payloads through the adapter of `topic` once the transaction commits; returns their ids.

    Three SQL statements, however many payloads.
    """
    rows = [
        {
            "id": new_id(),
            "topic": topic,
            "business_key": business_key,
            "payload": orjson.dumps(payload).decode(),
            "created_at": tx.now,
            "attempts": 0,
            "next_attempt_at": tx.now,
        }
        for payload in payloads
    ]
    if not rows:
        return []
    tx.connection.execute(_INSERT, rows)
    ids = [str(row["id"]) for row in rows]
    jobs.enqueue(tx, JOB, ids)
    return ids


def deliver(runtime: Runtime, ids: list[str]) -> None:
    """The job: hand over what has not arrived yet, outside of any transaction; raises Undelivered."""
    failed = [each for each in _waiting(runtime, ids) if not _arrived(runtime, each)]
    if failed:
        raise Undelivered(", ".join(f"{each.topic} {each.id}" for each in failed))


def _waiting(runtime: Runtime, ids: list[str]) -> list[Delivery]:
    with runtime.read(SYSTEM) as tx:
        rows = tx.connection.execute(select(outbox).where(outbox.c.id.in_(ids), outbox.c.delivered_at.is_(None))).all()
    return [Delivery(row.id, row.topic, row.business_key, orjson.loads(row.payload), row.created_at) for row in rows]


def _arrived(runtime: Runtime, delivery: Delivery) -> bool:
    try:
        adapter = runtime.adapters.get(delivery.topic)
        if adapter is None:
            raise LookupError(f"no adapter for {delivery.topic}")
        adapter(delivery)
    except Exception as error:
        logger.warning("delivery %s (%s) failed: %s", delivery.id, delivery.topic, error)
        with runtime.write(SYSTEM) as tx:
            _mark_failed(tx, delivery.id, error)
        return False
    with runtime.write(SYSTEM) as tx:
        row = outbox.c.id == delivery.id
        done = {"delivered_at": tx.now, "last_error": None, "attempts": outbox.c.attempts + 1}
        tx.connection.execute(update(outbox).where(row).values(done))
    return True


def _mark_failed(tx: Transaction, delivery_id: str, error: Exception) -> None:
    row = outbox.c.id == delivery_id
    attempts = (tx.connection.execute(select(outbox.c.attempts).where(row)).scalar_one()) + 1
    again = tx.now + jobs.retry_delay(attempts)
    text = f"{type(error).__name__}: {error}"[:500]
    tx.connection.execute(update(outbox).where(row).values(attempts=attempts, next_attempt_at=again, last_error=text))


def find_forgotten(runtime: Runtime) -> None:
    """Deliveries whose job is gone, such as after a restore: their time passed longer ago than any retry waits."""
    with runtime.write(SYSTEM) as tx:
        forgotten = (
            select(outbox.c.id)
            .where(outbox.c.delivered_at.is_(None), outbox.c.next_attempt_at < tx.now - 2 * jobs.LONGEST_RETRY)
            .order_by(outbox.c.next_attempt_at)
            .limit(BATCH * BATCH)
        )
        ids = list(tx.connection.execute(forgotten).scalars())
        tx.connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(next_attempt_at=tx.now))
        for first in range(0, len(ids), BATCH):
            jobs.enqueue(tx, JOB, ids[first : first + BATCH])
