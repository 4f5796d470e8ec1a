"""Variables changed in the middle of the way: wherever they live in a scope, and the date timers that follow them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task

from engine import variable_values
from engine.errors import InvalidInput
from engine.spiff.task_tree import scopes
from engine.spiff.timers import DateTimer


def by_service_task(task: Task, variables: Any) -> None:
    """`revise({…})` of a diagram: in the process the service task stands in, embedded sub-processes included.

    A process it calls has variables of its own, and so has the one that calls it. The step refreshes open user tasks.
    """
    if not isinstance(variables, Mapping) or not variables:
        raise InvalidInput("revise() 需要一组变量，如 revise({'due_at': until})")
    variable_values.check(variables)
    workflow = task.workflow.top_workflow
    own = _process_of(task.workflow)
    set_in([scope for scope in scopes(workflow) if _process_of(scope) is own], variables, even_new=True)
    rearm(workflow)
    workflow.script_engine.revised.append({"element": task.task_spec.bpmn_id, "variables": dict(variables)})


def set_in(where: Iterable[BpmnBaseWorkflow], variables: Mapping[str, Any], *, even_new: bool) -> None:
    """Change variables in every task of these scopes; `even_new`: also where they had no value yet."""
    for scope in where:
        for task in scope.tasks.values():
            for name, value in variables.items():
                if even_new or name in task.data:
                    task.data[name] = deepcopy(value)


def rearm(workflow: BpmnWorkflow) -> None:
    """Date timers that wait are set for the variables as they are now."""
    for task in list(workflow.event_manager.tasks.values()):
        definition = task.task_spec.event_definition
        if isinstance(definition, DateTimer):
            definition.arm(task)


def _process_of(scope: BpmnBaseWorkflow) -> BpmnBaseWorkflow:
    """The process a scope belongs to: itself, or the one around an embedded sub-process."""
    while scope.parent_task_id is not None:
        parent = scope.top_workflow.get_task_from_id(scope.parent_task_id)
        if not hasattr(parent.task_spec, "inner_writes"):  # called: it has variables of its own
            break
        scope = parent.workflow
    return scope
