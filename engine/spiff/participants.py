"""Instances of a multi-instance activity that join or leave while it runs; its collection follows."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from engine.errors import Conflict, InvalidInput
from engine.expressions import strip
from engine.spiff import modification, tokens_by_hand
from engine.spiff.compiled import CompiledProcess
from engine.spiff.task_specs.loops import WAITING, MultiInstance, add_instance, remove_instance
from engine.spiff.task_tree import OWN
from engine.spiff.tokens_by_hand import Place


def add(compiled: CompiledProcess, place: Place, item: Any, user_task_id: str | None) -> None:
    """One more instance for `item`: at once in a parallel activity, after all others in a sequential one."""
    token = _running(compiled, place, user_task_id)
    known = [_item(each) for each in token.task_spec.instances(token)] + token.internal_data[WAITING]
    if item in known:
        raise Conflict(f"「{modification.named(place.element)}」中已有该参与者在办，不能重复加签")
    if known and type(item) is not type(known[0]):
        message = "参与者的类型与原有的不一致"
        raise InvalidInput(message, {"item": message})
    _change_collection(token, lambda items: [*items, item])
    add_instance(token, item)


def remove(workflow: BpmnWorkflow, compiled: CompiledProcess, place: Place, item: Any, user_task_id: str | None) -> Any:
    """End the instance of a user task, or of `item`, without its result; returns the item."""
    token = _running(compiled, place, user_task_id)
    leaving = _leaving(workflow, token, item, user_task_id)
    gone = item if leaving is None else _item(leaving)
    state = token.internal_data
    if len(token.task_spec.instances(token)) + len(state[WAITING]) + state["completed"] < 2:
        raise Conflict(f"「{modification.named(place.element)}」只有这一位参与者，不能减签；请改为取消整个环节")
    _change_collection(token, lambda items: _without(items, gone))
    if leaving is None:
        state[WAITING] = _without(state[WAITING], item)
        return gone
    remove_instance(leaving)
    return gone


def _running(compiled: CompiledProcess, place: Place, user_task_id: str | None) -> Task:
    name = modification.named(place.element)
    found = tokens_by_hand.at(compiled, place, user_task_id)
    if len(found) > 1:
        raise InvalidInput(f"「{name}」有多处正在办理，请指明其中一项任务", {"user_task_id": "请选择要调整的那一处"})
    spec = found[0].task_spec
    if not isinstance(spec, MultiInstance) or spec.item is None:
        raise InvalidInput(f"「{name}」不是按名单由多人办理（多实例）的环节，不能加签或减签")
    return found[0]


def _item(instance: Task) -> Any:
    return instance.internal_data[OWN][instance.parent.task_spec.item]


def _leaving(workflow: BpmnWorkflow, token: Task, item: Any, user_task_id: str | None) -> Task | None:
    """The running instance; None when the item has not begun."""
    instances: list[Task] = token.task_spec.instances(token)
    if user_task_id is not None and item is None:
        holders = {each.id for each in tokens_by_hand.holders(workflow, user_task_id)}
        found = next((each for each in instances if each.id in holders), None)
        if found is None:
            raise InvalidInput("所选任务不属于该环节的参与者", {"user_task_id": "请选择要减签的那一项任务"})
        return found
    for instance in instances:
        if _item(instance) == item:
            return instance
    if item in token.internal_data[WAITING]:
        return None
    raise Conflict("该参与者没有正在办理的任务：已办完或不在名单中，请刷新后查看")


def _change_collection(token: Task, change: Any) -> None:
    """The variable the collection was read from, when it is one."""
    name = strip(token.task_spec.collection)
    items = token.data.get(name)
    if isinstance(items, list):
        token.data = {**token.data, name: change(items)}


def _without(items: list[Any], gone: Any) -> list[Any]:
    at = items.index(gone) if gone in items else len(items)
    return [*items[:at], *items[at + 1 :]]
