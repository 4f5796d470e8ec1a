"""camunda:collection and camunda:elementVariable become the loop data of the standard."""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN, CAMUNDA
from engine.expressions import strip


def rewrite(process: etree._Element) -> None:
    """Spell out the collection of every multi-instance activity."""
    for loop in process.iter(f"{BPMN}multiInstanceLoopCharacteristics"):
        _spell_out(loop)


def _spell_out(loop: etree._Element) -> None:
    collection, element = loop.get(f"{CAMUNDA}collection"), loop.get(f"{CAMUNDA}elementVariable")
    if collection and loop.find(f"{BPMN}loopDataInputRef") is None:
        reference = etree.Element(f"{BPMN}loopDataInputRef")
        reference.text = strip(collection)
        loop.insert(0, reference)
    if element and loop.find(f"{BPMN}inputDataItem") is None:
        etree.SubElement(loop, f"{BPMN}inputDataItem", id=element, name=element)
    for item in loop.iterfind(f"{BPMN}outputDataItem"):
        item.set("id", item.get("name") or item.get("id") or "")  # SpiffWorkflow takes the id as variable name
