"""Everything the process does by itself until only people, messages or time can move it on."""

from __future__ import annotations

from collections.abc import Callable

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import StuckInstance
from engine.spiff import failures
from engine.spiff.events import conditions
from engine.spiff.task_tree import scopes

MOST_ROUNDS = 1_000  # of automatic work in one step; more means a loop that never waits

Perform = Callable[[Task], None]


def do_all(workflow: BpmnWorkflow, perform: Perform) -> None:
    """Fire due timers and run what is ready until nothing is; StuckInstance when there is no end to it."""
    for _ in range(MOST_ROUNDS):
        workflow.refresh_timers()
        conditions.look_again(workflow)
        if not any(_runs_by_itself(task) for scope in scopes(workflow) for task in scope.tasks.values()):
            return
        while _one_pass(workflow, perform):
            pass
    raise StuckInstance("流程在自动环节中反复循环，请流程负责人检查图上的循环条件")


def _one_pass(workflow: BpmnWorkflow, perform: Perform) -> bool:
    """As SpiffWorkflow's `do_engine_steps`: the deepest sub-processes first. True when there may be more."""
    active = workflow.get_active_subprocesses()
    for sub in sorted(active, key=lambda each: each.depth, reverse=True):
        while _run_ready(sub, perform):
            pass
        parent = workflow.get_task_from_id(sub.parent_task_id)
        parent.task_spec._update(parent)
    ran = _run_ready(workflow, perform)
    return ran or len(workflow.get_active_subprocesses()) > len(active)


def _run_ready(scope: BpmnBaseWorkflow, perform: Perform) -> bool:
    ready = [task for task in scope.get_tasks(state=TaskState.READY) if _runs_by_itself(task)]
    for task in ready:
        if _runs_by_itself(task):  # an earlier one of this pass may have cancelled it
            perform(task)
            conditions.look_again(scope.top_workflow)
    return bool(ready)


def _runs_by_itself(task: Task) -> bool:
    return task._state == TaskState.READY and not task.task_spec.manual and not failures.is_held(task)
