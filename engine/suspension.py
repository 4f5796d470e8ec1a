"""Suspend 挂起 and resume 恢复: while suspended nobody completes, no timer fires, messages wait in the inbox."""

from __future__ import annotations

from engine import process_instances, reasons
from engine.errors import Conflict
from engine.process_instance_rows import ACTIVE, SUSPENDED
from engine.process_instances import Step
from engine.transaction import Transaction


def suspend(tx: Transaction, instance_id: str, reason: str) -> Step:
    """Nothing moves any more until resumed; open tasks stay, due dates keep running. Conflict when suspended."""
    given = reasons.checked(reason)
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    if loaded.state == SUSPENDED:
        raise Conflict("该流程已经挂起，无需再次挂起，请刷新后查看")
    loaded.state = SUSPENDED
    return process_instances.save(tx, loaded, "instance.suspended", detail={"reason": given})


def resume(tx: Transaction, instance_id: str, reason: str) -> Step:
    """Timers that came due meanwhile fire now, messages that came meanwhile are delivered now."""
    given = reasons.checked(reason)
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    if loaded.state != SUSPENDED:
        raise Conflict("该流程没有挂起，无需恢复，请刷新后查看")
    loaded.state = ACTIVE
    loaded.execution.suspended = False
    process_instances.settle(tx, loaded, inbox=True)
    return process_instances.save(tx, loaded, "instance.resumed", detail={"reason": given})
