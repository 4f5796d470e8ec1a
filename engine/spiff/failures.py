"""A failed activity: held where it stands, its variables untouched, until it is tried again or its cause is gone."""

from __future__ import annotations

from dataclasses import dataclass

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Element
from engine.errors import MinhuError
from engine.spiff.compiled import CompiledProcess
from engine.spiff.events import delivery
from engine.spiff.events.sub_process_starts import EventSubProcessStart
from engine.spiff.events.throwing import UncaughtError
from engine.spiff.task_names import element_name

HELD = "held"  # in a task's internal data: True when only its completion is left, False when its work is


@dataclass(frozen=True)
class Failure:
    """What went wrong at which element; `task_id` is the token that waits there (or just before it)."""

    task_id: str
    process_key: str
    element_id: str
    name: str
    message: str
    clause: str | None


def on_failure(task: Task, error: Exception) -> bool:
    """Whether the diagram itself deals with a failed activity, for instance by an error boundary event.

    Called once per failure, before it becomes an incident. `task` is READY and untouched by the attempt. True: the
    function has moved the token on (the task is no longer READY). False: nothing was changed.
    """
    if isinstance(error, UncaughtError):
        return False
    return delivery.catch_failure(task, message_of(task, error))


def hold(task: Task, *, done: bool) -> None:
    """Keep a READY task from running; `done`: a person has already done the work of it."""
    task.internal_data[HELD] = done


def is_held(task: Task) -> bool:
    """Whether a task waits for its retry."""
    return HELD in task.internal_data and task._state == TaskState.READY


def release(task: Task) -> bool:
    """Let it run again; True when a person has done the work of it."""
    return bool(task.internal_data.pop(HELD))


def message_of(task: Task, error: Exception) -> str:
    """What people read, with the element's name."""
    name = element_name(task)
    if isinstance(error, MinhuError):
        return error.message if name in error.message else f"{name}：{error.message}"
    return f"{name}：执行出错（{type(error).__name__}：{error}），请流程负责人检查"[:1000]


def named(compiled: CompiledProcess, task_id: str, at: Task, error: Exception) -> Failure:
    """With the element that failed; a part SpiffWorkflow added is named by the activity around it."""
    element, task = compiled.element_of(at) or _started_by(compiled, at), at
    while element is None:
        above = task.parent or task.workflow.top_workflow.get_task_from_id(task.workflow.parent_task_id)
        element, task = compiled.element_of(above), above
    clause = getattr(error, "clause", None) or ",".join(element.clauses) or None
    key = compiled.owner[task.workflow.spec.name]
    return Failure(task_id, key, element.id, element.name, message_of(task, error), clause)


def _started_by(compiled: CompiledProcess, task: Task) -> Element | None:
    """The event sub-process whose start waits beside the flow."""
    if not isinstance(task.task_spec, EventSubProcessStart):
        return None
    return compiled.element(task.workflow.spec.name, task.task_spec.outputs[0].bpmn_id)
