"""Hash-chained audit entries: one chain per stream, verifiable offline."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, insert, or_, select

from engine.errors import MinhuError
from engine.paging import Page
from engine.tables import audit_entry
from engine.transaction import AuditHead, Transaction

GENESIS = "0" * 64
STARTED = "instance.started"
HASHED = ("stream", "number", "actor", "action", "process_key", "element_id", "clause", "detail")

_INSERT = insert(audit_entry)
_NEWEST = (
    select(audit_entry.c.number, audit_entry.c.hash)
    .where(audit_entry.c.stream == bindparam("of_stream"))
    .order_by(audit_entry.c.number.desc())
    .limit(1)
)


class ChainBroken(MinhuError):
    """An entry was changed, removed or reordered."""


@dataclass(frozen=True)
class AuditEntry:
    """One line of a chain; `hash` covers every other field and the previous hash."""

    stream: str
    number: int
    at: datetime
    actor: str
    action: str
    process_key: str | None
    element_id: str | None
    clause: str | None
    detail: dict[str, Any]
    hash: str


def instance_stream(business_key: str) -> str:
    """The stream of everything that happens to one business key."""
    return f"instance/{business_key}"


def digest(previous: str, entry: Mapping[Any, Any]) -> str:
    """SHA-256 over the previous hash and the canonical JSON of an entry; `detail` is the stored text."""
    document = {name: entry[name] for name in HASHED}
    document["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    payload = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + payload).hexdigest()


def append(
    tx: Transaction,
    stream: str,
    action: str,
    *,
    detail: Mapping[str, Any],
    process_key: str | None = None,
    element_id: str | None = None,
    clause: str | None = None,
) -> None:
    """Add one entry; two writers at once collide on the primary key, so a chain never forks."""
    head = _head(tx, stream)
    row: dict[str, Any] = {
        "stream": stream,
        "number": head.number + 1,
        "at": tx.now,
        "actor": tx.actor.id,
        "action": action,
        "process_key": process_key,
        "element_id": element_id,
        "clause": clause,
        "detail": orjson.dumps(dict(detail), option=orjson.OPT_SORT_KEYS).decode(),
    }
    row["hash"] = digest(head.hash, row)
    tx.connection.execute(_INSERT, row)
    remember_head(tx, stream, head.number + 1, row["hash"])


def remember_head(tx: Transaction, stream: str, number: int, digest_of_it: str) -> None:
    """The last entry of a chain as this transaction knows it, so that appending needs not read it."""
    tx.audit_heads[stream] = AuditHead(number, digest_of_it, tx.connection.get_nested_transaction())


def _head(tx: Transaction, stream: str) -> AuditHead:
    known = tx.audit_heads.get(stream)
    savepoint = tx.connection.get_nested_transaction()
    if known is not None and known.savepoint is savepoint:  # what another savepoint wrote may be rolled back
        return known
    found = tx.connection.execute(_NEWEST, {"of_stream": stream}).first()
    return AuditHead(found.number, found.hash, savepoint) if found else AuditHead(0, GENESIS, savepoint)


def entries(tx: Transaction, stream: str) -> list[AuditEntry]:
    """The whole chain, oldest first."""
    rows = tx.connection.execute(
        select(audit_entry).where(audit_entry.c.stream == stream).order_by(audit_entry.c.number)
    )
    return [AuditEntry(**{**row._mapping, "detail": orjson.loads(row.detail)}) for row in rows]


def of_instance(tx: Transaction, business_key: str, instance_id: str) -> list[AuditEntry]:
    """What the chain of a business key tells of one of its instances, oldest first.

    Entries that name none are older than the possibility of several: they belong to the one without a start of its own.
    """
    found = entries(tx, instance_stream(business_key))
    own = [entry for entry in found if entry.detail.get("instance") == instance_id]
    if any(entry.action == STARTED for entry in own):
        return own
    return [entry for entry in found if entry.detail.get("instance", instance_id) == instance_id]


def list_page(
    tx: Transaction,
    *,
    streams: Sequence[str],
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[AuditEntry]:
    """Entries of every stream that begins with one of `streams`, newest first."""
    wanted = {
        "streams": or_(*(audit_entry.c.stream.startswith(stream, autoescape=True) for stream in streams)),
        "actor": audit_entry.c.actor == actor if actor else None,
        "action": audit_entry.c.action == action if action else None,
        "since": audit_entry.c.at >= since if since else None,
        "until": audit_entry.c.at <= until if until else None,
    }
    conditions = [each for each in wanted.values() if each is not None]
    rows = tx.connection.execute(
        select(audit_entry)
        .where(*conditions)
        .order_by(audit_entry.c.at.desc(), audit_entry.c.stream, audit_entry.c.number.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    total = tx.connection.scalar(select(func.count()).select_from(audit_entry).where(*conditions)) or 0
    entries = [AuditEntry(**{**row._mapping, "detail": orjson.loads(row.detail)}) for row in rows]
    return Page(entries, total, limit, offset)


def verify(connection: Connection, stream: str) -> int:
    """Recompute a chain; returns its length, raises ChainBroken at the first wrong entry."""
    previous, number = GENESIS, 0
    rows = connection.execute(select(audit_entry).where(audit_entry.c.stream == stream).order_by(audit_entry.c.number))
    for row in rows:
        number += 1
        if row.number != number or digest(previous, row._mapping) != row.hash:
            raise ChainBroken(f"审计链 {stream} 在第 {number} 条处被改动，请立即报告系统管理员")
        previous = row.hash
    return number
