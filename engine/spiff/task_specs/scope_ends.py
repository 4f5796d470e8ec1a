"""Where a process or sub-process ends: when its last token has reached an end event (§13.5.6)."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.events.sub_process_starts import is_waiting, stop_waiting
from engine.spiff.task_specs.tokens import arrive, consume


class ScopeEnd(BpmnTaskSpec):  # type: ignore[misc]
    """Keeps every token that arrived; the last one takes the variables of all of them."""

    def _predict_hook(self, my_task: Task) -> None:
        """Nothing: what follows is created when the scope ends."""

    def _update_hook(self, my_task: Task) -> bool:
        arrive(my_task)
        tasks = my_task.workflow.tasks.values()
        unfinished = (t for t in tasks if t._state & TaskState.NOT_FINISHED_MASK and t.task_spec is not self)
        if any(not is_waiting(task) for task in unfinished):
            return False
        consume(my_task, [t for t in tasks if t.task_spec is self and t._state == TaskState.WAITING])
        return True

    def _run_hook(self, my_task: Task) -> bool:
        stop_waiting(my_task.workflow)
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        my_task.workflow.data.update(my_task.data)
        return True


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A process or sub-process whose end is ours."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        replaced: BpmnTaskSpec = self.task_specs[f"{name}.EndJoin"]
        del self.task_specs[replaced.name]
        self.end = ScopeEnd(self, replaced.name)
        self.end.outputs = replaced.outputs
