"""The loop beside the API: due timers and deliveries. Threads on SQLite, processes on PostgreSQL."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from sqlalchemy import delete, insert, update

from engine import idempotency, incidents, outbox, timers
from engine.outbox import Deliver
from engine.recalculation import recalculate_if_changed
from engine.tables import worker_heartbeat
from engine.transaction import SYSTEM, Runtime, new_id

logger = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
HEARTBEAT_ROUNDS = 15
FORGET_ROUNDS = 3600  # about hourly
KEYS_KEPT = timedelta(days=7)  # how long a request may be repeated under its Idempotency-Key


def run(runtime: Runtime, deliver: Deliver, stop: threading.Event, *, embedded: bool) -> None:
    """Work until told to stop; any number may run on one database."""
    worker_id = new_id()
    rounds = 0
    recalculate_if_changed(runtime)
    while not stop.is_set():
        try:
            if rounds % HEARTBEAT_ROUNDS == 0:
                _beat(runtime, worker_id, embedded)
            if rounds % FORGET_ROUNDS == 0:
                _forget_old_keys(runtime)
            rounds += 1
            busy = work_once(runtime, deliver)
        except Exception:
            logger.exception("worker round failed")
            busy = False
        if not busy:
            stop.wait(IDLE_SECONDS)
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(delete(worker_heartbeat).where(worker_heartbeat.c.worker_id == worker_id))


def work_once(runtime: Runtime, deliver: Deliver) -> bool:
    """One round; True when there was something to do."""
    return timers.fire_due(runtime) + incidents.retry_due(runtime) + outbox.deliver_due(runtime, deliver) > 0


def _forget_old_keys(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        idempotency.forget(tx, tx.now - KEYS_KEPT)


def _beat(runtime: Runtime, worker_id: str, embedded: bool) -> None:
    with runtime.write(SYSTEM) as tx:
        seen = tx.connection.execute(
            update(worker_heartbeat).where(worker_heartbeat.c.worker_id == worker_id).values(seen_at=tx.now)
        )
        if not seen.rowcount:
            tx.connection.execute(
                insert(worker_heartbeat).values(worker_id=worker_id, seen_at=tx.now, embedded=embedded)
            )
