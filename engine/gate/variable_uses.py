"""Which variables an element reads and which it sets, as far as the files tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import decisions, expressions
from engine.diagram import ACTIVITIES, BPMN, CAMUNDA, Element, text_of
from engine.errors import InvalidInput
from engine.gate.coverage import definition
from engine.gate.effects import revised

EVALUATED = ("dueDate", "followUpDate", "assignee", "candidateGroups")
OF_LOOPS = frozenset(
    {"loopCounter", "nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances", "nrOfTerminatedInstances"}
)
Known = frozenset[str]
NOTHING: Known = frozenset()


@dataclass(frozen=True)
class Uses:
    """`reads` need a value when the element begins, `sets` have one when it is done; `optional` only perhaps.

    `reads_after` need one when its form or result is there. `anything`: a message or signal may set what it carries.
    """

    reads: Known
    sets: Known
    reads_after: Known = NOTHING
    optional: Known = NOTHING
    anything: bool = False


def uses(element: Element, tables: Mapping[str, decisions.Decision], form: Mapping[str, Any] | None) -> Uses:
    """Of one flow node; `form` is the schema of a user task."""
    own = {name for name, _ in element.inputs}
    loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    around = _names(source for _, source in element.inputs) | _timer(element) | _collection(element)
    local = OF_LOOPS | ({loop.get(f"{CAMUNDA}elementVariable") or ""} if loop is not None else NOTHING)
    inside = _names(_evaluated(element))
    sets, optional = _results(element, tables, form)
    if element.type == "businessRuleTask" and (table := tables.get(element.camunda.get("decisionRef", ""))):
        inside |= table.names
    kept = (sets - own) | {name for name, _ in element.outputs}
    after = _names(source for _, source in element.outputs) | _names(_condition(element))
    if loop is not None and (output := loop.find(f"{BPMN}loopDataOutputRef")) is not None:
        kept = frozenset({text_of(output)})
    reads = (around | (inside - own)) - local
    carries = element.type not in ACTIVITIES and definition(element.node) in ("message", "signal", "escalation")
    anything = (carries and not element.type.endswith(("ThrowEvent", "endEvent"))) or element.type == "receiveTask"
    return Uses(reads, frozenset(kept), after - own - local - sets - kept, optional - own - kept, anything)


def always_read(source: str) -> Known:
    """The variables without which an expression has no value, whatever the others are."""
    try:
        known = expressions.names(expressions.strip(source))
        tree = ast.parse(expressions.strip(source), mode="eval").body
    except (InvalidInput, SyntaxError, ValueError, RecursionError):
        return NOTHING
    return _surely(tree) & known


def _surely(node: ast.AST) -> Known:
    if isinstance(node, ast.Name):
        return frozenset({node.id})
    if isinstance(node, ast.IfExp):
        return _surely(node.test) | (_surely(node.body) & _surely(node.orelse))
    if isinstance(node, ast.BoolOp):
        return _surely(node.values[0])
    return NOTHING.union(*(_surely(child) for child in ast.iter_child_nodes(node)))


def _names(sources: Iterator[str]) -> Known:
    return NOTHING.union(*(always_read(source) for source in sources if source))


def _evaluated(element: Element) -> Iterator[str]:
    for key in EVALUATED:
        if element.camunda.get(key, "").startswith("${"):
            yield element.camunda[key]
    if element.type == "serviceTask":
        yield element.camunda.get("expression", "")
    yield from (mapping.expression or "" for mapping in element.ins)


def _timer(element: Element) -> Known:
    return _names(
        text_of(node)
        for kind in ("timeDate", "timeDuration")
        for node in element.node.iterfind(f"{BPMN}timerEventDefinition/{BPMN}{kind}")
    )


def _collection(element: Element) -> Known:
    sources = []
    for loop in element.node.iterfind(f"{BPMN}multiInstanceLoopCharacteristics"):
        sources += [loop.get(f"{CAMUNDA}collection") or ""]
        sources += [
            text_of(node) for kind in ("loopDataInputRef", "loopCardinality") for node in loop.iterfind(BPMN + kind)
        ]
    return _names(iter(sources))


def _condition(element: Element) -> Iterator[str]:
    """What decides whether a loop goes on: it sees what a round has set."""
    for path in ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"):
        for loop in element.node.iterfind(BPMN + path):
            for kind in ("loopCondition", "completionCondition"):
                yield from (text_of(node) for node in loop.iterfind(BPMN + kind))


def _results(
    element: Element, tables: Mapping[str, decisions.Decision], form: Mapping[str, Any] | None
) -> tuple[Known, Known]:
    """(surely, perhaps)."""
    result = element.camunda.get("resultVariable")
    found = {result} if result else set()
    optional: Known = NOTHING
    if element.type == "userTask" and form is not None:
        required = frozenset(_required(form))
        found |= required
        optional = frozenset(form.get("properties", {})) - required
    if element.type == "serviceTask":
        found |= revised(element)
    table = tables.get(element.camunda.get("decisionRef", ""))
    if element.type == "businessRuleTask" and table is not None and not result:
        found |= set(table.labels)
    found |= {mapping.target for mapping in element.outs if mapping.target}
    for caught in element.node.iterfind(f"{BPMN}errorEventDefinition"):
        found |= {caught.get(CAMUNDA + kind) or "" for kind in ("errorCodeVariable", "errorMessageVariable")}
    return frozenset(found - {""}), optional


def _required(form: Any) -> Iterator[str]:
    """Fields that must be filled, those included that must be only under a condition: their author thought of it."""
    if isinstance(form, Mapping):
        yield from form.get("required", ())
        for key in ("then", "else"):
            yield from _required(form.get(key))
        for key in ("allOf", "anyOf", "oneOf"):
            for part in form.get(key, ()):
                yield from _required(part)
