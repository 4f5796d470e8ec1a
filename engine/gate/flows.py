"""Sequence flows: where they may lead, what they may carry, and what every node needs of them (§7.6, §8.4.13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, FLOW_NODES, Element, Flow, flag, is_event_sub_process, localname
from engine.gate import definitions
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault, flow_fault, is_compensation

BRANCHING = frozenset({"exclusiveGateway", "inclusiveGateway"})
CONDITIONAL = ACTIVITIES | BRANCHING | {"complexGateway"}


def check(view: View) -> Iterator[Fault]:
    """Every fault of the process's flows."""
    for flow in view.diagram.flows.values():
        source, target = view.diagram.elements.get(flow.source), view.diagram.elements.get(flow.target)
        if source is None or target is None:
            yield _loose_end(flow, flow.source if source is None else flow.target, view)
            continue
        yield from _ends(flow, source, target)
        yield from _condition(flow, source, view)
        node = view.ids.get(flow.id)
        if node is not None and not flag(node, "isImmediate", default=True):
            yield flow_fault("flow-immediate", flow)
    pairs = Counter((flow.source, flow.target) for flow in view.diagram.flows.values())
    for (source_id, target_id), count in pairs.items():
        if count > 1:
            yield Fault("flow-twice", source_id, source_id, target_id)
    for element in view.elements:
        yield from _default(element, view)
        yield from _lists(element, view)


def _loose_end(flow: Flow, missing: str, view: View) -> Fault:
    node = view.ids.get(missing)
    if node is None:
        return flow_fault("flow-dangling", flow, missing or "（空）")
    if localname(node) in FLOW_NODES:
        return flow_fault("flow-pool", flow)
    return flow_fault("flow-end-type", flow, missing)


def _ends(flow: Flow, source: Element, target: Element) -> Iterator[Fault]:
    if source.scope != target.scope:
        yield flow_fault("flow-sub-process", flow)
    if target.type == "startEvent":
        yield flow_fault("flow-into-start", flow, target.id)
    if target.type == "boundaryEvent":
        yield flow_fault("flow-into-boundary", flow, target.id)
    if source.type == "endEvent":
        yield flow_fault("flow-out-of-end", flow, source.id)
    for end in (source, target):
        if is_event_sub_process(end.node):
            yield flow_fault("flow-event-sub-process", flow, end.id)
        elif is_compensation(end.node):
            yield flow_fault("flow-compensation", flow, end.id)


def _condition(flow: Flow, source: Element, view: View) -> Iterator[Fault]:
    siblings = view.outgoing[source.id]
    is_default = source.node.get("default") == flow.id
    if flow.condition is None:
        if source.type in BRANCHING and len(siblings) > 1 and not is_default:
            yield flow_fault("condition", flow)
        return
    if source.type not in CONDITIONAL:
        yield flow_fault("flow-condition-source", flow, source.id)
    elif is_default:
        yield flow_fault("default-condition", flow)
    elif source.type in ACTIVITIES and len(siblings) == 1:
        yield flow_fault("flow-condition-single", flow, source.id)
    elif not flow.condition:
        yield Fault("expression-empty", flow.id, f"连线「{flow.name or flow.id}」", "条件")


def _default(element: Element, view: View) -> Iterator[Fault]:
    own = view.outgoing[element.id]
    default = element.node.get("default")
    if default is not None and default not in {flow.id for flow in own}:
        yield fault("default-source", element, default)
    elif default is None and len(own) > 1:
        all_conditional = element.type in ACTIVITIES and all(flow.condition is not None for flow in own)
        if element.type in BRANCHING or all_conditional:
            yield fault("default-flow", element)


def _lists(element: Element, view: View) -> Iterator[Fault]:
    """What an element lists as its flows, if it lists any, are its flows."""
    for kind, flows in (("incoming", view.incoming), ("outgoing", view.outgoing)):
        listed = [(child.text or "").strip() for child in element.node.iterfind(f"{BPMN}{kind}")]
        if listed and sorted(listed) != sorted(flow.id for flow in flows[element.id]):
            yield fault("flow-lists", element, kind)


def is_outside_flow(node: etree._Element) -> bool:
    """Nothing leads in and nothing leads out: event sub-processes and compensation activities."""
    return is_event_sub_process(node) or is_compensation(node)


def needs_incoming(element: Element) -> bool:
    """Whether something must lead to the element once its scope has a start event."""
    if element.type in ("startEvent", "boundaryEvent"):
        return False
    return not is_outside_flow(element.node) and not (
        element.type == "intermediateCatchEvent" and definitions.kinds(element.node) == ["link"]
    )
