"""Which features of BPMN 2.0 run here: coverage.yaml decides, this module finds them in a diagram."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, EVENTS, GATEWAYS, Element, flag, is_event_sub_process, localname
from engine.gate import definitions
from engine.gate.catalogue import Fault, label
from engine.gate.view import View, is_compensation

EXECUTED, NORMALIZED, REFUSED = "executed", "normalized", "refused"
TIMERS = {"timeDate": "timerDate", "timeDuration": "timerDuration", "timeCycle": "timerCycle"}
PARTS = {  # what an element may hold, and the feature that is
    **dict.fromkeys(("performer", "humanPerformer", "potentialOwner", "resourceRole"), "resourceRole"),
    **dict.fromkeys(("dataInput", "dataOutput", "inputSet", "outputSet", "ioSpecification"), "ioSpecification"),
    **{name: name for name in ("property", "dataInputAssociation", "dataOutputAssociation", "eventDefinitionRef")},
    "correlationKey": "correlationKey",
    **{name: name for name in ("dataObject", "dataObjectReference", "dataStoreReference", "correlationSubscription")},
    **dict.fromkeys(("supportedInterfaceRef", "ioBinding"), "ioBinding"),
}
PLACES = frozenset(
    {
        *("start", "subProcessStart", "eventSubProcessStart", "eventSubProcessStartNonInterrupting"),
        *("catch", "throw", "boundary", "boundaryNonInterrupting", "end"),
    }
)
BESIDE_FLOW = frozenset({"laneSet", "extensionElements", "documentation"})  # nothing in them is executed


@dataclass(frozen=True)
class Feature:
    """One row of the table; `fix` says what to draw instead, `test` shows the verdict."""

    feature: str
    name: str
    section: str
    verdict: str
    fix: str = ""
    test: str = ""


@cache
def table() -> dict[str, Feature]:
    """Every feature of BPMN 2.0 by id."""
    rows = yaml.safe_load(Path(__file__).with_name("coverage.yaml").read_text())
    return {row["feature"]: Feature(**row) for row in rows}


def check(view: View) -> Iterator[Fault]:
    """One fault per element and feature that would not be executed as drawn."""
    for feature, element_id, which in used(view):
        yield from _refused(feature, element_id, which)


def used(view: View) -> Iterator[tuple[str, str, str]]:
    """Every feature a process uses, with the id of the element that uses it and how a message names that."""
    for element in view.elements:
        for feature in features(element, view):
            yield feature, element.id, label(element.name, element.id)
    for scope, elements in view.scopes.items():
        if elements and _starts_implicitly(scope, elements, view):
            yield "implicitStart", scope, view.called(scope)
    for node in (*_parts(view.diagram.node), *view.root.iter(f"{BPMN}correlationKey")):
        owner = next((each for each in (node, *node.iterancestors()) if each.get("id")), view.diagram.node)
        identity = owner.get("id") or ""
        yield PARTS[localname(node)], identity, label(node.get("name") or owner.get("name"), identity)


def _refused(feature: str, element_id: str, which: str) -> Iterator[Fault]:
    known = table().get(feature)
    if known is None and feature.partition("/")[0] not in PLACES:  # what may stand where is a rule of its own
        yield Fault("unsupported", element_id, which, f"{feature}，请改用支持的元素")
    if known is not None and known.verdict == REFUSED:
        yield Fault("unsupported", element_id, which, f"{known.name}，{known.fix}", section=known.section)


def features(element: Element, view: View) -> list[str]:
    """The ids of all features one element uses."""
    node = element.node
    found = [_kind(element), *_loops(element), *_flows(element, view)]
    if is_compensation(node):
        found.append("compensationHandler")
    found += [name for name in ("startQuantity", "completionQuantity") if node.get(name, "1").strip() != "1"]
    return found


def _kind(element: Element) -> str:
    node = element.node
    if element.type in EVENTS:
        return f"{definitions.position(element)}/{definition(node)}"
    if element.type == "subProcess" and is_event_sub_process(node):
        return "eventSubProcess"
    if element.type == "eventBasedGateway" and flag(node, "instantiate"):
        return "eventBasedGateway/instantiate"
    if element.type == "receiveTask" and flag(node, "instantiate"):
        return "receiveTask/instantiate"
    return element.type


def definition(node: etree._Element) -> str:
    """Which kind of event: none, message, timerDate … multiple, parallelMultiple."""
    kinds = definitions.kinds(node)
    references = len(node.findall(f"{BPMN}{definitions.REFERENCE}"))
    if not kinds and not references:
        return "none"
    if len(kinds) + references > 1:
        return "parallelMultiple" if flag(node, "parallelMultiple") else "multiple"
    if kinds == ["timer"]:
        found = [
            TIMERS[kind]
            for kind in map(localname, node.iterfind(f"{BPMN}timerEventDefinition/{BPMN}*"))
            if kind in TIMERS
        ]
        return found[0] if found else "timerDate"
    return kinds[0] if kinds else "reference"


def _loops(element: Element) -> list[str]:
    found = []
    if element.node.find(f"{BPMN}standardLoopCharacteristics") is not None:
        found.append("standardLoop")
    loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is not None:
        order = "sequential" if flag(loop, "isSequential") else "parallel"
        found.append(f"{order}MultiInstance/{element.type}")
        found += [
            f"multiInstance/{name}"
            for name, child in (("cardinality", "loopCardinality"), ("completionCondition", "completionCondition"))
            if loop.find(f"{BPMN}{child}") is not None
        ]
    return found


def _flows(element: Element, view: View) -> list[str]:
    outgoing = view.outgoing[element.id]
    kind = _flow_kind(element)
    found = []
    if len(outgoing) > 1 and kind != "gateway":
        found.append(f"severalFlows/{kind}")
    if kind == "activity" and any(flow.condition is not None for flow in outgoing):
        found.append("conditionalFlow/activity")
    if not outgoing and kind != "event" and not _stands_alone(element) and _ends_openly(element, view):
        found.append(f"implicitEnd/{kind}")
    return found


def _ends_openly(element: Element, view: View) -> bool:
    """No end event is drawn around it; otherwise a missing flow is a fault of its own."""
    return not any(other.type == "endEvent" for other in view.scopes[element.scope])


def _flow_kind(element: Element) -> str:
    if element.type in ACTIVITIES:
        return "activity"
    return "gateway" if element.type in GATEWAYS else "event"


def _stands_alone(element: Element) -> bool:
    """Outside the normal flow by its nature: nothing leads in or out."""
    node = element.node
    return is_compensation(node) or is_event_sub_process(node) or definition(node) in ("compensate", "link")


def _starts_implicitly(scope: str, elements: list[Element], view: View) -> bool:
    node = view.scope_node(scope)
    if localname(node) == "adHocSubProcess" or is_event_sub_process(node):
        return False
    borders = ("startEvent", "endEvent")  # one without the other is a fault of its own
    return not any(element.type in borders or flag(element.node, "instantiate") for element in elements)


def _parts(node: etree._Element) -> Iterator[etree._Element]:
    """Data, resources and correlation wherever they stand; not what stands inside them."""
    for child in node.iterchildren(f"{BPMN}*"):
        name = localname(child)
        if name == "property" and _collects(child):
            continue
        if name in PARTS:
            yield child
        elif name not in BESIDE_FLOW:
            yield from _parts(child)


def _collects(node: etree._Element) -> bool:
    """A property that declares the list in which a loop collects its results."""
    references = (loop.findtext(f"{BPMN}loopDataOutputRef") for loop in node.itersiblings(f"{BPMN}*"))
    return node.get("id") in {(reference or "").strip() for reference in references}
