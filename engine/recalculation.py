"""When a holiday notice or a rule changes, open deadlines are computed anew, each with an audit entry."""

from __future__ import annotations

import logging

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from engine import process_instance_rows, process_instances, rescheduling
from engine.errors import Conflict, MinhuError
from engine.tables import process_instance, setting
from engine.transaction import SYSTEM, Runtime, Transaction

logger = logging.getLogger(__name__)
FINGERPRINT = "calendar_fingerprint"
REASON = "节假日安排或时限规则有更新，按新数据重新计算"


def recalculate_if_changed(runtime: Runtime) -> int:
    """Compare the calendar and rules with those last used; returns how many instances moved."""
    current = runtime.working_days.fingerprint
    with runtime.read(SYSTEM) as tx:
        known = tx.connection.execute(select(setting.c.value).where(setting.c.name == FINGERPRINT)).scalar_one_or_none()
    if known == current:
        return 0
    moved = recalculate(runtime) if known is not None else 0
    with runtime.write(SYSTEM) as tx:
        insert = sqlite.insert if runtime.database.is_sqlite else postgresql.insert
        kept = insert(setting).values(name=FINGERPRINT, value=current)
        # several workers may start at once
        tx.connection.execute(kept.on_conflict_do_update(index_elements=["name"], set_={"value": current}))
    return moved


def recalculate(runtime: Runtime) -> int:
    """Every running instance, one transaction each; those whose dates stay are not touched."""
    with runtime.read(SYSTEM) as tx:
        ids = tx.connection.execute(
            select(process_instance.c.id).where(process_instance.c.state.in_(process_instance_rows.RUNNING))
        ).scalars()
        instance_ids = list(ids)
    moved = 0
    for instance_id in instance_ids:
        try:
            with runtime.write(SYSTEM) as tx:
                moved += _recalculate_one(tx, instance_id)
        except Conflict:
            continue  # it ended meanwhile
        except MinhuError:
            logger.exception("deadlines of instance %s could not be computed anew", instance_id)
    return moved


def _recalculate_one(tx: Transaction, instance_id: str) -> bool:
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.revise({})
    process_instances.settle(tx, loaded)
    moved_tasks = rescheduling.refresh(tx, loaded.held.open, loaded.row, loaded.execution, loaded.functions)
    if not moved_tasks and loaded.execution.next_due() == loaded.row.next_due:
        return False
    detail = {"reason": REASON, "user_tasks": moved_tasks}
    process_instances.save(tx, loaded, "deadlines.recalculated", detail=detail)
    return True
