"""One instance as bytes: tasks as lists, each task's variables as the difference from its parent's.

The specification is not stored: it is compiled from the definition the instance stays on.
"""

from __future__ import annotations

import zlib
from typing import Any

import orjson
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.event import EventManager
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow, BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import UnreadableState
from engine.spiff import state_upgrade
from engine.spiff.compiled import CompiledProcess
from engine.spiff.script_engine import ScriptEngine

FORMAT = 2  # raise it when the layout, its meaning or a compiled name changes, with a step in state_upgrade (ADR 0019)
FAST = 1  # zlib level


def dump(workflow: BpmnWorkflow) -> bytes:
    """The whole state, compressed."""
    document = [
        FORMAT,
        _header(workflow),
        [_task(task) for task in workflow.tasks.values()],
        [
            [_hex(parent), sub.spec.name, _header(sub), [_task(task) for task in sub.tasks.values()]]
            for parent, sub in workflow.subprocesses.items()
        ],
    ]
    return zlib.compress(orjson.dumps(document), FAST)


def load(compiled: CompiledProcess, blob: bytes, engine: ScriptEngine) -> BpmnWorkflow:
    """The workflow as it was saved, bound to one step's script engine; UnreadableState when that is impossible."""
    document = orjson.loads(zlib.decompress(blob))
    if document[0] != FORMAT:
        document = state_upgrade.upgraded(compiled, document, FORMAT)
    _format, header, tasks, subworkflows = document
    workflow = BpmnWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=engine, deserializing=True)
    for row in tasks:
        _restore(row, workflow, workflow.event_manager)
    _restore_header(header, workflow)
    for parent_hex, name, sub_header, rows in subworkflows:
        parent = workflow.get_task_from_id(_task_id(parent_hex))
        spec = compiled.subprocess_specs.get(name)
        if spec is None:
            raise _unknown(name)
        sub = BpmnSubWorkflow(spec, parent.id, workflow, deserializing=True)
        for row in rows:
            _restore(row, sub, workflow.event_manager)
        _restore_header(sub_header, sub)
        workflow.subprocesses[parent.id] = sub
        sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    return workflow


def _header(workflow: BpmnBaseWorkflow) -> list[Any]:
    last = workflow.last_task
    last_id = _hex(last.id) if last is not None and last.id in workflow.tasks else None
    return [_hex(workflow.task_tree.id), last_id, workflow.success, workflow.completed, workflow.data]


def _restore_header(header: list[Any], workflow: BpmnBaseWorkflow) -> None:
    root, last, workflow.success, workflow.completed, workflow.data = header
    workflow.task_tree = workflow.tasks[_task_id(root)]
    workflow.last_task = workflow.tasks.get(_task_id(last)) if last else None


def _task(task: Task) -> list[Any]:
    parent = task.parent
    inherited = parent.data if parent is not None else {}
    changed = {
        k: v for k, v in task.data.items() if k not in inherited or (inherited[k] is not v and inherited[k] != v)
    }
    return [
        _hex(task.id),
        _hex(parent.id) if parent is not None else None,
        task.task_spec.name,
        task._state,
        int(task.triggered),
        [_hex(child) for child in task._children],
        task.internal_data,
        changed,
        sorted(inherited.keys() - task.data.keys()),
    ]


def _restore(row: list[Any], workflow: BpmnBaseWorkflow, events: EventManager) -> None:
    task_id, parent_id, spec_name, state, triggered, children, internal, changed, missing = row
    task = Task.__new__(Task)
    task.id = _task_id(task_id)
    task.workflow = workflow
    spec = workflow.spec.task_specs.get(spec_name)
    if spec is None:
        raise _unknown(spec_name)
    task.task_spec = spec
    task._parent = _task_id(parent_id) if parent_id else None
    task._children = [_task_id(child) for child in children]
    task._state = state
    task.triggered = bool(triggered)
    task.thread_id = 0
    task.last_state_change = 0.0
    task.internal_data = internal
    parent = workflow.tasks.get(task._parent)
    task.data = dict(parent.data) if parent is not None else {}  # values are never changed in place (ADR 0016)
    for name in missing:
        task.data.pop(name, None)
    task.data.update(changed)
    workflow.tasks[task.id] = task
    if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        events.tasks[task.id] = task


def _hex(task_id: str) -> str:
    return task_id.replace("-", "")


def _task_id(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _unknown(name: str) -> UnreadableState:
    return UnreadableState(
        f"该流程保存的状态中有本版本不认识的环节（{name}），本次操作未生效，状态没有改动；"
        "请换回升级前的版本，办完该环节或用“流程干预”的“调整环节”移到其他环节，再升级"
    )
