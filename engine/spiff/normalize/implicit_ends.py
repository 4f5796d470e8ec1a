"""BPMN lets a path end at an activity (§13.2.1); SpiffWorkflow needs an end event there."""

from __future__ import annotations

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, localname, nodes


def rewrite(process: etree._Element) -> None:
    """Give every activity without an outgoing flow an end event of its own."""
    for node in list(nodes(process)):
        if localname(node) in ACTIVITIES:
            _end_explicitly(node)


def _end_explicitly(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is None or any(
        flow.get("sourceRef") == node.get("id") for flow in parent.iterfind(f"{BPMN}sequenceFlow")
    ):
        return
    end = f"{node.get('id')}_implicit_end"
    etree.SubElement(parent, f"{BPMN}endEvent", id=end)
    flow_id = f"{node.get('id')}_to_implicit_end"
    etree.SubElement(parent, f"{BPMN}sequenceFlow", id=flow_id, sourceRef=node.get("id") or "", targetRef=end)
