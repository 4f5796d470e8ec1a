"""Which event definitions an event carries."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.diagram import BPMN, Element, localname

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
        return "boundary" if node.get("cancelActivity") not in ("false", "0") else "boundaryNonInterrupting"
    if element.type != "startEvent":
        return {"endEvent": "end", "intermediateCatchEvent": "catch", "intermediateThrowEvent": "throw"}[element.type]
    scope = node.getparent()
    if scope is None or localname(scope) == "process":
        return "start"
    if scope.get("triggeredByEvent") not in ("true", "1"):
        return "subProcessStart"
    interrupting = node.get("isInterrupting") not in ("false", "0")
    return "eventSubProcessStart" if interrupting else "eventSubProcessStartNonInterrupting"
