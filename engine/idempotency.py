"""The same request sent twice has one effect: the key is stored in the transaction of the effect itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import InvalidInput
from engine.tables import idempotency_key
from engine.transaction import Transaction

PENDING = 0  # status of a key whose transaction has not finished; nobody else can see it


@dataclass(frozen=True)
class Answer:
    """What the first request was told."""

    status: int
    body: bytes


def claim(tx: Transaction, key: str, request_hash: str) -> Answer | None:
    """Take the key for this transaction and return None, or return the answer the first request got.

    A second request with the same key waits here until the first one has committed or rolled back.
    Raises InvalidInput when the key was used for a different request.
    """
    insert = sqlite.insert if tx.runtime.database.is_sqlite else postgresql.insert
    taken = tx.connection.execute(
        insert(idempotency_key)
        .values(
            actor=tx.actor.id,
            key=key,
            request_hash=request_hash,
            status=PENDING,
            body=b"",
            created_at=tx.now,
        )
        .on_conflict_do_nothing()
        .returning(idempotency_key.c.key)
    ).first()
    if taken is not None:
        return None
    first = tx.connection.execute(
        select(idempotency_key).where(idempotency_key.c.actor == tx.actor.id, idempotency_key.c.key == key)
    ).one()
    if first.request_hash != request_hash:
        raise InvalidInput(
            "这个幂等键已用于另一个不同的请求，请为新的请求换一个幂等键",
            {"Idempotency-Key": "已用于另一个不同的请求"},
        )
    return Answer(first.status, first.body)


def keep(tx: Transaction, key: str, answer: Answer) -> None:
    """Store the answer of the request that claimed the key."""
    tx.connection.execute(
        update(idempotency_key)
        .where(idempotency_key.c.actor == tx.actor.id, idempotency_key.c.key == key)
        .values(status=answer.status, body=answer.body)
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Delete keys older than `before`; returns how many."""
    return tx.connection.execute(delete(idempotency_key).where(idempotency_key.c.created_at < before)).rowcount
