"""Correlate a message with the instance it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import key_locks, messages_inbox, process_instances, variable_values
from engine.errors import InvalidInput
from engine.messages_inbox import WaitingMessage
from engine.transaction import Transaction


def correlate(tx: Transaction, name: str, business_key: str, message_id: str, payload: Mapping[str, Any]) -> bool:
    """Deliver a message; True when it moved an instance now, or started one (§8.4.2, §10.5.2).

    A repeated `message_id` is ignored. A message that comes too early waits in the inbox.
    """
    if not message_id or not name:
        raise InvalidInput("消息须有编号和名称", {"message_id": "此项必填"})
    variable_values.check(payload)
    key_locks.hold(tx, business_key)
    if not messages_inbox.receive(tx, message_id, name, business_key, dict(payload)):
        return False
    return process_instances.deliver(tx, business_key, WaitingMessage(message_id, name, dict(payload)))
