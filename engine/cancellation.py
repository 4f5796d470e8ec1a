"""Cancel 终止: end an instance before its end, by hand and with a reason."""

from __future__ import annotations

from engine import incident_rows, process_instances, reasons
from engine.process_instance_rows import CANCELLED
from engine.process_instances import Step
from engine.transaction import Transaction


def cancel(tx: Transaction, instance_id: str, reason: str) -> Step:
    """Cancel every open task, timer and waiting event; there is no way back. Conflict when it has ended."""
    given = reasons.checked(reason)
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.cancel()
    loaded.state = CANCELLED
    incident_rows.resolve(tx, instance_id)
    return process_instances.save(tx, loaded, "instance.cancelled", detail={"reason": given})
