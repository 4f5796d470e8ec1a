"""Send a signal 信号 to every instance that waits for it now; it is not kept for those that come later (§10.5.7)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import incidents, messages_inbox, process_definitions, process_instances, variable_values
from engine.errors import Conflict, InvalidInput, MinhuError
from engine.process_instance_rows import ACTIVE
from engine.tables import process_instance
from engine.transaction import SYSTEM, Actor, Runtime, Transaction

logger = logging.getLogger(__name__)
LONGEST_ID = 60  # characters


@dataclass
class Broadcast:
    """Instance ids that took the signal, and those that waited for it but could not be moved."""

    delivered: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def broadcast_thrown(
    runtime: Runtime, signal_id: str, name: str, payload: Mapping[str, Any], thrown_at: str, thrower: str
) -> None:
    """The job behind a signal a diagram throws: to all other instances that waited for it when it was thrown."""
    at = datetime.fromisoformat(thrown_at)
    _send(runtime, SYSTEM, signal_id, name, payload, thrown_at=at, thrower=thrower)


def send(runtime: Runtime, actor: Actor, signal_id: str, name: str, payload: Mapping[str, Any]) -> Broadcast:
    """Deliver to all, each instance in a transaction of its own: one that fails becomes an incident, the others go on.

    No instance takes the same `signal_id` twice, so a broadcast that was cut off is simply sent again. Suspended
    instances do not listen.
    """
    if not name.strip() or not signal_id.strip():
        raise InvalidInput("信号须有编号和名称", {"id" if name.strip() else "name": "此项必填"})
    if len(signal_id) > LONGEST_ID:
        raise InvalidInput(f"信号编号最多 {LONGEST_ID} 个字符", {"id": f"最多 {LONGEST_ID} 个字符"})
    variable_values.check(payload)
    return _send(runtime, actor, signal_id, name, payload)


def _send(
    runtime: Runtime,
    actor: Actor,
    signal_id: str,
    name: str,
    payload: Mapping[str, Any],
    *,
    thrown_at: datetime | None = None,
    thrower: str | None = None,
) -> Broadcast:
    with runtime.read(actor) as tx:
        candidates = [instance_id for instance_id in _candidates(tx, name) if instance_id != thrower]
    result = Broadcast()
    for instance_id in candidates:
        try:
            with runtime.write(actor) as tx:
                if deliver(tx, instance_id, signal_id, name, payload, thrown_at):
                    result.delivered.append(instance_id)
        except Conflict:
            continue  # it ended or was suspended meanwhile: it no longer listens
        except Exception as error:
            logger.exception("signal %s could not be delivered to instance %s", name, instance_id)
            result.failed.append(instance_id)
            with runtime.write(actor) as tx:
                incidents.record(tx, instance_id, error)
    return result


def deliver(
    tx: Transaction,
    instance_id: str,
    signal_id: str,
    name: str,
    payload: Mapping[str, Any],
    thrown_at: datetime | None = None,
) -> bool:
    """To one instance; False, and nothing changed, when it does not wait for the signal now or has taken it before."""
    loaded = process_instances.lock(tx, instance_id)
    loaded.execution.run()
    if not loaded.execution.signal(name, payload, thrown_at):
        return False
    taken = f"{signal_id}/{instance_id}"
    if not messages_inbox.receive(tx, taken, name, loaded.row.business_key, dict(payload)):
        return False
    messages_inbox.mark_correlated(tx, taken)
    process_instances.settle(tx, loaded)
    detail = {"signal": name, "signal_id": signal_id}
    process_instances.save(tx, loaded, "signal.received", detail=detail, data=payload)
    return True


def _candidates(tx: Transaction, name: str) -> list[str]:
    """Active instances of the definitions whose diagrams know the signal, oldest first."""
    rows = tx.connection.execute(
        select(process_instance.c.id, process_instance.c.definition_id)
        .where(process_instance.c.state == ACTIVE)
        .order_by(process_instance.c.started_at, process_instance.c.id)
    ).all()
    knows: dict[str, bool] = {}
    for definition_id in {row.definition_id for row in rows}:
        try:
            knows[definition_id] = name in process_definitions.compiled(tx, definition_id).signal_names
        except MinhuError:
            logger.exception("definition %s could not be read", definition_id)
    return [row.id for row in rows if knows.get(row.definition_id)]
