"""Activities that run a scope of their own: embedded sub-processes and called processes."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask as SpiffSubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import expressions
from engine.diagram import Mapping
from engine.spiff import writes
from engine.spiff.branch_data import current, current_writes
from engine.spiff.task_specs.activities import Activity
from engine.spiff.task_tree import line_to
from engine.spiff.writes import Writes


class Scope(SpiffSubWorkflowTask, Activity):  # type: ignore[misc]
    """Runs a scope of its own; a scope that was cancelled does not bring its activity back."""

    def _on_subworkflow_completed(self, subworkflow: BpmnSubWorkflow, my_task: Task) -> None:
        if not my_task._state & TaskState.FINISHED_MASK:
            super()._on_subworkflow_completed(subworkflow, my_task)


class SubProcess(Scope):
    """An embedded sub-process shares the variables of the scope around it."""

    def outer_variables(self, my_task: Task) -> dict[str, Any]:
        """What the sub-process has set so far counts outside too."""
        inner = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
        return self._without_inputs(my_task, my_task.data if inner is None else current(inner))

    def inner_writes(self, my_task: Task) -> Writes:
        """What was written in the sub-process so far, without its input parameters."""
        inner = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
        local = {name for name, _ in self.element.inputs}
        found = {} if inner is None else current_writes(inner)[1]
        return {name: number for name, number in found.items() if name not in local}

    def update_data(self, my_task: Task, subworkflow: BpmnSubWorkflow) -> None:
        """Its variables are those around it; they were written when they were, not when it ends."""
        my_task.data = dict(subworkflow.last_task.data)
        writes.keep(my_task, writes.along(line_to(subworkflow.last_task)))


class CallActivity(Scope):
    """The called process gets only its camunda:in and gives back only its camunda:out."""

    def copy_data(self, my_task: Task, subworkflow: BpmnSubWorkflow) -> None:
        """Fill the called process's variables."""
        start = subworkflow.get_next_task(spec_name="Start")
        start.set_data(**_mapped(self.element.ins, my_task, my_task.data))

    def update_data(self, my_task: Task, subworkflow: BpmnSubWorkflow) -> None:
        """Take back what the called process gives."""
        values = _mapped(self.element.outs, my_task, subworkflow.last_task.data)
        my_task.data.update(values)
        writes.note(my_task, values)


def _mapped(mappings: tuple[Mapping, ...], task: Task, source: dict[str, Any]) -> dict[str, Any]:
    engine = task.workflow.script_engine
    values: dict[str, Any] = {}
    for mapping in mappings:
        if mapping.all_variables:
            values.update(source)
        elif mapping.target and mapping.expression:
            stripped = expressions.strip(mapping.expression)
            values[mapping.target] = expressions.evaluate(stripped, source, engine.functions)
        elif mapping.target and mapping.source and mapping.source in source:
            values[mapping.target] = source[mapping.source]
    return values
