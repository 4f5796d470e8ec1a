"""Pools, message flows and lanes (§7.6.2, §9, §10.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, FLOW_NODES, localname, text_of
from engine.gate import definitions
from engine.gate.catalogue import Fault
from engine.gate.view import View, node_fault


def check(root: etree._Element) -> Iterator[Fault]:
    """Every fault of the file's collaborations."""
    known = {str(node.get("id")): node for node in root.iter(f"{BPMN}*") if node.get("id")}
    for participant in root.iter(f"{BPMN}participant"):
        yield from _multiplicity(participant)
    for flow in root.iter(f"{BPMN}messageFlow"):
        source, target = known.get(flow.get("sourceRef") or ""), known.get(flow.get("targetRef") or "")
        if source is None or target is None:
            continue  # said by the rule on references
        faults = [*_source(flow, source), *_target(flow, target)]
        if not faults and _pool(source, root) == _pool(target, root):
            faults = [node_fault("message-flow-pool", flow)]
        yield from faults or [node_fault("message-flow-ignored", flow)]


def _multiplicity(participant: etree._Element) -> Iterator[Fault]:
    multiplicity = participant.find(f"{BPMN}participantMultiplicity")
    if multiplicity is None:
        return
    try:
        least, most = int(multiplicity.get("minimum", "0")[:9]), int(multiplicity.get("maximum", "1")[:9])
    except ValueError:
        return  # said by the schema
    if least < 0 or most < 1 or most < least:
        yield node_fault("participant-multiplicity", participant)


def _source(flow: etree._Element, source: etree._Element) -> Iterator[Fault]:
    kind = localname(source)
    throws = kind in ("endEvent", "intermediateThrowEvent") and "message" in definitions.kinds(source)
    if kind != "participant" and kind not in ACTIVITIES and not throws:
        yield node_fault("message-flow-source", flow, source.get("name") or source.get("id") or "")


def _target(flow: etree._Element, target: etree._Element) -> Iterator[Fault]:
    kind = localname(target)
    catches = kind in ("startEvent", "intermediateCatchEvent", "boundaryEvent") and "message" in definitions.kinds(
        target
    )
    if kind != "participant" and kind not in ACTIVITIES and not catches:
        yield node_fault("message-flow-target", flow, target.get("name") or target.get("id") or "")


def _pool(node: etree._Element, root: etree._Element) -> str:
    """The process behind an end of a message flow; a pool without one stands for itself."""
    if localname(node) == "participant":
        return node.get("processRef") or f"#{node.get('id')}"
    process = next(node.iterancestors(f"{BPMN}process"), root)
    return process.get("id") or ""


def check_lanes(view: View) -> Iterator[Fault]:
    """Every fault of a process's lanes: a node stands in one lane of a set, and in its own process."""
    for lanes in view.diagram.node.iter(f"{BPMN}laneSet"):
        seen: dict[str, str] = {}
        for lane in lanes.iterchildren(f"{BPMN}lane"):
            yield from _lane(lane, seen, view)


def _lane(lane: etree._Element, seen: dict[str, str], view: View) -> Iterator[Fault]:
    name = lane.get("name") or lane.get("id") or ""
    inside: Mapping[str, etree._Element] = view.ids
    for reference in dict.fromkeys(text_of(child) for child in lane.iterfind(f"{BPMN}flowNodeRef")):
        node = inside.get(reference)
        if node is None or localname(node) not in FLOW_NODES:
            continue  # said by the rule on references
        if reference not in view.diagram.elements:
            yield node_fault("lane-process", lane, reference)
        elif seen.setdefault(reference, name) != name:
            yield Fault("lane-twice", reference, f"「{node.get('name') or reference}」", seen[reference])
