"""The rows of incidents: one per thing that failed, written in the step that left it standing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update

from engine import audit
from engine.process_instance_rows import ProcessInstance
from engine.spiff.execution import Execution
from engine.spiff.failures import Failure
from engine.tables import incident
from engine.transaction import Transaction, new_id

ACTIVITY, TIMER = "activity", "timer"  # one held activity; a whole step of the worker that was rolled back
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
LONGEST_MESSAGE = 1000  # characters


def write(tx: Transaction, instance: ProcessInstance, execution: Execution) -> list[Failure]:
    """Open or count what failed in this step, resolve what moved on or is gone; nothing to do is no statement.

    Returns what failed.
    """
    gone = execution.no_longer_held()
    if gone:
        resolve(tx, instance.id, incident.c.task_id.in_(sorted(gone)))
    failed = execution.failures()
    for failure in failed:
        record(
            tx,
            instance,
            ACTIVITY,
            failure.message,
            task_id=failure.task_id,
            process_key=failure.process_key,
            element_id=failure.element_id,
            clause=failure.clause,
        )
    return failed


def record(
    tx: Transaction,
    instance: ProcessInstance,
    kind: str,
    message: str,
    *,
    task_id: str | None = None,
    process_key: str | None = None,
    element_id: str | None = None,
    clause: str | None = None,
) -> None:
    """A new failure with its audit entry, or one more attempt at an open one."""
    text = message[:LONGEST_MESSAGE]
    open_one = tx.connection.execute(
        select(incident.c.id, incident.c.attempts)
        .where(
            incident.c.instance_id == instance.id,
            incident.c.kind == kind,
            incident.c.task_id == task_id if task_id else incident.c.task_id.is_(None),
            incident.c.resolved_at.is_(None),
        )
        .with_for_update()
    ).first()
    attempts = open_one.attempts if open_one else 0
    changing: dict[str, Any] = {
        "attempts": attempts + 1,
        "message": text,
        "retry_at": next_retry(tx.now, attempts),
        "process_key": process_key,
        "element_id": element_id,
        "clause": clause,
    }
    if open_one:
        tx.connection.execute(update(incident).where(incident.c.id == open_one.id).values(changing))
        return
    tx.connection.execute(
        insert(incident).values(
            id=new_id(), instance_id=instance.id, task_id=task_id, kind=kind, created_at=tx.now, **changing
        )
    )
    audit.append(
        tx,
        audit.instance_stream(instance.business_key),
        "incident.created",
        process_key=process_key,
        element_id=element_id,
        clause=clause,
        detail={"instance": instance.id, "kind": kind, "message": text},
    )


def next_retry(now: datetime, attempts: int) -> datetime:
    """When to try again after `attempts` earlier failures: doubling from half a minute to an hour."""
    return now + min(FIRST_RETRY * (1 << min(attempts, 10)), LONGEST_RETRY)


def resolve(tx: Transaction, instance_id: str, *conditions: Any) -> None:
    """The open incidents of an instance that meet the conditions are over."""
    tx.connection.execute(
        update(incident)
        .where(incident.c.instance_id == instance_id, incident.c.resolved_at.is_(None), *conditions)
        .values(resolved_at=tx.now)
    )


def backing_off(now: datetime) -> Select[Any]:
    """Instances whose timer step failed and is not to be tried again yet."""
    return select(incident.c.instance_id).where(
        incident.c.kind == TIMER, incident.c.resolved_at.is_(None), incident.c.retry_at > now
    )
