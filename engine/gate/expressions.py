"""Every expression of a diagram compiles in the whitelist before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from engine import expressions
from engine.diagram import BPMN, CAMUNDA, Diagram, Element, text_of
from engine.diagram_functions import EFFECT_FUNCTIONS
from engine.errors import InvalidInput
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault

EVALUATED = ("dueDate", "followUpDate", "assignee", "candidateGroups")


def check(view: View, function_names: frozenset[str]) -> Iterator[Fault]:
    """One fault per expression the engine would refuse to evaluate."""
    diagram = view.diagram
    for element_id, source, names in _expressions(diagram, function_names):
        try:
            expressions.check(expressions.strip(source), names)
        except InvalidInput as error:
            yield Fault("expression", element_id, view.called(element_id), error.message)
    for element in diagram.elements.values():
        for key in EVALUATED:
            value = element.camunda.get(key, "")
            if "{" in value and not value.startswith("${"):
                yield fault("expression", element, f"{key} 须整个写成一个 ${{…}}，现为 {value}")
        loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
        collection = loop.get(f"{CAMUNDA}collection") if loop is not None else None
        if collection and not expressions.strip(collection).isidentifier():
            yield fault("expression", element, f"多实例集合须是变量名，现为 {collection}")
        for name in _assigned(element):
            if name in function_names or name in expressions.RESERVED_NAMES or not name.isidentifier():
                yield fault("reserved-name", element, name or "（空）")


def _expressions(diagram: Diagram, names: frozenset[str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    for flow in diagram.flows.values():
        if flow.condition:
            yield flow.id, flow.condition, names
    for element in diagram.elements.values():
        for key in EVALUATED:
            value = element.camunda.get(key, "")
            if value.startswith("${"):
                yield element.id, value, names
        if element.type == "serviceTask" and element.camunda.get("expression"):
            yield element.id, element.camunda["expression"], names | EFFECT_FUNCTIONS
        for _, source in (*element.inputs, *element.outputs):
            yield element.id, source, names
        for mapping in (*element.ins, *element.outs):
            if mapping.expression:
                yield element.id, mapping.expression, names
        for kind in ("timeDate", "timeDuration"):
            timer = element.node.find(f"{BPMN}timerEventDefinition/{BPMN}{kind}")
            if timer is not None:
                yield element.id, text_of(timer), names


def _assigned(element: Element) -> Iterator[str]:
    yield from (name for name, _ in (*element.inputs, *element.outputs))
    yield from (m.target for m in (*element.ins, *element.outs) if m.target is not None)
    if "resultVariable" in element.camunda:
        yield element.camunda["resultVariable"]
    loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is not None and loop.get(f"{CAMUNDA}elementVariable"):
        yield loop.get(f"{CAMUNDA}elementVariable") or ""
