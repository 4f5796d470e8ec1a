"""What a step did to one task, in terms of the diagram: whether its element was entered, completed or cancelled."""

from __future__ import annotations

from typing import NamedTuple

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import GATEWAYS
from engine.spiff.events.gateway import EventBasedGateway
from engine.spiff.patches import WITHDRAWN
from engine.spiff.task_tree import OPEN

REACHED = OPEN | TaskState.COMPLETED
WHEN_DONE = GATEWAYS | {"boundaryEvent"}


class Visit(NamedTuple):
    """`flow`: the sequence flow that leads into the element was taken now."""

    entered: bool
    flow: bool
    completed: bool
    cancelled: bool


def visit(task: Task, element_type: str, before: int) -> Visit:
    """`before` is the task's state when the step began, 0 when there was none."""
    done = task._state == TaskState.COMPLETED and before != TaskState.COMPLETED
    reached = bool(task._state & REACHED and not before & REACHED)
    was_open = bool(before & OPEN) or WITHDRAWN in task.internal_data
    cancelled = task._state == TaskState.CANCELLED != before and was_open
    parent = task.parent
    if parent is not None and isinstance(parent.task_spec, EventBasedGateway):
        # the token stays at the gateway until one of its events has happened
        return Visit(entered=done, flow=done, completed=done, cancelled=False)
    if element_type in WHEN_DONE:
        return Visit(entered=done, flow=reached, completed=done, cancelled=False)
    came_and_went = cancelled and not before & REACHED
    return Visit(entered=reached or came_and_went, flow=reached or came_and_went, completed=done, cancelled=cancelled)


def left_event_gateway(task: Task, before: int) -> str | None:
    """How an event-based gateway's token moved on with this event of it: "completed", "cancelled" or not at all."""
    gateway = task.parent
    if gateway is None or not isinstance(gateway.task_spec, EventBasedGateway):
        return None
    if task._state == TaskState.COMPLETED and before != TaskState.COMPLETED:
        return "completed"
    last = gateway.children[-1]
    withdrawn = all(t._state == TaskState.CANCELLED for t in gateway.children)
    return "cancelled" if task is last and before & OPEN and withdrawn else None
