"""Several flows out of an activity or event are a split (§13.2.1): the gateway that means the same is spelled out.

Without conditions all flows get a token: a parallel gateway. With conditions, those that hold, else the default flow:
an inclusive gateway. The inserted gateway stands in no diagram, so the flows taken keep their drawn source.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, EVENTS, localname, nodes


def rewrite(process: etree._Element) -> None:
    """Insert a gateway behind every activity or event that splits."""
    for node in list(nodes(process)):
        if localname(node) in ACTIVITIES | EVENTS:
            _split(node)


def _split(node: etree._Element) -> None:
    scope = node.getparent()
    assert scope is not None
    node_id = node.get("id") or ""
    leaving = [flow for flow in scope.iterfind(f"{BPMN}sequenceFlow") if flow.get("sourceRef") == node_id]
    conditional = any(flow.find(f"{BPMN}conditionExpression") is not None for flow in leaving)
    if len(leaving) < 2 and not conditional:
        return
    gateway = etree.Element(f"{BPMN}{'inclusiveGateway' if conditional else 'parallelGateway'}", id=f"{node_id}#split")
    default = node.get("default")
    if default is not None:
        gateway.set("default", default)
        del node.attrib["default"]
    for flow in leaving:
        flow.set("sourceRef", f"{node_id}#split")
    scope.append(gateway)
    flow_id = f"{node_id}_to_{node_id}#split"
    etree.SubElement(scope, f"{BPMN}sequenceFlow", id=flow_id, sourceRef=node_id, targetRef=f"{node_id}#split")
