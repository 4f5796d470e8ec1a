"""Parallel branches that set the same variable: the one that arrives last at the join wins (ADR 0016), a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from engine import decisions
from engine.diagram import SUB_PROCESSES, Diagram, Element
from engine.gate.catalogue import Fault, label
from engine.gate.variable_uses import NOTHING, Known, uses

EXCLUSIVE = frozenset({"exclusiveGateway", "eventBasedGateway"})


def check(
    diagrams: Mapping[str, tuple[str, Diagram]],
    tables: Mapping[str, decisions.Decision],
    forms: Mapping[str, Mapping[str, Any]],
) -> Iterator[tuple[str, Fault]]:
    """(file, fault) for every split and variable that two of its branches set."""
    for key, (path, diagram) in diagrams.items():
        sets = {
            e.id: _sets(e, tables, forms.get(f"forms/{key}/{e.camunda.get('formKey', '')}.json"))
            for e in diagram.elements.values()
        }
        for element in diagram.elements.values():
            if element.type not in EXCLUSIVE:
                yield from ((path, fault) for fault in _split(element, diagram, sets))


def _sets(element: Element, tables: Mapping[str, decisions.Decision], form: Mapping[str, Any] | None) -> Known:
    used = uses(element, tables, form)
    return used.sets | used.optional


def _split(element: Element, diagram: Diagram, sets: Mapping[str, Known]) -> Iterator[Fault]:
    starts = [flow.target for flow in diagram.flows.values() if flow.source == element.id]
    if len(starts) < 2:
        return
    reached = {start: _reached(start, element.id, diagram) for start in starts}
    for one, other in combinations(starts, 2):
        first, second = reached[one] - reached[other], reached[other] - reached[one]
        common = _written(first, diagram, sets) & _written(second, diagram, sets)
        for name in sorted(common):
            at = [_named(which, name, diagram, sets) for which in (first, second)]
            yield Fault("branches-overwrite", element.id, label(element.name, element.id), name, *at)


def _reached(start: str, split: str, diagram: Diagram) -> frozenset[str]:
    """The elements a branch leads to without coming back to the split."""
    seen, stack = {start}, [start]
    while stack:
        current = stack.pop()
        following = [flow.target for flow in diagram.flows.values() if flow.source == current]
        following += [e.id for e in diagram.elements.values() if e.attached_to == current]
        new = set(following) - seen - {split}
        seen |= new
        stack += new
    return frozenset(seen)


def _written(branch: frozenset[str], diagram: Diagram, sets: Mapping[str, Known]) -> Known:
    return NOTHING.union(*(_by(each, diagram, sets) for each in branch))


def _by(element: str, diagram: Diagram, sets: Mapping[str, Known]) -> Known:
    """What an element sets, an embedded sub-process with all that stands in it."""
    found = diagram.elements.get(element)
    if found is None or found.type not in SUB_PROCESSES:
        return sets.get(element, NOTHING)
    inner = [e.id for e in diagram.elements.values() if e.scope == element]
    return sets[element].union(*(_by(each, diagram, sets) for each in inner))


def _named(branch: frozenset[str], name: str, diagram: Diagram, sets: Mapping[str, Known]) -> str:
    """The first element of a branch that sets the variable."""
    found = min(each for each in branch if name in _by(each, diagram, sets))
    element = diagram.elements[found]
    return element.name or element.id
