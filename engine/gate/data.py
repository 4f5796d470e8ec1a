"""Items and data (§10.4): what the standard wants of them, whether or not they are executed."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.diagram import BPMN, flag, localname, text_of
from engine.gate.catalogue import Fault
from engine.gate.view import View, node_fault

SUBSETS = {
    "optionalInputRefs": "dataInputRefs",
    "whileExecutingInputRefs": "dataInputRefs",
    "optionalOutputRefs": "dataOutputRefs",
    "whileExecutingOutputRefs": "dataOutputRefs",
}


def check(view: View) -> Iterator[Fault]:
    """Every fault of the process's data."""
    for node in view.diagram.node.iter(f"{BPMN}*"):
        kind = localname(node)
        if kind == "ioSpecification":
            yield from _sets(node)
        elif kind in ("dataInputAssociation", "dataOutputAssociation"):
            yield from _sources(node)
        elif kind in ("dataObject", "dataInput", "dataOutput"):
            yield from _collection(node, view)


def _sources(node: etree._Element) -> Iterator[Fault]:
    owner = node.getparent()
    if len(node.findall(f"{BPMN}sourceRef")) > 1 and node.find(f"{BPMN}transformation") is None:
        yield node_fault("data-sources", owner if owner is not None else node)


def _sets(node: etree._Element) -> Iterator[Fault]:
    for kind, group in (("dataInput", "inputSet"), ("dataOutput", "outputSet")):
        listed = {text_of(reference) for reference in node.iterfind(f"{BPMN}{group}/{BPMN}{kind}Refs")}
        for one in node.iterfind(f"{BPMN}{kind}"):
            if one.get("id") not in listed:
                yield node_fault("data-set", one)
        for one in node.iterfind(f"{BPMN}{group}"):
            full = {text_of(reference) for reference in one.iterfind(f"{BPMN}{kind}Refs")}
            for child in one.iterchildren(f"{BPMN}*"):
                if localname(child) in SUBSETS and text_of(child) not in full:
                    yield node_fault("data-set-subset", one, localname(child))


def _collection(node: etree._Element, view: View) -> Iterator[Fault]:
    item = view.ids.get(node.get("itemSubjectRef") or "")
    if item is None or localname(item) != "itemDefinition":
        return
    if flag(node, "isCollection") != flag(item, "isCollection"):
        yield node_fault("data-collection", node)
