"""Events that wait: intermediate catch events and boundary events."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent as SpiffBoundaryEvent
from SpiffWorkflow.bpmn.specs.defaults import IntermediateCatchEvent
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.events.gateway import EventBasedGateway, withdraw_rivals
from engine.spiff.task_tree import SEEN


class Catching(CatchingEvent):  # type: ignore[misc]
    """Waits until its definition has fired; a cancelled event never waits again."""

    def _predict_hook(self, my_task: Task) -> None:
        """Nothing: what follows is created when the event has happened."""

    def _update_hook(self, my_task: Task) -> bool:
        if my_task._state & TaskState.FINISHED_MASK:
            return False
        my_task._set_state(TaskState.WAITING)  # a condition is looked at with what its own token brings
        return bool(super()._update_hook(my_task))

    def _run_hook(self, my_task: Task) -> bool:
        self.event_definition.update_task_data(my_task)
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class CatchEvent(Catching, IntermediateCatchEvent):  # type: ignore[misc]
    """Intermediate catch event, in the flow or behind an event-based gateway."""

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        if isinstance(my_task.parent.task_spec, EventBasedGateway):
            withdraw_rivals(my_task)


class Reaction(Catching):
    """Stands beside the flow: interrupts what it watches, or goes on waiting for the next time."""

    interrupting: bool

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        look_around(my_task, self.variables_now(my_task))
        if self.interrupting:
            self.interrupt(my_task)
            return
        again = self.event_definition.again(my_task)
        if again is not None:
            wait_again(my_task, again)

    def variables_now(self, my_task: Task) -> dict[str, Any]:
        """The variables of what this event watches, as they are when it happens."""
        raise NotImplementedError

    def interrupt(self, my_task: Task) -> None:
        """End what this event watches."""
        raise NotImplementedError


def look_around(fired: Task, variables: dict[str, Any]) -> None:
    """The path that follows sees the variables as they are now, without counting as the one that set them."""
    around = fired.parent.data
    fired.internal_data[SEEN] = {k: v for k, v in variables.items() if k not in around or around[k] != v}
    fired.data = dict(variables)


def wait_again(fired: Task, internal_data: dict[str, Any]) -> None:
    """A fresh task beside the one that fired waits for the next time."""
    following = fired.parent._add_child(fired.task_spec, TaskState.WAITING)
    following.triggered = True  # SpiffWorkflow keeps it although the specification names it once
    following.internal_data.update(internal_data)
    following.task_spec._update(following)


class BoundaryEvent(Reaction, SpiffBoundaryEvent):  # type: ignore[misc]
    """On the border of an activity: interrupting, or once more for every time it happens (§10.5.4)."""

    @property
    def interrupting(self) -> bool:  # type: ignore[override]
        """cancelActivity."""
        return bool(self.cancel_activity)

    def variables_now(self, my_task: Task) -> dict[str, Any]:
        """The variables around the activity, with what an embedded sub-process has set so far."""
        host = host_of(my_task)
        outer = getattr(host.task_spec, "outer_variables", None)
        return dict(host.data) if outer is None else outer(host)

    def interrupt(self, my_task: Task) -> None:
        """Cancel the activity and the other events on its border."""
        for beside in my_task.parent.children:
            fired = isinstance(beside.task_spec, BoundaryEvent) and not beside.has_state(TaskState.WAITING)
            if not fired and not beside.has_state(TaskState.FINISHED_MASK):
                beside.cancel()


def host_of(boundary: Task) -> Task:
    """The activity a boundary event watches."""
    assert isinstance(boundary.parent.task_spec, BoundaryEventSplit)
    return next(t for t in boundary.parent.children if not isinstance(t.task_spec, SpiffBoundaryEvent))
