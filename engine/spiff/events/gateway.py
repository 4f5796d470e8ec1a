"""Event-based gateway: the first of its events wins, the others are withdrawn (§10.6.6)."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


class EventBasedGateway(BpmnSpecMixin):  # type: ignore[misc]
    """Lets all its events wait; each is a task of its own, so two timers never share a value."""

    def _predict_hook(self, my_task: Task) -> None:
        """Nothing: its events are created when it runs."""

    def _run_hook(self, my_task: Task) -> bool:
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        return True


def withdraw_rivals(winner: Task) -> None:
    """Cancel the other events of the winner's gateway."""
    for rival in winner.parent.children:
        if rival is not winner:
            rival.cancel()
