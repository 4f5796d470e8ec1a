"""The start of an event sub-process: waits beside the flow for as long as the scope around it runs (§13.5.4)."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.branch_data import current
from engine.spiff.events.catching import Reaction


class EventSubProcessStart(Reaction, BpmnTaskSpec):  # type: ignore[misc]
    """Stands in the scope around the event sub-process, which follows it; the start event inside only passes on."""

    def __init__(self, wf_spec: object, name: str, definition: EventDefinition, *, interrupting: bool) -> None:
        super().__init__(wf_spec, name, definition)
        self.interrupting = interrupting

    def variables_now(self, my_task: Task) -> dict[str, Any]:
        """The variables of the scope it watches."""
        return current(my_task.workflow)

    def interrupt(self, my_task: Task) -> None:
        """Cancel everything else in the scope, the other event sub-processes included."""
        for line in my_task.parent.children:
            if line is not my_task:
                line.cancel()


def stop_waiting(scope: BpmnBaseWorkflow) -> None:
    """The scope has ended: nothing starts its event sub-processes any more."""
    for task in waiting_in(scope):
        task.cancel()


def waiting_in(scope: BpmnBaseWorkflow) -> list[Task]:
    """The starts of event sub-processes that wait in a scope."""
    return [task for task in scope.tasks.values() if is_waiting(task)]


def is_waiting(task: Task) -> bool:
    """Whether a task only stands beside the flow: it does not keep its scope open."""
    return task._state == TaskState.WAITING and isinstance(task.task_spec, EventSubProcessStart)
