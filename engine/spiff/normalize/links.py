"""A pair of link events is a sequence flow drawn in two pieces (§10.5.5): the pieces are joined.

Both events stay as they are drawn and let the token pass, so the path shows them.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN

LINK = f"{BPMN}linkEventDefinition"


def rewrite(process: etree._Element) -> None:
    """Connect every throwing link to the catching link of the same name in its scope."""
    for throw in list(process.iter(f"{BPMN}intermediateThrowEvent")):
        definition = throw.find(LINK)
        scope = throw.getparent()
        if definition is None or scope is None:
            continue
        for catch in scope.iterfind(f"{BPMN}intermediateCatchEvent"):
            caught = catch.find(LINK)
            if caught is not None and caught.get("name") == definition.get("name"):
                _connect(scope, throw.get("id") or "", catch.get("id") or "")
    for catch in list(process.iter(f"{BPMN}intermediateCatchEvent")):
        if catch.find(LINK) is not None:
            catch.tag = f"{BPMN}intermediateThrowEvent"  # nothing to wait for


def _connect(scope: etree._Element, source: str, target: str) -> None:
    flow_id = f"{source}#link#{target}"
    etree.SubElement(scope, f"{BPMN}sequenceFlow", id=flow_id, sourceRef=source, targetRef=target)
