"""What failed without a person to tell: kept, retried with back-off, shown until resolved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from engine import audit, process_instance_rows, process_instances
from engine.errors import MinhuError, NotFound
from engine.paging import Page
from engine.tables import incident, process_instance
from engine.transaction import Transaction, new_id

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class Incident:
    """One failure of an automatic step."""

    id: str
    instance_id: str
    business_key: str
    element_id: str | None
    kind: str
    message: str
    attempts: int
    created_at: datetime
    retry_at: datetime | None
    resolved_at: datetime | None


def record(tx: Transaction, instance_id: str, kind: str, error: Exception) -> None:
    """A new failure, or one more attempt at an open one."""
    text = error.message if isinstance(error, MinhuError) else f"{type(error).__name__}: {error}"
    open_one = tx.connection.execute(
        select(incident.c.id, incident.c.attempts)
        .where(incident.c.instance_id == instance_id, incident.c.kind == kind, incident.c.resolved_at.is_(None))
        .with_for_update()
    ).first()
    attempts = open_one.attempts if open_one else 0
    retry_at = tx.now + min(FIRST_RETRY * 2**attempts, LONGEST_RETRY)
    if open_one:
        tx.connection.execute(
            update(incident)
            .where(incident.c.id == open_one.id)
            .values(attempts=attempts + 1, message=text[:1000], retry_at=retry_at)
        )
        return
    tx.connection.execute(
        insert(incident).values(
            id=new_id(),
            instance_id=instance_id,
            kind=kind,
            message=text[:1000],
            attempts=1,
            created_at=tx.now,
            retry_at=retry_at,
        )
    )
    business_key = process_instance_rows.get(tx, instance_id).business_key
    audit.append(
        tx,
        audit.instance_stream(business_key),
        "incident.created",
        detail={"kind": kind, "message": text[:1000]},
    )


def resolve_all(tx: Transaction, instance_id: str, kind: str | None = None) -> None:
    """The step went through after all; without a kind, the whole instance is past failing."""
    conditions = [incident.c.instance_id == instance_id, incident.c.resolved_at.is_(None)]
    if kind is not None:
        conditions.append(incident.c.kind == kind)
    tx.connection.execute(update(incident).where(*conditions).values(resolved_at=tx.now))


def backing_off(now: datetime) -> Select[Any]:
    """Instances whose next attempt is still to come."""
    return select(incident.c.instance_id).where(incident.c.resolved_at.is_(None), incident.c.retry_at > now)


def _select() -> Select[Any]:
    return select(
        *(incident.c[name] for name in Incident.__dataclass_fields__ if name != "business_key"),
        process_instance.c.business_key,
    ).join(process_instance, process_instance.c.id == incident.c.instance_id)


def list_page(tx: Transaction, *, unresolved: bool = True, limit: int = 50, offset: int = 0) -> Page[Incident]:
    """Incidents, newest first."""
    query = _select()
    if unresolved:
        query = query.where(incident.c.resolved_at.is_(None))
    total = tx.connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = tx.connection.execute(
        query.order_by(incident.c.created_at.desc(), incident.c.id).limit(limit).offset(offset)
    )
    return Page([Incident(**row._mapping) for row in rows], total, limit, offset)


def get(tx: Transaction, incident_id: str) -> Incident:
    """One incident by id."""
    row = tx.connection.execute(_select().where(incident.c.id == incident_id)).first()
    if row is None:
        raise NotFound("异常不存在")
    return Incident(**row._mapping)


def retry(tx: Transaction, incident_id: str) -> process_instances.Step:
    """Try the failed step again now; it raises again when the cause is still there."""
    found = get(tx, incident_id)
    step = process_instances.step(
        tx, found.instance_id, "incident.retried", lambda _execution: None, detail={"incident": incident_id}
    )
    resolve_all(tx, found.instance_id, found.kind)
    return step
