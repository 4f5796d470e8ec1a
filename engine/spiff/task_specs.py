"""Task specifications for the Camunda 7 dialect: parameters, decisions, services, data mappings."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ParallelMultiInstanceTask
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask as SpiffSubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from engine import decisions, expressions
from engine.diagram import Element, Mapping

SHADOWED = "shadowed"  # the outer values that input parameters hide while the activity runs


class Activity(BpmnSpecMixin):  # type: ignore[misc]
    """Input parameters live as long as the activity; output parameters go to the surrounding scope."""

    element: Element  # set by the parser

    def _update_hook(self, my_task: Task) -> bool:
        started = SHADOWED in my_task.internal_data
        super()._update_hook(my_task)
        if self.element.inputs and not started:
            self._set_inputs(my_task)
        return True

    def _set_inputs(self, my_task: Task) -> None:
        values = {
            name: my_task.workflow.script_engine.evaluate(my_task, source) for name, source in self.element.inputs
        }
        my_task.internal_data[SHADOWED] = {k: my_task.data[k] for k in values if k in my_task.data}
        my_task.data.update(values)

    def _on_complete_hook(self, my_task: Task) -> None:
        values = {}
        for name, source in self.element.outputs:
            values[name] = deepcopy(my_task.workflow.script_engine.evaluate(my_task, source))
            my_task.data[name] = values[name]
        for name, _ in self.element.inputs:
            my_task.data.pop(name, None)
        my_task.data.update(my_task.internal_data.pop(SHADOWED, {}))
        my_task.data.update(values)
        super()._on_complete_hook(my_task)


class UserTask(Activity):
    """Waits for a person."""

    def __init__(self, wf_spec: object, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True


class ServiceTask(Activity):
    """camunda:expression: evaluated once; effects (such as notify) are collected by the step."""

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        effects: dict[str, Callable[..., Any]] = engine.effects
        value = engine.value(my_task, self.element.camunda["expression"], effects)
        variable = self.element.camunda.get("resultVariable")
        if variable:
            my_task.data[variable] = value
        return True


class BusinessRuleTask(Activity):
    """camunda:decisionRef: one decision table, evaluated by our own evaluator."""

    decision: decisions.DecisionTable  # set by the compiler

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        result = decisions.evaluate(self.decision, my_task.data, engine.functions)
        variable = self.element.camunda.get("resultVariable")
        if variable:
            my_task.data[variable] = deepcopy(result.outputs)
        else:
            my_task.data.update(deepcopy(dict(result.outputs)))
        engine.decisions_taken.append(
            {
                "element": self.bpmn_id,
                "decision": self.element.camunda.get("decisionRef"),
                "rules": list(result.rule_ids),
                "clauses": list(result.clauses),
            }
        )
        return True


class SubProcess(SpiffSubWorkflowTask, Activity):  # type: ignore[misc]
    """An embedded sub-process shares the variables of the scope around it."""


class CallActivity(SpiffSubWorkflowTask, Activity):  # type: ignore[misc]
    """The called process gets only its camunda:in and gives back only its camunda:out."""

    def copy_data(self, my_task: Task, subworkflow: BpmnSubWorkflow) -> None:
        """Fill the called process's variables."""
        start = subworkflow.get_next_task(spec_name="Start")
        start.set_data(**_mapped(self.element.ins, my_task, my_task.data))

    def update_data(self, my_task: Task, subworkflow: BpmnSubWorkflow) -> None:
        """Take back what the called process gives."""
        my_task.data.update(_mapped(self.element.outs, my_task, subworkflow.last_task.data))


def _mapped(mappings: tuple[Mapping, ...], task: Task, source: dict[str, Any]) -> dict[str, Any]:
    engine = task.workflow.script_engine
    values: dict[str, Any] = {}
    for mapping in mappings:
        if mapping.all_variables:
            values.update(deepcopy(source))
        elif mapping.target and mapping.expression:
            value = expressions.evaluate(expressions.strip(mapping.expression), source, engine.functions)
            values[mapping.target] = deepcopy(value)
        elif mapping.target and mapping.source and mapping.source in source:
            values[mapping.target] = deepcopy(source[mapping.source])
    return values


class ParallelMultiInstance(ParallelMultiInstanceTask):  # type: ignore[misc]
    """As SpiffWorkflow's, but the collected list starts empty on every entry (rework loops)."""

    def init_data_output_with_input_data(self, my_task: Task, input_data: object) -> None:
        """Start collecting anew."""
        self.data_output.set(my_task, [])
