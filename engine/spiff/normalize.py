"""From the file as drawn to a copy that SpiffWorkflow executes the same way; the original stays untouched."""

from __future__ import annotations

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, CAMUNDA, localname, nodes
from engine.expressions import strip


def normalize(root: etree._Element) -> etree._Element:
    """A copy with multi-instance collections and implicit ends spelled out."""
    copy = etree.fromstring(etree.tostring(root))
    for process in copy.iter(f"{BPMN}process"):
        for node in list(nodes(process)):
            if localname(node) in ACTIVITIES:
                _spell_out_collection(node)
                _end_explicitly(node)
    return copy


def _spell_out_collection(node: etree._Element) -> None:
    loop = node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is None:
        return
    collection, element = loop.get(f"{CAMUNDA}collection"), loop.get(f"{CAMUNDA}elementVariable")
    if collection and loop.find(f"{BPMN}loopDataInputRef") is None:
        reference = etree.Element(f"{BPMN}loopDataInputRef")
        reference.text = strip(collection)
        loop.insert(0, reference)
    if element and loop.find(f"{BPMN}inputDataItem") is None:
        etree.SubElement(loop, f"{BPMN}inputDataItem", id=element, name=element)
    for item in loop.iterfind(f"{BPMN}outputDataItem"):
        item.set("id", item.get("name") or item.get("id") or "")  # SpiffWorkflow takes the id as variable name


def _end_explicitly(node: etree._Element) -> None:
    """BPMN lets a path end at an activity; SpiffWorkflow needs an end event there."""
    parent = node.getparent()
    if parent is None or any(
        flow.get("sourceRef") == node.get("id") for flow in parent.iterfind(f"{BPMN}sequenceFlow")
    ):
        return
    end = f"{node.get('id')}_implicit_end"
    etree.SubElement(parent, f"{BPMN}endEvent", id=end)
    flow_id = f"{node.get('id')}_to_implicit_end"
    etree.SubElement(parent, f"{BPMN}sequenceFlow", id=flow_id, sourceRef=node.get("id") or "", targetRef=end)
