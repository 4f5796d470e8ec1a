"""Tasks: their input and output parameters, and what each of them does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.task import Task

from engine import decisions
from engine.diagram import Element
from engine.spiff import revising, writes
from engine.spiff.events.compensation import remember
from engine.spiff.task_tree import OWN

SHADOWED = "shadowed"  # the outer values that input parameters hide while the activity runs


class Activity(BpmnSpecMixin):  # type: ignore[misc]
    """Input parameters live as long as the activity; output parameters go to the surrounding scope."""

    element: Element  # set by the parser
    handler: str | None = None  # the specification that undoes it; set by the parser

    def _update_hook(self, my_task: Task) -> bool:
        if SHADOWED in my_task.internal_data:
            return True  # it waits already, its parameters are set
        super()._update_hook(my_task)
        my_task.data.update(my_task.internal_data.get(OWN, {}))
        if self.element.inputs:
            self._set_inputs(my_task)
        return True

    def _set_inputs(self, my_task: Task) -> None:
        engine = my_task.workflow.script_engine
        values = {name: engine.evaluate(my_task, source) for name, source in self.element.inputs}
        my_task.internal_data[SHADOWED] = {k: my_task.data[k] for k in values if k in my_task.data}
        my_task.data.update(values)

    def outer_variables(self, my_task: Task) -> dict[str, Any]:
        """The variables around the activity while it runs: without its input parameters."""
        return self._without_inputs(my_task, my_task.data)

    def _without_inputs(self, my_task: Task, data: dict[str, Any]) -> dict[str, Any]:
        local = {name for name, _ in self.element.inputs}
        kept = {name: value for name, value in data.items() if name not in local}
        return {**kept, **my_task.internal_data.get(SHADOWED, {})}

    def _on_complete_hook(self, my_task: Task) -> None:
        engine, values = my_task.workflow.script_engine, {}
        for name, source in self.element.outputs:
            my_task.data[name] = values[name] = engine.evaluate(my_task, source)
        if self.element.inputs:
            my_task.data = self._without_inputs(my_task, my_task.data)
            my_task.internal_data.pop(SHADOWED, None)
            writes.forget(my_task, [name for name, _ in self.element.inputs])
        my_task.data.update(values)
        writes.note(my_task, values)
        super()._on_complete_hook(my_task)
        if self.handler is not None:
            remember(my_task, self.handler)
        if OWN in my_task.internal_data:
            my_task.parent.task_spec.instance_completed(my_task)


class UserTask(Activity):
    """Waits for a person."""

    def __init__(self, wf_spec: object, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True


class PassThroughTask(Activity):
    """A manual or abstract task: work outside the engine, which records that it was passed (§10.3.3)."""


class ServiceTask(Activity):
    """camunda:expression: evaluated once; what it causes (such as a notice) is collected by the step."""

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        effects: dict[str, Callable[..., Any]] = {
            **engine.effects,
            "revise": partial(revising.by_service_task, my_task),
        }
        value = engine.value(my_task, self.element.camunda["expression"], effects)
        variable = self.element.camunda.get("resultVariable")
        if variable:
            my_task.data[variable] = value
            writes.note(my_task, [variable])
        return True


class BusinessRuleTask(Activity):
    """camunda:decisionRef: one decision with those it requires, evaluated by our own evaluator."""

    decision: decisions.Decision  # set by the compiler

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        result = decisions.evaluate(self.decision, my_task.data, engine.functions)
        variable = self.element.camunda.get("resultVariable")
        outputs = {variable: result.outputs} if variable else result.outputs
        my_task.data.update(outputs)
        writes.note(my_task, outputs)
        engine.decisions_taken.append(
            {
                "element": self.bpmn_id,
                "decision": self.element.camunda.get("decisionRef"),
                "rules": list(result.rule_ids),
                "clauses": list(result.clauses),
            }
        )
        return True
