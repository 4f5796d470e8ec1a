"""Add 加签 and remove 减签 a participant of a multi-instance activity while it runs."""

from __future__ import annotations

from typing import Any

from engine import process_instances, reasons, variable_values
from engine.errors import InvalidInput
from engine.process_instances import Step
from engine.spiff import participants, tokens_by_hand
from engine.transaction import Transaction


def add(
    tx: Transaction,
    instance_id: str,
    process_key: str,
    element_id: str,
    item: Any,
    reason: str,
    *,
    user_task_id: str | None = None,
) -> Step:
    """One more instance for `item`, a new element of the activity's collection.

    Raises Conflict when the item has an unfinished instance, InvalidInput when the activity is no multi-instance.
    """
    given = reasons.checked(reason)
    variable_values.check({"item": item})
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.run()
    loaded.execution.by_hand(
        lambda workflow, compiled: participants.add(
            compiled,
            tokens_by_hand.place(workflow, compiled, process_key, element_id, user_task_id),
            item,
            user_task_id,
        )
    )
    process_instances.settle(tx, loaded)
    detail = {"reason": given, "item": item, "element": element_id}
    return process_instances.save(tx, loaded, "participant.added", detail=detail)


def remove(
    tx: Transaction,
    instance_id: str,
    process_key: str,
    element_id: str,
    reason: str,
    *,
    item: Any = None,
    user_task_id: str | None = None,
) -> Step:
    """End the instance in which a user task is open, or that of `item`; it leaves the collection, the others go on."""
    given = reasons.checked(reason)
    if item is None and user_task_id is None:
        message = "请指明要减签的参与者或其任务"
        raise InvalidInput(message, {"item": message})
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.run()
    gone: list[Any] = []
    loaded.execution.by_hand(
        lambda workflow, compiled: gone.append(
            participants.remove(
                workflow,
                compiled,
                tokens_by_hand.place(workflow, compiled, process_key, element_id, user_task_id),
                item,
                user_task_id,
            )
        )
    )
    process_instances.settle(tx, loaded)
    detail = {"reason": given, "item": gone[-1], "element": element_id}
    return process_instances.save(tx, loaded, "participant.removed", detail=detail)
