"""Which event definitions an event carries."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.diagram import BPMN, Element, flag, localname

REFERENCE = "eventDefinitionRef"


def definitions(node: etree._Element) -> Iterator[etree._Element]:
    """The definitions an event carries itself."""
    for child in node.iterchildren(f"{BPMN}*"):
        if localname(child).endswith("EventDefinition"):
            yield child


def kinds(node: etree._Element) -> list[str]:
    """message, timer, error … of each definition, in order."""
    return [localname(child).removesuffix("EventDefinition") for child in definitions(node)]


def position(element: Element) -> str:
    """Where an event stands: start, subProcessStart, catch, throw, boundaryNonInterrupting …"""
    node = element.node
    if element.type == "boundaryEvent":
        return "boundary" if flag(node, "cancelActivity", default=True) else "boundaryNonInterrupting"
    if element.type != "startEvent":
        return {"endEvent": "end", "intermediateCatchEvent": "catch", "intermediateThrowEvent": "throw"}[element.type]
    scope = node.getparent()
    if scope is None or localname(scope) == "process":
        return "start"
    if not flag(scope, "triggeredByEvent"):
        return "subProcessStart"
    interrupting = flag(node, "isInterrupting", default=True)
    return "eventSubProcessStart" if interrupting else "eventSubProcessStartNonInterrupting"
