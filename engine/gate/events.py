"""Events: which definition may stand where, and what each definition must say (§10.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, EVENTS, Element, flag, is_event_sub_process, localname, text_of
from engine.gate import coverage, definitions
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault, is_compensation

SECTIONS = {
    "start": "BPMN 2.0.2 §10.5.2",
    "subProcessStart": "BPMN 2.0.2 §10.5.2",
    "eventSubProcessStart": "BPMN 2.0.2 §10.5.2",
    "eventSubProcessStartNonInterrupting": "BPMN 2.0.2 §10.5.2",
    "end": "BPMN 2.0.2 §10.5.3",
}
NAMES = {
    **{"none": "无类型事件", "message": "消息事件", "timer": "定时事件", "error": "错误事件", "escalation": "升级事件"},
    **{"cancel": "取消事件", "compensate": "补偿事件", "conditional": "条件事件", "link": "链接事件"},
    **{"signal": "信号事件", "terminate": "终止事件", "multiple": "多重事件", "parallelMultiple": "并行多重事件"},
}
CATCHING = frozenset({"startEvent", "boundaryEvent", "intermediateCatchEvent"})
TIMES = ("timeDate", "timeDuration", "timeCycle")


def check(view: View) -> Iterator[Fault]:
    """Every fault of the process's events."""
    for element in view.elements:
        if element.type in EVENTS:
            yield from _place(element)
            yield from _attributes(element)
            yield from _parameters(element)
            for definition in definitions.definitions(element.node):
                yield from _definition(element, definition, view)
            if element.type == "boundaryEvent":
                yield from _boundary(element, view)
    for elements in view.scopes.values():
        yield from _links(elements, view)
        yield from _same_trigger(elements, view)


def _place(element: Element) -> Iterator[Fault]:
    """Each definition must be one the position allows."""
    place, found = definitions.position(element), definitions.kinds(element.node)
    kinds = set(found) or {"none"}
    if element.node.find(f"{BPMN}{definitions.REFERENCE}") is not None:
        kinds.discard("none")
    for kind in sorted(kinds):
        known = [f"{place}/timerDate"] if kind == "timer" else [f"{place}/{kind}"]
        if not any(feature in coverage.table() for feature in known):
            name = NAMES.get(kind, kind)
            yield fault("event-definition", element, name, SECTIONS.get(place, "BPMN 2.0.2 §10.5.4"))


def _attributes(element: Element) -> Iterator[Fault]:
    node, many = element.node, len(definitions.kinds(element.node))
    if flag(node, "parallelMultiple") and many < 2:
        yield fault("parallel-multiple", element)
    if not flag(node, "isInterrupting", default=True):
        scope = node.getparent()
        if scope is None or not is_event_sub_process(scope):
            yield fault("start-interrupting", element)


def _parameters(element: Element) -> Iterator[Fault]:
    """Input parameters are what a thrown message or signal carries; nothing else takes any."""
    kinds = definitions.kinds(element.node)
    carries = element.type in ("intermediateThrowEvent", "endEvent") and kinds[:1] in (["message"], ["signal"])
    if element.outputs or (element.inputs and not carries):
        yield fault("event-parameter", element)


def _definition(element: Element, node: etree._Element, view: View) -> Iterator[Fault]:
    kind = localname(node).removesuffix("EventDefinition")
    throws = element.type not in CATCHING
    if kind == "timer":
        yield from _timer(element, node)
    elif kind in ("message", "signal"):
        if not _name_of(node.get(f"{kind}Ref"), view):
            yield fault(kind, element)
    elif kind in ("error", "escalation") and throws:
        yield from _thrown(element, kind, node.get(f"{kind}Ref"), view)
    elif kind == "conditional" and not text_of(node.find(f"{BPMN}condition")):
        yield fault("event-condition", element)
    elif kind == "link" and not node.get("name"):
        yield fault("link-name", element)
    elif kind == "cancel":
        yield from _cancel(element, view)


