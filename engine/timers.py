"""Due timers: one claimed and fired per transaction, so a crash is a rollback."""

from __future__ import annotations

import logging

from sqlalchemy import select

from engine import incident_rows, incidents, key_locks, process_instance_rows, process_instances
from engine.errors import Conflict
from engine.tables import process_instance
from engine.transaction import SYSTEM, Runtime, Transaction

logger = logging.getLogger(__name__)


def fire_due(runtime: Runtime, limit: int = 100) -> int:
    """Fire the timers of up to `limit` instances whose time has come; returns how many moved."""
    fired = 0
    for _ in range(limit):
        try:
            with runtime.write(SYSTEM) as tx:
                instance_id = _claim(tx)
                if instance_id is None:
                    break
                process_instances.step(tx, instance_id, "timer.fired", lambda _execution: None)
                incidents.resolve_timer(tx, instance_id)
            fired += 1
        except Conflict:
            continue
        except Exception as error:
            logger.exception("timer of instance %s failed", instance_id)
            with runtime.write(SYSTEM) as tx:
                incidents.record(tx, str(instance_id), error)
    return fired


def _claim(tx: Transaction) -> str | None:
    """The most overdue instance nobody else is working on and whose incident is not backing off."""
    one = (
        select(process_instance.c.id)
        .where(
            process_instance.c.next_due <= tx.now,
            process_instance.c.state == process_instance_rows.ACTIVE,
            process_instance.c.id.not_in(incident_rows.backing_off(tx.now)),
        )
        .order_by(process_instance.c.next_due)
        .limit(1)
    )
    return tx.connection.execute(key_locks.locking(one, skip_locked=True)).scalar_one_or_none()
