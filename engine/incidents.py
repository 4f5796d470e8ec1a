"""Incidents 异常: automatic work that failed, retried with back-off or by hand, shown until resolved."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from engine import incident_rows, key_locks, process_definitions, process_instance_rows, process_instances
from engine.errors import Conflict, MinhuError, NotFound
from engine.incident_rows import ACTIVITY, TIMER
from engine.paging import Page
from engine.process_instance_rows import ACTIVE
from engine.process_instances import Step
from engine.tables import incident, process_instance
from engine.transaction import SYSTEM, Runtime, Transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incident:
    """One failure: `kind` activity (a held activity) or timer (a step of the worker, rolled back)."""

    id: str
    instance_id: str
    business_key: str
    process_key: str | None
    element_id: str | None
    element_name: str | None
    kind: str
    message: str
    clause: str | None
    attempts: int
    created_at: datetime
    retry_at: datetime | None
    resolved_at: datetime | None


def record(tx: Transaction, instance_id: str, error: Exception) -> None:
    """The worker's step for this instance failed as a whole and was rolled back."""
    instance = process_instance_rows.get(tx, instance_id)
    key_locks.hold(tx, instance.business_key)
    incident_rows.record(tx, instance, TIMER, _told(error))


def resolve_timer(tx: Transaction, instance_id: str) -> None:
    """The worker's step went through after all."""
    incident_rows.resolve(tx, instance_id, incident.c.kind == TIMER)


def list_page(
    tx: Transaction,
    *,
    unresolved: bool = True,
    business_key: str | None = None,
    instance_id: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[Incident]:
    """Incidents, newest first."""
    query = _select()
    if unresolved:
        query = query.where(incident.c.resolved_at.is_(None))
    if business_key is not None:
        query = query.where(process_instance.c.business_key == business_key)
    if instance_id is not None:
        query = query.where(incident.c.instance_id == instance_id)
    total = tx.connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = tx.connection.execute(
        query.order_by(incident.c.created_at.desc(), incident.c.id).limit(limit).offset(offset)
    ).all()
    return Page([_incident(tx, row) for row in rows], total, limit, offset)


def get(tx: Transaction, incident_id: str) -> Incident:
    """One incident by id."""
    row = tx.connection.execute(_select().where(incident.c.id == incident_id)).first()
    if row is None:
        raise NotFound("异常不存在")
    return _incident(tx, row)


def retry(tx: Transaction, incident_id: str) -> Step:
    """Try it again now. An activity that fails again stays an incident with one attempt more; a timer step raises."""
    found = get(tx, incident_id)
    held = tx.connection.execute(select(incident.c.task_id).where(incident.c.id == incident_id)).scalar_one()
    if found.resolved_at is not None:
        raise Conflict("该异常已经解决，无需重试，请刷新后查看")
    step = process_instances.step(
        tx,
        found.instance_id,
        "incident.retried",
        lambda execution: execution.retry({held}),
        detail={"incident": incident_id},
    )
    if found.kind == TIMER:
        resolve_timer(tx, found.instance_id)
    return step


def retry_due(runtime: Runtime, limit: int = 100) -> int:
    """The worker's round: try held activities whose back-off is over, one instance a transaction."""
    tried = 0
    for _ in range(limit):
        instance_id = None
        try:
            with runtime.write(SYSTEM) as tx:
                instance_id = _claim(tx)
                if instance_id is None:
                    break
                _retry_instance(tx, instance_id)
            tried += 1
        except Conflict:
            continue
        except Exception as error:
            logger.exception("retry of instance %s failed", instance_id)
            with runtime.write(SYSTEM) as tx:
                _put_off(tx, str(instance_id), error)
    return tried


def _claim(tx: Transaction) -> str | None:
    """An active instance nobody else is working on, with a held activity that is due."""
    due = select(incident.c.instance_id).where(*_due(tx))
    one = (
        select(process_instance.c.id).where(process_instance.c.state == ACTIVE, process_instance.c.id.in_(due)).limit(1)
    )
    return tx.connection.execute(key_locks.locking(one, skip_locked=True)).scalar_one_or_none()


def _due(tx: Transaction) -> list[Any]:
    return [incident.c.kind == ACTIVITY, incident.c.resolved_at.is_(None), incident.c.retry_at <= tx.now]


def _retry_instance(tx: Transaction, instance_id: str) -> None:
    held = tx.connection.execute(select(incident.c.task_id).where(incident.c.instance_id == instance_id, *_due(tx)))
    task_ids = set(held.scalars())
    process_instances.step(tx, instance_id, "incident.retried", lambda execution: execution.retry(task_ids))


def _put_off(tx: Transaction, instance_id: str, error: Exception) -> None:
    """The retry itself could not be saved: what was due waits for its next turn."""
    instance = process_instance_rows.get(tx, instance_id)
    key_locks.hold(tx, instance.business_key)
    rows = tx.connection.execute(select(incident).where(incident.c.instance_id == instance_id, *_due(tx))).all()
    for row in rows:
        incident_rows.record(
            tx,
            instance,
            ACTIVITY,
            _told(error),
            task_id=row.task_id,
            process_key=row.process_key,
            element_id=row.element_id,
            clause=row.clause,
        )


def _told(error: Exception) -> str:
    return error.message if isinstance(error, MinhuError) else f"{type(error).__name__}: {error}"


def _select() -> Select[Any]:
    columns = [incident.c[name] for name in Incident.__dataclass_fields__ if name in incident.c]
    return select(*columns, process_instance.c.business_key, process_instance.c.definition_id).join(
        process_instance, process_instance.c.id == incident.c.instance_id
    )


def _incident(tx: Transaction, row: Any) -> Incident:
    fields = dict(row._mapping)
    definition_id = fields.pop("definition_id")
    element = None
    if row.process_key and row.element_id:
        element = process_definitions.diagram(tx, definition_id, row.process_key).elements.get(row.element_id)
    return Incident(**fields, element_name=element.name if element else row.element_id)
