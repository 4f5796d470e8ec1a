"""Data objects, stores and properties that nothing reads or writes have no effect (§10.4.1): they are left out."""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN

PASSIVE = ("dataObject", "dataObjectReference", "dataStoreReference", "property")


def rewrite(process: etree._Element) -> None:
    """Leave out what only documents; SpiffWorkflow would keep values for it."""
    for kind in PASSIVE:
        for node in list(process.iter(f"{BPMN}{kind}")):
            parent = node.getparent()
            if parent is not None:
                parent.remove(node)
    root = process.getroottree().getroot()
    for store in root.findall(f"{BPMN}dataStore"):
        root.remove(store)
