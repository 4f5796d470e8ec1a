"""From the state an earlier version saved to today's layout: one function per format, from it to the next.

Each step changes plain values (ADR 0019); of the compiled process it only asks what kind of element a name stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.diagram import BPMN
from engine.errors import UnreadableState
from engine.spiff.compiled import CompiledProcess
from engine.spiff.task_specs import MultiInstance
from engine.spiff.task_specs.gateways import Gateway
from engine.spiff.task_specs.loops import COUNTER, WAITING
from engine.spiff.task_specs.scope_ends import ScopeEnd
from engine.spiff.task_tree import ARRIVED, OPEN, OWN

Document = list[Any]
PREDICTED = TaskState.PREDICTED_MASK | TaskState.FUTURE


def upgraded(compiled: CompiledProcess, document: Document, newest: int) -> Document:
    """The document in the format `newest`; UnreadableState when it is of a newer one."""
    if document[0] > newest:
        raise UnreadableState(
            f"该流程由更新的系统版本保存（状态格式 {document[0]}，本版本只认识到 {newest}），"
            "本次操作未生效，状态没有改动；请换回升级后的版本再办理"
        )
    while document[0] < newest:
        document = STEPS[document[0]](compiled, document)
    return document


@dataclass
class _Saved:
    """One task of a scope, with all the variables it sees."""

    id: str
    parent: str | None
    name: str
    state: int
    triggered: int
    children: list[str]
    internal: dict[str, Any]
    data: dict[str, Any]


@dataclass
class _Scope:
    """A process or sub-process that still runs."""

    spec: BpmnProcessSpec
    tasks: dict[str, _Saved]  # parents first

    @classmethod
    def read(cls, spec: BpmnProcessSpec, rows: list[Any]) -> _Scope:
        tasks: dict[str, _Saved] = {}
        for task_id, parent, name, state, triggered, children, internal, changed, missing in rows:
            inherited = tasks[parent].data if parent else {}
            data = {**{k: v for k, v in inherited.items() if k not in missing}, **changed}
            tasks[task_id] = _Saved(task_id, parent, name, state, triggered, children, internal, data)
        return cls(spec, tasks)

    def rows(self) -> list[Any]:
        """As they are saved: each task's variables as the difference from its parent's."""
        found = []
        for t in self.tasks.values():
            inherited = self.tasks[t.parent].data if t.parent else {}
            changed = {k: v for k, v in t.data.items() if k not in inherited or inherited[k] != v}
            missing = sorted(k for k in inherited if k not in t.data)
            found.append([t.id, t.parent, t.name, t.state, t.triggered, t.children, t.internal, changed, missing])
        return found

    def at(self, name: str, state: int) -> list[_Saved]:
        """The tasks of one element in one of these states."""
        return [task for task in self.tasks.values() if task.name == name and task.state & state]

    def is_below(self, task: _Saved, above: _Saved) -> bool:
        """Whether `above` lies between a task and the root."""
        while task.parent is not None:
            task = self.tasks[task.parent]
            if task is above:
                return True
        return False

    def drop(self, task: _Saved) -> None:
        """Take a task out with all below it."""
        for child in list(task.children):
            self.drop(self.tasks[child])
        if task.parent is not None:
            self.tasks[task.parent].children.remove(task.id)
        del self.tasks[task.id]


def _from_1(compiled: CompiledProcess, document: Document) -> Document:
    """Format 1 was written until SpiffWorkflow's own joins and multi-instances gave way to ours (commit 91ca94d)."""
    _, header, rows, inner = document
    scopes = [[None, compiled.spec.name, header, rows], *inner]
    for scope in scopes:
        spec = compiled.subprocess_specs.get(scope[1]) if scope[0] else compiled.spec
        if spec is None:
            continue  # loading refuses it
        _rename_ends(spec, scope[3])
        scope[3] = _rewritten(compiled, spec, scope[3])
    return [2, header, scopes[0][3], scopes[1:]]


