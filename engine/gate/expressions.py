"""Every expression of a diagram compiles in the whitelist before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine import expressions
from engine.diagram import BPMN, CAMUNDA, Diagram, Element, text_of
from engine.errors import InvalidInput
from engine.gate.catalogue import Fault
from engine.gate.effects import revised
from engine.gate.view import View, fault
from engine.spiff import durations

TIMES: dict[str, Callable[[str], object]] = {
    "timeDate": durations.instant,
    "timeDuration": durations.duration,
    "timeCycle": durations.repetition,
}
EVALUATED = ("dueDate", "followUpDate", "assignee", "candidateGroups")


def check(view: View, function_names: frozenset[str], effects: frozenset[str]) -> Iterator[Fault]:
    """One fault per expression the engine would refuse to evaluate; effects are a service task's alone."""
    diagram = view.diagram
    for element_id, source, names in _expressions(diagram, function_names, effects):
        try:
            expressions.check(expressions.strip(source), names)
        except InvalidInput as error:
            yield Fault("expression", element_id, view.called(element_id), error.message)
    for element in diagram.elements.values():
        for key in EVALUATED:
            value = element.camunda.get(key, "")
            if "{" in value and not value.startswith("${"):
                yield fault("expression", element, f"{key} 须整个写成一个 ${{…}}，现为 {value}")
        for text in _timer_values(element):
            yield fault("expression", element, text)
        for name in (*_assigned(element), *sorted(revised(element))):
            if name in function_names | effects or name in expressions.RESERVED_NAMES or not name.isidentifier():
                yield fault("reserved-name", element, name or "（空）")


def _expressions(
    diagram: Diagram, names: frozenset[str], effects: frozenset[str]
) -> Iterator[tuple[str, str, frozenset[str]]]:
    for flow in diagram.flows.values():
        if flow.condition:
            yield flow.id, flow.condition, names
    for element in diagram.elements.values():
        for key in EVALUATED:
            value = element.camunda.get(key, "")
            if value.startswith("${"):
                yield element.id, value, names
        if element.type == "serviceTask" and element.camunda.get("expression"):
            yield element.id, element.camunda["expression"], names | effects
        for source in _parameter_expressions(element):
            yield element.id, source, names
        for source in _loop_expressions(element):
            yield element.id, source, names
        for source in _event_expressions(element):
            yield element.id, source, names


def _event_expressions(element: Element) -> Iterator[str]:
    for kind in TIMES:
        for node in element.node.iterfind(f"{BPMN}timerEventDefinition/{BPMN}{kind}"):
            if not durations.is_literal(text_of(node)):
                yield text_of(node)
    for node in element.node.iterfind(f"{BPMN}conditionalEventDefinition/{BPMN}condition"):
        yield text_of(node)


def _timer_values(element: Element) -> Iterator[str]:
    """What is wrong with ISO values written out."""
    for kind, read in TIMES.items():
        for node in element.node.iterfind(f"{BPMN}timerEventDefinition/{BPMN}{kind}"):
            text = text_of(node)
            if durations.is_literal(text):
                try:
                    read(text)
                except ValueError:
                    yield f"{kind} 的值 {text} 无效，请写 ISO 8601 时间，如 2026-03-02T09:00:00+08:00、PT2H、R3/PT1H"


def _parameter_expressions(element: Element) -> Iterator[str]:
    yield from (source for _, source in (*element.inputs, *element.outputs))
    yield from (m.expression for m in (*element.ins, *element.outs) if m.expression)


def _loop_expressions(element: Element) -> Iterator[str]:
    for loop in element.node.iterfind(f"{BPMN}multiInstanceLoopCharacteristics"):
        if loop.get(f"{CAMUNDA}collection"):
            yield loop.get(f"{CAMUNDA}collection") or ""
        for kind in ("loopDataInputRef", "loopCardinality", "completionCondition"):
            yield from (text_of(node) for node in loop.iterfind(f"{BPMN}{kind}"))
    for loop in element.node.iterfind(f"{BPMN}standardLoopCharacteristics"):
        yield from (text_of(node) for node in loop.iterfind(f"{BPMN}loopCondition"))


def _assigned(element: Element) -> Iterator[str]:
    yield from (name for name, _ in (*element.inputs, *element.outputs))
    yield from (m.target for m in (*element.ins, *element.outs) if m.target is not None)
    if "resultVariable" in element.camunda:
        yield element.camunda["resultVariable"]
    for definition in element.node.iterfind(f"{BPMN}*"):
        for key in ("errorCodeVariable", "errorMessageVariable", "escalationCodeVariable"):
            if definition.get(f"{CAMUNDA}{key}"):
                yield definition.get(f"{CAMUNDA}{key}") or ""
    yield from _assigned_by_loop(element)


def _assigned_by_loop(element: Element) -> Iterator[str]:
    for loop in element.node.iterfind(f"{BPMN}multiInstanceLoopCharacteristics"):
        if loop.get(f"{CAMUNDA}elementVariable"):
            yield loop.get(f"{CAMUNDA}elementVariable") or ""
        yield from (text_of(output) for output in loop.iterfind(f"{BPMN}loopDataOutputRef"))
        for item in (*loop.iterfind(f"{BPMN}inputDataItem"), *loop.iterfind(f"{BPMN}outputDataItem")):
            yield item.get("name") or item.get("id") or ""
