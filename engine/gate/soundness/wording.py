"""What the token game found, told to the process owner: where, and the way there."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagram import Diagram
from engine.errors import Finding
from engine.gate.catalogue import Fault, finding, label, way
from engine.gate.soundness.drawing import element_of
from engine.gate.soundness.game import Problem
from engine.gate.soundness.scopes import Verdict

SECTIONS = {
    "parallelGateway": "BPMN 2.0.2 §13.4.1",
    "exclusiveGateway": "BPMN 2.0.2 §13.4.2",
    "inclusiveGateway": "BPMN 2.0.2 §13.4.3",
    "complexGateway": "BPMN 2.0.2 §13.4.5",
}
GATEWAY_RULES = frozenset({"deadlock", "unsafe"})


def findings(verdict: Verdict, diagram: Diagram, scope: str, path: str) -> list[Finding]:
    """One finding per element, the one with the shortest way there."""
    faults = [*_problems(verdict, diagram)]
    if not verdict.complete:
        faults.append(too_large(diagram, scope))
    faults += [Fault("soundness-unreachable", e, _label(diagram, e)) for e in verdict.unreached]
    return [finding(fault, path) for fault in faults]


def too_large(diagram: Diagram, scope: str) -> Fault:
    """The bound was reached: nothing is claimed."""
    return Fault("soundness-too-large", scope, _label(diagram, scope))


def recursion(diagram: Diagram) -> Fault:
    """A process that calls itself on every way to its end."""
    return Fault("soundness-recursion", diagram.key, _label(diagram, diagram.key))


def _problems(verdict: Verdict, diagram: Diagram) -> Iterator[Fault]:
    nearest: dict[tuple[str, str], Problem] = {}
    for problem in verdict.problems:
        key = (problem.kind, element_of(problem.node))
        if key not in nearest or len(problem.trail) < len(nearest[key].trail):
            nearest[key] = problem
    for (kind, element), problem in nearest.items():
        known = diagram.elements.get(element)
        section = SECTIONS.get(known.type, "") if known and kind in GATEWAY_RULES else ""
        yield Fault(
            f"soundness-{kind}",
            element,
            _label(diagram, element),
            way([_name(diagram, e) for e in problem.trail]),
            section=section,
        )


def _name(diagram: Diagram, element: str) -> str:
    known = diagram.elements.get(element)
    return known.name or element if known else element


def _label(diagram: Diagram, element: str) -> str:
    name = diagram.name if element == diagram.key else _name(diagram, element)
    return label(name, element)