def _name_of(reference: str | None, view: View) -> str:
    node = view.ids.get(reference or "")
    return (node.get("name") or "") if node is not None else ""


def _timer(element: Element, node: etree._Element) -> Iterator[Fault]:
    times = [child for child in node.iterchildren(f"{BPMN}*") if localname(child) in TIMES]
    if len(times) != 1:
        yield fault("timer", element)
    elif not text_of(times[0]):
        yield fault("expression-empty", element, localname(times[0]))


def _thrown(element: Element, kind: str, reference: str | None, view: View) -> Iterator[Fault]:
    node = view.ids.get(reference or "")
    if not reference:
        yield fault(f"{kind}-ref", element)
    elif node is not None and localname(node) == kind and not node.get(f"{kind}Code"):
        yield fault(f"{kind}-code", element)


def _cancel(element: Element, view: View) -> Iterator[Fault]:
    if element.type == "endEvent" and localname(view.scope_node(element.scope)) != "transaction":
        yield fault("cancel-place", element)
    if element.type == "boundaryEvent":
        host = view.diagram.elements.get(element.attached_to or "")
        if host is not None and host.type != "transaction":
            yield fault("cancel-place", element)


def _boundary(element: Element, view: View) -> Iterator[Fault]:
    host = view.diagram.elements.get(element.attached_to or "")
    if host is None or host.scope != element.scope or host.type not in ACTIVITIES or is_event_sub_process(host.node):
        yield fault("boundary-host", element)
    outgoing = view.outgoing[element.id]
    if definitions.kinds(element.node) != ["compensate"]:
        if not outgoing:
            yield fault("boundary-outgoing", element)
        return
    if outgoing:
        yield fault("compensation-outgoing", element)
    targets = [view.diagram.elements.get(target) for source, target in view.associations if source == element.id]
    if len(targets) != 1 or targets[0] is None or not is_compensation(targets[0].node):
        yield fault("compensation-handler", element)


def _links(elements: list[Element], view: View) -> Iterator[Fault]:
    """Pairs are made by name, within one scope."""
    linked = [(e, definition.get("name") or "") for e in elements for definition in _link_definitions(e)]
    targets = Counter(name for e, name in linked if e.type == "intermediateCatchEvent")
    sources = {name for e, name in linked if e.type == "intermediateThrowEvent"}
    for element, name in linked:
        catches = element.type == "intermediateCatchEvent"
        wrong_side = view.incoming[element.id] if catches else view.outgoing[element.id]
        if wrong_side:
            yield fault("link-flow", element)
        if not catches and name and targets[name] != 1:
            yield fault("link-target", element, name)
        if catches and name and name not in sources:
            yield fault("link-source", element, name)


def _link_definitions(element: Element) -> Iterator[etree._Element]:
    if element.type in ("intermediateCatchEvent", "intermediateThrowEvent"):
        yield from element.node.iterfind(f"{BPMN}linkEventDefinition")


def _same_trigger(elements: list[Element], view: View) -> Iterator[Fault]:
    """One interrupting event of a scope starts one event sub-process (§10.5.6)."""
    seen: dict[tuple[str, str], Element] = {}
    for element in elements:
        if not is_event_sub_process(element.node):
            continue
        for start in view.scopes.get(element.id, []):
            if start.type == "startEvent" and flag(start.node, "isInterrupting", default=True):
                for trigger in _triggers(start):
                    first = seen.setdefault(trigger, element)
                    if first is not element:
                        yield fault("event-sub-process-same", element, first.name or first.id)


def _triggers(start: Element) -> Iterator[tuple[str, str]]:
    for node in definitions.definitions(start.node):
        kind = localname(node).removesuffix("EventDefinition")
        if kind in ("message", "signal", "error", "escalation"):
            yield kind, node.get(f"{kind}Ref") or ""
