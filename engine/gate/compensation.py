"""Compensation that would not be executed as drawn (§10.7): refused with what to draw instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagram import BPMN, Diagram, Element, flag, is_event_sub_process
from engine.gate import definitions
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault, is_compensation

LOOPS = (f"{BPMN}standardLoopCharacteristics", f"{BPMN}multiInstanceLoopCharacteristics")


def check(view: View, diagrams: Mapping[str, Diagram]) -> Iterator[Fault]:
    """Every fault of throwing, catching and cancelling; `diagrams` are all of the deployment."""
    for element in view.elements:
        kinds = definitions.kinds(element.node)
        if element.type == "boundaryEvent" and kinds == ["compensate"]:
            host = view.diagram.elements.get(element.attached_to or "")
            if host is not None and any(host.node.find(loop) is not None for loop in LOOPS):
                yield fault("compensation-loop", element)
        elif kinds in (["compensate"], ["cancel"]) and element.type in ("intermediateThrowEvent", "endEvent"):
            yield from _thrown(element, view, diagrams)
        if is_compensation(element.node) and view.boundaries.get(element.id):
            yield fault("compensation-border", element)


def _thrown(element: Element, view: View, diagrams: Mapping[str, Diagram]) -> Iterator[Fault]:
    scope = view.scope_node(element.scope)
    if is_event_sub_process(scope):
        yield fault("compensation-beside", element)
        return
    definition = next(iter(definitions.definitions(element.node)))
    if not flag(definition, "waitForCompletion", default=True):
        yield fault("compensation-waits", element)
    reference = definition.get("activityRef")
    if reference is None:
        for activity in view.scopes.get(element.scope, ()):
            if is_compensation(activity.node) or _is_undone(activity, view):
                continue
            if _holds_compensation(activity, view, diagrams):
                yield fault("compensation-inside", element, activity.name or activity.id)
    else:
        named = view.diagram.elements.get(reference)
        if named is None or named.scope != element.scope or not _is_undone(named, view):
            yield fault("compensation-activity", element, named.name or named.id if named else reference)
    if "cancelEventDefinition" in str(definition.tag) and not _is_left(element.scope, view):
        yield fault("cancel-uncaught", element)


def _is_undone(activity: Element, view: View) -> bool:
    """Whether the activity itself has a handler: then that undoes all of it."""
    return any(definitions.kinds(event.node) == ["compensate"] for event in view.boundaries.get(activity.id, ()))


def _holds_compensation(activity: Element, view: View, diagrams: Mapping[str, Diagram]) -> bool:
    for key in _called(activity, diagrams, set()):
        if diagrams[key].node.find(f".//{BPMN}compensateEventDefinition") is not None:
            return True
    inner = view.scopes.get(activity.id, ())
    return any(_is_undone(each, view) or _holds_compensation(each, view, diagrams) for each in inner)


def _called(activity: Element, diagrams: Mapping[str, Diagram], seen: set[str]) -> set[str]:
    """The processes an activity runs, with all they call."""
    key = activity.called
    if key is not None and key in diagrams and key not in seen:
        seen.add(key)
        for each in diagrams[key].elements.values():
            _called(each, diagrams, seen)
    return seen


def _is_left(transaction: str, view: View) -> bool:
    return any(definitions.kinds(event.node) == ["cancel"] for event in view.boundaries.get(transaction, ()))
