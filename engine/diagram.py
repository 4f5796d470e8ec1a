"""Reads a BPMN file in the Camunda 7 dialect into plain elements and flows; executes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"

# every flow node of BPMN 2.0; which of them run is written in gate/coverage.yaml
TASKS = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
    }
)
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUB_PROCESSES | {"callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"})
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is the text of its expression, if any."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None


@dataclass(frozen=True)
class Mapping:
    """One camunda:in or camunda:out: `variables="all"`, or source | expression → target."""

    target: str | None = None
    source: str | None = None
    expression: str | None = None
    all_variables: bool = False


@dataclass(frozen=True)
class Element:
    """A flow node as drawn, with its camunda attributes and extension elements."""

    id: str
    type: str
    name: str
    scope: str  # the process or embedded sub-process it stands in
    lane: str | None
    clauses: tuple[str, ...]
    documentation: str
    camunda: dict[str, str]
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    ins: tuple[Mapping, ...]
    outs: tuple[Mapping, ...]
    called: str | None
    attached_to: str | None
    node: etree._Element = field(repr=False, compare=False)


@dataclass(frozen=True)
class Diagram:
    """One process: its key, name, elements and flows by id, embedded sub-processes included."""

    key: str
    name: str
    executable: bool
    elements: dict[str, Element]
    flows: dict[str, Flow]
    node: etree._Element = field(repr=False, compare=False)

    def flow_between(self, source: str, target: str) -> str | None:
        """The id of the flow from one element to another."""
        for flow in self.flows.values():
            if flow.source == source and flow.target == target:
                return flow.id
        return None


def read(root: etree._Element) -> list[Diagram]:
    """Every process of a BPMN document."""
    lanes = {
        (reference.text or "").strip(): lane.get("name") or ""
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.iterfind(f"{BPMN}flowNodeRef")
    }
    return [_diagram(process, lanes) for process in root.iter(f"{BPMN}process")]


def _diagram(process: etree._Element, lanes: dict[str, str]) -> Diagram:
    elements: dict[str, Element] = {}
    flows: dict[str, Flow] = {}
    for node in nodes(process):
        if localname(node) == "sequenceFlow":
            flow = _flow(node)
            flows[flow.id] = flow
        else:
            element = _element(node, lanes)
            elements[element.id] = element
    return Diagram(
        key=process.get("id") or "",
        name=process.get("name") or process.get("id") or "",
        executable=flag(process, "isExecutable"),
        elements=elements,
        flows=flows,
        node=process,
    )


def nodes(scope: etree._Element) -> Iterator[etree._Element]:
    """Flow nodes and sequence flows below a process, depth first."""
    for child in scope:
        if not isinstance(child.tag, str) or not child.tag.startswith(BPMN):
            continue
        name = localname(child)
        if name in FLOW_NODES or name == "sequenceFlow":
            yield child
        if name in SUB_PROCESSES:
            yield from nodes(child)


def flag(node: etree._Element, name: str, *, default: bool = False) -> bool:
    """An attribute that is true or false, in either of XML Schema's spellings."""
    value = node.get(name)
    return value not in ("false", "0") if default else value in ("true", "1")


def is_event_sub_process(node: etree._Element) -> bool:
    """Whether an event starts this sub-process; no sequence flow leads in or out."""
    return flag(node, "triggeredByEvent")


def localname(node: etree._Element) -> str:
    """The tag without its namespace."""
    return etree.QName(node).localname


def text_of(node: etree._Element | None) -> str:
    """The text of a node, trimmed; empty when there is no node."""
    return (node.text or "").strip() if node is not None else ""


def _flow(node: etree._Element) -> Flow:
    condition = node.find(f"{BPMN}conditionExpression")
    return Flow(
        id=node.get("id") or "",
        source=node.get("sourceRef") or "",
        target=node.get("targetRef") or "",
        name=node.get("name") or "",
        condition=text_of(condition) if condition is not None else None,
    )


def _element(node: etree._Element, lanes: dict[str, str]) -> Element:
    parent = node.getparent()
    extensions = node.find(f"{BPMN}extensionElements")
    return Element(
        id=node.get("id") or "",
        type=localname(node),
        name=" ".join((node.get("name") or "").split()),
        scope=(parent.get("id") or "") if parent is not None else "",
        lane=_lane(node, lanes),
        clauses=_clauses(extensions),
        documentation=text_of(node.find(f"{BPMN}documentation")),
        camunda={k.removeprefix(CAMUNDA): v for k, v in attributes(node) if k.startswith(CAMUNDA)},
        inputs=_parameters(extensions, "inputParameter"),
        outputs=_parameters(extensions, "outputParameter"),
        ins=_mappings(extensions, "in"),
        outs=_mappings(extensions, "out"),
        called=node.get("calledElement"),
        attached_to=node.get("attachedToRef"),
        node=node,
    )


def attributes(node: etree._Element) -> Iterator[tuple[str, str]]:
    """Attribute names in Clark notation with their values, as text."""
    for key, value in node.attrib.items():
        yield str(key), str(value)


def _lane(node: etree._Element | None, lanes: dict[str, str]) -> str | None:
    while node is not None:
        lane = lanes.get(node.get("id") or "")
        if lane:
            return lane
        node = node.getparent()
    return None


def _clauses(extensions: etree._Element | None) -> tuple[str, ...]:
    if extensions is None:
        return ()
    found: list[str] = []
    for item in extensions.iterfind(f"{CAMUNDA}properties/{CAMUNDA}property"):
        if item.get("name") == "clause":
            found += [part.strip() for part in (item.get("value") or "").split(",") if part.strip()]
    return tuple(found)


def _parameters(extensions: etree._Element | None, kind: str) -> tuple[tuple[str, str], ...]:
    if extensions is None:
        return ()
    path = f"{CAMUNDA}inputOutput/{CAMUNDA}{kind}"
    return tuple((item.get("name") or "", text_of(item)) for item in extensions.iterfind(path))


def _mappings(extensions: etree._Element | None, kind: str) -> tuple[Mapping, ...]:
    if extensions is None:
        return ()
    return tuple(
        Mapping(
            target=item.get("target"),
            source=item.get("source"),
            expression=item.get("sourceExpression"),
            all_variables=item.get("variables") == "all",
        )
        for item in extensions.iterfind(f"{CAMUNDA}{kind}")
        if item.get("businessKey") is None
    )
