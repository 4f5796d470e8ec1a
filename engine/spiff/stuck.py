"""Whether a running instance can still move: something is ready, or waits for what may come."""

from __future__ import annotations

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.events.catching import Reaction
from engine.spiff.task_specs import Loop
from engine.spiff.task_tree import scopes


def is_stuck(workflow: BpmnWorkflow) -> bool:
    """Events that stand beside the flow keep nothing alive: what they watch must be alive itself."""
    if workflow.completed:
        return False
    return not any(_lives(task) for scope in scopes(workflow) if not scope.completed for task in scope.tasks.values())


def _lives(task: Task) -> bool:
    spec = task.task_spec
    if task._state == TaskState.READY:
        return True
    if task._state == TaskState.WAITING:
        return isinstance(spec, CatchingEvent) and not isinstance(spec, Reaction)
    return task._state == TaskState.STARTED and not isinstance(spec, SubWorkflowTask | Loop)
