"""Correlate a message with the instance it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import messages_inbox, process_definitions, process_instance_rows, process_instances, variable_values
from engine.errors import Conflict, InvalidInput
from engine.tables import process_instance
from engine.transaction import Transaction


def correlate(tx: Transaction, name: str, business_key: str, message_id: str, payload: Mapping[str, Any]) -> bool:
    """Deliver a message; True when it moved an instance now.

    A repeated `message_id` is ignored. A business key without an instance gets one when a process starts with this
    message (§10.5.2); a message that comes too early waits in the inbox.
    """
    if not message_id or not name:
        raise InvalidInput("消息须有编号和名称", {"message_id": "此项必填"})
    variable_values.check(payload)
    instance = tx.connection.execute(
        select(process_instance.c.id, process_instance.c.state)
        .where(process_instance.c.business_key == business_key)
        .with_for_update()
    ).first()
    if not messages_inbox.receive(tx, message_id, name, business_key, dict(payload)):
        return False
    if instance is None and (key := _started_by(tx, name)) is not None:
        messages_inbox.mark_correlated(tx, message_id)
        process_instances.start(tx, key, business_key, payload, message=name)
        return True
    if instance is None or instance.state != process_instance_rows.ACTIVE:
        return False
    loaded = process_instances.lock(tx, instance.id)
    loaded.execution.run()
    if not loaded.execution.correlate(name, payload):
        return False
    messages_inbox.mark_correlated(tx, message_id)
    process_instances.settle(tx, loaded)
    process_instances.save(
        tx, loaded, "message.correlated", detail={"message": name, "message_id": message_id}, data=payload
    )
    return True


def _started_by(tx: Transaction, name: str) -> str | None:
    """The process whose newest version starts with the message."""
    keys = [
        definition.key
        for definition in process_definitions.list_latest(tx)
        if process_definitions.compiled(tx, definition.id).start_message == name
    ]
    if len(keys) > 1:
        raise Conflict(f"消息“{name}”可以发起多个流程（{'、'.join(keys)}），请流程负责人改用不同的消息")
    return keys[0] if keys else None
