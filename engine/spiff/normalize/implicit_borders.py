"""A scope without start event starts at every node nothing leads to; a path ends where nothing leads out (§13.2.1).

SpiffWorkflow needs events there.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from engine.diagram import BPMN, FLOW_NODES, SUB_PROCESSES, flag, localname


def rewrite(process: etree._Element) -> None:
    """Give every scope a start event, and every path an end event."""
    scopes = [process, *(node for node in process.iter() if _is_embedded(node))]
    for scope in scopes:
        children = [node for node in scope if isinstance(node.tag, str)]
        flows = [node for node in children if localname(node) == "sequenceFlow"]
        in_flow = [node for node in children if localname(node) in FLOW_NODES and not _stands_aside(node)]
        _start(scope, in_flow, {flow.get("targetRef") for flow in flows})
        _end(scope, in_flow, {flow.get("sourceRef") for flow in flows})


def _is_embedded(node: etree._Element) -> bool:
    return isinstance(node.tag, str) and node.tag.startswith(BPMN) and localname(node) in SUB_PROCESSES


def _stands_aside(node: etree._Element) -> bool:
    """No sequence flow leads in or out by its nature."""
    return (
        flag(node, "isForCompensation")
        or flag(node, "triggeredByEvent")
        or node.find(f"{BPMN}linkEventDefinition") is not None
        or (localname(node) == "boundaryEvent" and node.find(f"{BPMN}compensateEventDefinition") is not None)
    )


def _start(scope: etree._Element, nodes: Iterable[etree._Element], reached: set[str | None]) -> None:
    if any(localname(node) == "startEvent" for node in nodes):
        return
    first = [node for node in nodes if node.get("id") not in reached and localname(node) != "boundaryEvent"]
    if first:
        start = f"{scope.get('id')}#start"
        etree.SubElement(scope, f"{BPMN}startEvent", id=start)
        for node in first:
            _connect(scope, start, node.get("id") or "")


def _end(scope: etree._Element, nodes: Iterable[etree._Element], left: set[str | None]) -> None:
    for node in nodes:
        node_id = node.get("id") or ""
        if localname(node) not in ("endEvent", "startEvent") and node_id not in left:
            end = f"{node_id}#end"
            etree.SubElement(scope, f"{BPMN}endEvent", id=end)
            _connect(scope, node_id, end)


def _connect(scope: etree._Element, source: str, target: str) -> None:
    etree.SubElement(scope, f"{BPMN}sequenceFlow", id=f"{source}_to_{target}", sourceRef=source, targetRef=target)
