"""Which workers are alive; in real time, because the office's clock may stand still in a test."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from engine.tables import worker_heartbeat
from engine.transaction import SYSTEM, Runtime, system_clock

KEPT = timedelta(days=1)  # rows of workers that were killed


def beat(runtime: Runtime, worker_id: str, *, embedded: bool) -> None:
    """Say that this worker is alive."""
    now = system_clock()
    with runtime.write(SYSTEM) as tx:
        mine = worker_heartbeat.c.worker_id == worker_id
        if not tx.connection.execute(update(worker_heartbeat).where(mine).values(seen_at=now)).rowcount:
            tx.connection.execute(delete(worker_heartbeat).where(worker_heartbeat.c.seen_at < now - KEPT))
            tx.connection.execute(insert(worker_heartbeat).values(worker_id=worker_id, seen_at=now, embedded=embedded))


def alive(runtime: Runtime, within: timedelta) -> set[str]:
    """The workers seen lately."""
    with runtime.read(SYSTEM) as tx:
        seen = select(worker_heartbeat.c.worker_id).where(worker_heartbeat.c.seen_at >= system_clock() - within)
        return set(tx.connection.execute(seen).scalars())


def farewell(runtime: Runtime, worker_id: str) -> None:
    """This worker has ended."""
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(delete(worker_heartbeat).where(worker_heartbeat.c.worker_id == worker_id))
