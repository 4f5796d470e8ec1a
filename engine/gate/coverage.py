"""Which features of BPMN 2.0 run here: coverage.yaml decides, this module finds them in a diagram."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, EVENTS, GATEWAYS, Diagram, Element, Flow, localname
from engine.errors import Finding

EXECUTED, NORMALIZED, REFUSED = "executed", "normalized", "refused"
TIMERS = {"timeDate": "timerDate", "timeDuration": "timerDuration", "timeCycle": "timerCycle"}
POSITIONS = {
    "endEvent": "end",
    "intermediateCatchEvent": "catch",
    "intermediateThrowEvent": "throw",
}


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


def check(diagram: Diagram, path: str) -> list[Finding]:
    """One finding per element and feature that would not be executed as drawn."""
    found = []
    for element in diagram.elements.values():
        for feature in features(element, diagram):
            known = table().get(feature)
            if known is None:
                text = f"{feature} 不是 BPMN 2.0 允许的组合，请改用支持的元素"
                found.append(Finding("unsupported", element.id, "error", text, path, "BPMN 2.0.2 §10"))
            elif known.verdict == REFUSED:
                text = f"暂不支持{known.name}，{known.fix}"
                found.append(Finding("unsupported", element.id, "error", text, path, known.section))
    return found


def features(element: Element, diagram: Diagram) -> list[str]:
    """The ids of all features one element uses."""
    found = [_kind(element), *_loops(element), *_flows(element, diagram)]
    if element.node.get("isForCompensation") == "true":
        found.append("compensationHandler")
    return found


def _kind(element: Element) -> str:
    node = element.node
    if element.type in EVENTS:
        return f"{_position(element)}/{definition(node)}"
    if element.type == "subProcess" and node.get("triggeredByEvent") == "true":
        return "eventSubProcess"
    if element.type == "eventBasedGateway" and node.get("instantiate") == "true":
        return "eventBasedGateway/instantiate"
    return element.type


def _position(element: Element) -> str:
    node = element.node
    if element.type == "boundaryEvent":
        return "boundary" if node.get("cancelActivity") != "false" else "boundaryNonInterrupting"
    if element.type != "startEvent":
        return POSITIONS[element.type]
    scope = node.getparent()
    if scope is None or localname(scope) == "process":
        return "start"
    if scope.get("triggeredByEvent") != "true":
        return "subProcessStart"
    return "eventSubProcessStart" if node.get("isInterrupting") != "false" else "eventSubProcessStartNonInterrupting"


def definition(node: etree._Element) -> str:
    """Which kind of event: none, message, timerDate … multiple, parallelMultiple."""
    kinds = [
        localname(child)
        for child in node
        if isinstance(child.tag, str) and localname(child).endswith(("EventDefinition", "eventDefinitionRef"))
    ]
    if not kinds:
        return "none"
    if len(kinds) > 1:
        return "parallelMultiple" if node.get("parallelMultiple") == "true" else "multiple"
    if kinds[0] == "timerEventDefinition":
        found = [
            TIMERS[kind] for kind in map(localname, node.iterfind(f"{BPMN}timerEventDefinition/*")) if kind in TIMERS
        ]
        return found[0] if found else "timerDate"
    return kinds[0].removesuffix("EventDefinition")


def _loops(element: Element) -> list[str]:
    found = []
    if element.node.find(f"{BPMN}standardLoopCharacteristics") is not None:
        found.append("standardLoop")
    loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is not None:
        order = "sequential" if loop.get("isSequential") == "true" else "parallel"
        found.append(f"{order}MultiInstance/{element.type}")
        found += [
            f"multiInstance/{name}"
            for name, child in (("cardinality", "loopCardinality"), ("completionCondition", "completionCondition"))
            if loop.find(f"{BPMN}{child}") is not None
        ]
    return found


def _flows(element: Element, diagram: Diagram) -> list[str]:
    outgoing: list[Flow] = [flow for flow in diagram.flows.values() if flow.source == element.id]
    kind = _flow_kind(element)
    found = []
    if len(outgoing) > 1 and kind != "gateway":
        found.append(f"severalFlows/{kind}")
    if kind == "activity" and any(flow.condition is not None for flow in outgoing):
        found.append("conditionalFlow/activity")
    if not outgoing and element.type not in ("endEvent", "startEvent") and not _stands_alone(element):
        found.append(f"implicitEnd/{kind}")
    return found


def _flow_kind(element: Element) -> str:
    if element.type in ACTIVITIES:
        return "activity"
    return "gateway" if element.type in GATEWAYS else "event"


def _stands_alone(element: Element) -> bool:
    """Outside the normal flow by its nature: nothing leads in or out."""
    node = element.node
    return (
        node.get("isForCompensation") == "true"
        or node.get("triggeredByEvent") == "true"
        or definition(node) in ("compensate", "link")
    )
