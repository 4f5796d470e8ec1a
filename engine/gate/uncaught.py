"""Errors that nothing catches: by the standard they end the process in failure, so they are refused (§10.5.7, §13.5.3).

Only what is certain: an error is caught by an event sub-process or boundary event around its end event, or around every
call of its process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.diagram import BPMN, Diagram, Element, is_event_sub_process
from engine.gate.catalogue import Fault, label
from engine.gate.view import View

ERROR = f"{BPMN}errorEventDefinition"


def check(view: View, diagrams: Mapping[str, Diagram]) -> Iterator[Fault]:
    """One fault per error end event of the process that some way through the callers leaves uncaught."""
    for element in view.elements:
        definition = element.node.find(ERROR)
        if element.type == "endEvent" and definition is not None:
            code = _code(definition)
            if code and not _is_caught(code, element, view.diagram, diagrams, frozenset()):
                yield Fault("error-uncaught", element.id, label(element.name, element.id), code)


def _code(definition: etree._Element) -> str:
    wanted = definition.get("errorRef")
    for error in definition.getroottree().getroot().iter(f"{BPMN}error"):
        if error.get("id") == wanted:
            return error.get("errorCode") or ""
    return ""


def _is_caught(
    code: str, at: Element, diagram: Diagram, diagrams: Mapping[str, Diagram], through: frozenset[str]
) -> bool:
    """Going outwards from an element: the scopes around it, then all who call the process."""
    scope, inside = at.scope, at.id
    if _on_border(code, inside, diagram):
        return True
    while True:
        if _in_scope(code, scope, inside, diagram) or _on_border(code, scope, diagram):
            return True
        around = diagram.elements.get(scope)
        if around is None:
            break
        scope, inside = around.scope, around.id
    if diagram.key in through:
        return True  # a recursive call is judged where it is entered
    callers = [(d, e) for d in diagrams.values() for e in d.elements.values() if e.called == diagram.key]
    entered = through | {diagram.key}
    return bool(callers) and all(_is_caught(code, call, caller, diagrams, entered) for caller, call in callers)


def _on_border(code: str, host: str, diagram: Diagram) -> bool:
    return any(
        _catches(element.node, code)
        for element in diagram.elements.values()
        if element.type == "boundaryEvent" and element.attached_to == host
    )


def _in_scope(code: str, scope: str, inside: str, diagram: Diagram) -> bool:
    """An event sub-process of the scope; never the one the error comes from."""
    return any(
        _catches(start, code)
        for element in diagram.elements.values()
        if element.scope == scope and element.id != inside and is_event_sub_process(element.node)
        for start in element.node.iterchildren(f"{BPMN}startEvent")
    )


def _catches(event: etree._Element, code: str) -> bool:
    return any(_code(definition) in ("", code) for definition in event.iterchildren(ERROR))
