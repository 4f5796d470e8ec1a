"""What the rules look up often in one process: who follows whom, who stands where, what else the file holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from engine.diagram import BPMN, SUB_PROCESSES, Diagram, Element, Flow, flag, localname
from engine.gate.catalogue import Fault, label


@dataclass(frozen=True)
class View:
    """One process with its file."""

    diagram: Diagram
    path: str

    @cached_property
    def root(self) -> etree._Element:
        """The file's outermost element."""
        return self.diagram.node.getroottree().getroot()

    @cached_property
    def ids(self) -> dict[str, etree._Element]:
        """Every element of the file that has an id."""
        return {str(node.get("id")): node for node in self.root.iter(f"{BPMN}*") if node.get("id")}

    @cached_property
    def elements(self) -> list[Element]:
        """The flow nodes."""
        return list(self.diagram.elements.values())

    @cached_property
    def incoming(self) -> dict[str, list[Flow]]:
        """Flows by the element they lead to; empty for any other key."""
        return _grouped((flow.target, flow) for flow in self.diagram.flows.values())

    @cached_property
    def outgoing(self) -> dict[str, list[Flow]]:
        """Flows by the element they leave; empty for any other key."""
        return _grouped((flow.source, flow) for flow in self.diagram.flows.values())

    @cached_property
    def boundaries(self) -> dict[str, list[Element]]:
        """Boundary events by the activity they stand on."""
        found: dict[str, list[Element]] = defaultdict(list)
        for element in self.elements:
            if element.attached_to:
                found[element.attached_to].append(element)
        return found

    @cached_property
    def scopes(self) -> dict[str, list[Element]]:
        """Flow nodes by the process or sub-process they stand in, empty scopes included."""
        found: dict[str, list[Element]] = {self.diagram.key: []}
        found.update({e.id: [] for e in self.elements if e.type in SUB_PROCESSES})
        for element in self.elements:
            found.setdefault(element.scope, []).append(element)
        return found

    @cached_property
    def associations(self) -> list[tuple[str, str]]:
        """(source, target) of every association of the process."""
        return [
            (n.get("sourceRef") or "", n.get("targetRef") or "") for n in self.diagram.node.iter(f"{BPMN}association")
        ]

    def scope_node(self, scope: str) -> etree._Element:
        """The process or sub-process behind a scope."""
        element = self.diagram.elements.get(scope)
        return element.node if element is not None and scope != self.diagram.key else self.diagram.node

    def called(self, element_id: str) -> str:
        """How a message names an element by id."""
        element = self.diagram.elements.get(element_id)
        return label(element.name, element.id) if element is not None else label("", element_id)


def _grouped(pairs: Iterable[tuple[str, Flow]]) -> dict[str, list[Flow]]:
    found: dict[str, list[Flow]] = defaultdict(list)
    for key, flow in pairs:
        found[key].append(flow)
    return found


def fault(rule: str, element: Element, what: str = "", section: str = "") -> Fault:
    """A rule broken by a flow node."""
    return Fault(rule, element.id, label(element.name, element.id), what, section=section)


def node_fault(rule: str, node: etree._Element, what: str = "") -> Fault:
    """A rule broken by any other element of the file."""
    identity = node.get("id") or ""
    return Fault(rule, identity, label(node.get("name"), identity or localname(node)), what)


def flow_fault(rule: str, flow: Flow, what: str = "") -> Fault:
    """A rule broken by a sequence flow."""
    return Fault(rule, flow.id, label(flow.name, flow.id), what)


def is_compensation(node: etree._Element) -> bool:
    """Runs only to undo another activity."""
    return flag(node, "isForCompensation")
