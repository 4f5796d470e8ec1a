"""Activities: what each kind must say, its loops, calls and compensation (§10.2, §10.3, §10.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagram import ACTIVITIES, BPMN, CAMUNDA, Diagram, Element, attributes, flag, text_of
from engine.gate import definitions
from engine.gate.catalogue import Fault, label
from engine.gate.view import View, fault, is_compensation, node_fault

LOOP_ATTRIBUTES = frozenset({"isSequential", "collection", "elementVariable", "asyncBefore", "asyncAfter", "id"})


def check(view: View, diagrams: Mapping[str, Diagram]) -> Iterator[Fault]:
    """Every fault of the process and its activities; `diagrams` are all of the deployment."""
    node = view.diagram.node
    if node.get("processType") == "Public" and view.diagram.executable:
        yield node_fault("public-executable", node)
    if not view.diagram.executable:
        yield node_fault("executable", node)
    for element in view.elements:
        if element.type in ACTIVITIES:
            if not element.name:
                yield fault("name", element)
            yield from _quantities(element)
            yield from _requirements(element, view)
            yield from _call(element, diagrams)
            yield from _loops(element, view)
            yield from _compensation(element, view)


def _quantities(element: Element) -> Iterator[Fault]:
    for name in ("startQuantity", "completionQuantity"):
        value = element.node.get(name, "1").strip()
        if value.lstrip("+-").isdecimal() and int(value[:20]) < 1:
            yield fault("quantity", element, name)


def _requirements(element: Element, view: View) -> Iterator[Fault]:
    if element.type == "userTask" and not (element.camunda.get("candidateGroups") or element.camunda.get("assignee")):
        yield fault("candidate", element)
    if element.type == "serviceTask" and not element.camunda.get("expression"):
        yield fault("task-expression", element)
    scripted = element.type == "scriptTask" and element.node.find(f"{BPMN}script") is not None
    if scripted and not element.node.get("scriptFormat"):
        yield fault("script-format", element)
    if element.type == "transaction" and element.node.get("method", "##Compensate") != "##Compensate":
        yield fault("transaction-method", element)
    if element.type in ("receiveTask", "sendTask"):
        if flag(element.node, "instantiate") and view.incoming[element.id]:
            yield fault("receive-instantiate", element)
        message = view.ids.get(element.node.get("messageRef") or "")
        if message is None or not message.get("name"):
            yield fault("receive-message", element)


def _call(element: Element, diagrams: Mapping[str, Diagram]) -> Iterator[Fault]:
    if element.type != "callActivity":
        return
    called = diagrams.get(element.called or "")
    if called is None:
        yield fault("called-element", element, element.called or "（空）")
    elif not _starts_bare(called):
        yield fault("called-start", element, called.key)
    if not element.ins:
        yield fault("mapping", element)


def _starts_bare(called: Diagram) -> bool:
    starts = [e for e in called.elements.values() if e.type == "startEvent" and e.scope == called.key]
    return not starts or any(not definitions.kinds(start.node) for start in starts)


def _loops(element: Element, view: View) -> Iterator[Fault]:
    loop = element.node.find(f"{BPMN}standardLoopCharacteristics")
    if loop is not None and not loop.get("loopMaximum") and not text_of(loop.find(f"{BPMN}loopCondition")):
        yield fault("standard-loop", element)
    loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is None:
        return
    collection = loop.get(f"{CAMUNDA}collection") or loop.find(f"{BPMN}loopDataInputRef") is not None
    cardinality = loop.find(f"{BPMN}loopCardinality") is not None
    if not collection and not cardinality:
        yield fault("loop", element, "多实例没有集合，请填写 camunda:collection")
    if collection and cardinality:
        yield fault("loop", element, "多实例的集合与次数只能填写一个，请删除其中之一")
    for name in ("loopCardinality", "completionCondition"):
        expression = loop.find(f"{BPMN}{name}")
        if expression is not None and not text_of(expression):
            yield fault("expression-empty", element, name)
    for key, _ in attributes(loop):
        if key.removeprefix(CAMUNDA) not in LOOP_ATTRIBUTES:
            yield fault("loop", element, f"多实例属性 {key.removeprefix(CAMUNDA)} 不会被执行，请删除")
    if loop.find(f"{BPMN}loopDataOutputRef") is None:
        parallel = not flag(loop, "isSequential")
        if element.type == "userTask" or (parallel and _sets_variables(element, view)):
            text = "多实例没有结果集合，各实例的数据会互相覆盖，请填写 loopDataOutputRef"
            yield fault("loop", element, text)


def _sets_variables(element: Element, view: View) -> bool:
    """Whether an activity changes variables around it."""
    if element.type in ("userTask", "receiveTask", "businessRuleTask"):
        return True
    if element.outputs or element.outs or "resultVariable" in element.camunda:
        return True
    return any(_sets_variables(inner, view) for inner in view.scopes.get(element.id, ()))


def _compensation(element: Element, view: View) -> Iterator[Fault]:
    """A handler is reached by the association of a compensation boundary event, and by nothing else."""
    if not is_compensation(element.node):
        return
    hosts = {event.id for events in view.boundaries.values() for event in events}
    sources = [source for source, target in view.associations if target == element.id and source in hosts]
    if not sources:
        yield Fault("compensation-unused", element.id, label(element.name, element.id))
