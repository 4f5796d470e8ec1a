"""Conditional events (§10.5.5): happen when their condition becomes true, whoever changed the variables it reads.

A condition that was true must become false before the event can happen again. While a variable it reads has no value,
it is not true.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from engine import expressions
from engine.errors import InvalidInput
from engine.spiff import writes
from engine.spiff.branch_data import current, leaving
from engine.spiff.events.catching import Reaction
from engine.spiff.events.definitions import FIRED, PAYLOAD, Definition
from engine.spiff.task_specs import SubProcess
from engine.spiff.task_tree import OWN, is_instance

WAS = "was"  # in a waiting event's internal data: whether the condition held when it was looked at last


class Condition(Definition):
    """Looked at whenever something may have changed a variable."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression)
        self.expression = expression

    def has_fired(self, my_task: Task) -> bool:
        """Whether the condition has become true since the event started waiting; at once when it is true then."""
        state = my_task.internal_data
        if not state.get(FIRED):
            variables = variables_around(my_task)
            holds = self._holds(my_task, variables)
            if holds and not state.get(WAS):
                state[FIRED] = True
                read = expressions.names(expressions.strip(self.expression))
                state[PAYLOAD] = {n: variables[n] for n in read if n in variables and n not in my_task.data}
            state[WAS] = holds
        return bool(state.get(FIRED))

    def _holds(self, task: Task, variables: dict[str, Any]) -> bool:
        try:
            return bool(task.workflow.script_engine.value(task, self.expression, variables=variables))
        except InvalidInput:
            if expressions.names(expressions.strip(self.expression)) <= variables.keys():
                raise
            return False

    def again(self, fired: Task) -> dict[str, Any] | None:
        """It was true just now."""
        return {WAS: True}


def look_again(workflow: BpmnWorkflow) -> None:
    """Look at every condition that is waited for."""
    for task in list(workflow.event_manager.tasks.values()):
        if isinstance(task.task_spec.event_definition, Condition):
            task.task_spec._update(task)


def variables_around(task: Task) -> dict[str, Any]:
    """The variables of the process as all its branches have them now, seen from one task."""
    if is_instance(task):  # what stands around the loop, with what this one instance has of its own so far
        around = variables_around(task.parent)
        data = leaving(task)[0]
        own = {*writes.differing(task.parent.data, data), *task.internal_data[OWN]}
        return {**around, **{name: data[name] for name in own if name in data}}
    scope = task.workflow
    last = None if isinstance(task.task_spec, Reaction) else task
    inner = current(scope, last)
    parent = scope.top_workflow.get_task_from_id(scope.parent_task_id) if scope.parent_task_id else None
    if parent is None or not isinstance(parent.task_spec, SubProcess):
        return inner
    outer = variables_around(parent)  # with what the sub-process would leave behind now
    return {**outer, **{name: inner[name] for name, _ in parent.task_spec.element.inputs if name in inner}}
