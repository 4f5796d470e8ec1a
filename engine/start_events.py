"""Which deployed processes an event starts (§10.5.2)."""

from __future__ import annotations

from engine import process_definitions
from engine.errors import Conflict
from engine.transaction import Transaction


def by_message(tx: Transaction, name: str) -> str | None:
    """The process whose newest version starts with the message; Conflict when several do."""
    keys = [key for key, message in process_definitions.start_messages(tx).items() if message == name]
    if len(keys) > 1:
        raise Conflict(f"消息“{name}”可以发起多个流程（{'、'.join(keys)}），请流程负责人改用不同的消息")
    return keys[0] if keys else None