def _rename_ends(spec: BpmnProcessSpec, rows: list[Any]) -> None:
    """The end that is added behind an activity nothing leads out of had another name."""
    for row in rows:
        if row[2] not in spec.task_specs and row[2].endswith("_implicit_end"):
            row[2] = row[2].removesuffix("_implicit_end") + "#end"


def _rewritten(compiled: CompiledProcess, spec: BpmnProcessSpec, rows: list[Any]) -> list[Any]:
    scope = _Scope.read(spec, rows)
    _forget_predictions(scope)
    for name, task_spec in spec.task_specs.items():
        if isinstance(task_spec, Gateway | ScopeEnd):
            _let_tokens_wait(scope, name)
        elif isinstance(task_spec, MultiInstance):
            for task in scope.at(name, TaskState.STARTED):
                _count_instances(scope, task, task_spec, _item_id(compiled, spec, task_spec))
    return scope.rows()


def _forget_predictions(scope: _Scope) -> None:
    """What lay far ahead was predicted; now only what directly follows an activity is, the rest when it comes near."""
    for task in list(scope.tasks.values()):
        if task.id not in scope.tasks or not task.state & PREDICTED or task.parent is None:
            continue
        above = scope.tasks[task.parent]
        kind = scope.spec.task_specs.get(above.name)
        if not above.state & OPEN or isinstance(kind, Gateway | ScopeEnd | CatchingEvent):
            scope.drop(task)


def _let_tokens_wait(scope: _Scope, name: str) -> None:
    """Of the tokens at a join only the last one waited, the earlier ones stood there cancelled until it fired."""
    waiting = scope.at(name, TaskState.WAITING)
    if not waiting:
        return
    fired = scope.at(name, TaskState.COMPLETED)
    earlier = [
        token
        for token in scope.at(name, TaskState.CANCELLED)
        if token.parent is not None
        and scope.tasks[token.parent].state == TaskState.COMPLETED
        and all(scope.is_below(token, before) for before in fired)
    ]
    for number, token in enumerate([*earlier, *waiting], 1):
        token.state = int(TaskState.WAITING)
        token.internal.setdefault(ARRIVED, number)
        token.data = dict(scope.tasks[token.parent or ""].data)


def _count_instances(scope: _Scope, task: _Saved, spec: MultiInstance, item_id: str | None) -> None:
    """All instances began at once, in the order of the items; the ended ones stayed, with their results."""
    if WAITING in task.internal:
        return  # begun by a version that wrote today's layout under this number
    instances = [scope.tasks[child] for child in task.children if scope.tasks[child].name == spec.task_spec]
    own = {name for name in (spec.item, item_id) if name}
    collected = []
    for number, instance in enumerate(instances):
        if instance.state & OPEN:
            del instance.internal["key_or_index"]
            instance.internal[OWN] = {name: instance.data[name] for name in own if name in instance.data}
            if spec.item and item_id in instance.data:
                instance.internal[OWN].setdefault(spec.item, instance.data[item_id])  # as it is known today
            instance.internal[OWN][COUNTER] = number
            instance.data[COUNTER] = number
        else:
            collected.append([number, instance.data.get(spec.result) if spec.result else None])
            scope.drop(instance)
    around = scope.tasks[task.parent or ""].data
    task.data = {name: value for name, value in task.data.items() if name not in own or name in around}
    del task.internal["merged"]
    task.internal |= {WAITING: [], "numbered": len(instances), "completed": len(collected), "terminated": 0}
    task.internal["collected"] = collected if spec.output is not None else []
    if spec.output is not None:
        task.data[spec.output] = [result for _, result in collected]


def _item_id(compiled: CompiledProcess, spec: BpmnProcessSpec, task_spec: MultiInstance) -> str | None:
    """The id of an item that also has a name: then the id was the variable."""
    element = compiled.element(spec.name, task_spec.bpmn_id)
    item = element.node.find(f".//{BPMN}inputDataItem") if element is not None else None
    return None if item is None else item.get("id")


STEPS: Mapping[int, Callable[[CompiledProcess, Document], Document]] = {1: _from_1}
