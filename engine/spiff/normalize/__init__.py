"""From the file as drawn to a copy that SpiffWorkflow executes the same way; the original stays untouched.

One module per rewriting; each takes a process of the copy and changes it in place.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN
from engine.spiff.normalize import implicit_borders, implicit_splits, links, passive_data

REWRITINGS = (passive_data.rewrite, links.rewrite, implicit_borders.rewrite, implicit_splits.rewrite)  # in this order


def normalize(root: etree._Element) -> etree._Element:
    """A copy in which everything that SpiffWorkflow needs is spelled out."""
    copy = etree.fromstring(etree.tostring(root))
    for process in copy.iter(f"{BPMN}process"):
        for rewrite in REWRITINGS:
            rewrite(process)
    return copy
