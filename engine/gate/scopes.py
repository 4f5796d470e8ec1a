"""Where a process or sub-process begins and ends (§10.5.2, §10.5.3, §13.2)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagram import ACTIVITIES, EVENTS, Element, flag, is_event_sub_process, localname
from engine.gate import definitions
from engine.gate.catalogue import Fault, label
from engine.gate.flows import is_outside_flow, needs_incoming
from engine.gate.view import View, fault


def check(view: View) -> Iterator[Fault]:
    """Every fault of starts, ends and what hangs loose between them."""
    for scope, elements in view.scopes.items():
        node = view.scope_node(scope)
        if localname(node) == "adHocSubProcess":
            yield from _ad_hoc(scope, elements, view)
            continue
        which = view.called(scope)
        starts = [e for e in elements if e.type == "startEvent"]
        ends = [e for e in elements if e.type == "endEvent"]
        if is_event_sub_process(node):
            if len(starts) != 1:
                yield Fault("event-sub-process-start", scope, which, str(len(starts)))
        elif len(starts) > 1:
            yield Fault("start-event", scope, which, str(len(starts)))
        if starts and not ends:
            yield Fault("end-event", scope, which)
        if ends and not starts and not _instantiated_otherwise(elements) and not is_event_sub_process(node):
            yield Fault("start-missing", scope, which)
        for element in elements:
            yield from _loose(element, bool(starts), bool(ends), view)


def _loose(element: Element, has_start: bool, has_end: bool, view: View) -> Iterator[Fault]:
    incoming, outgoing = view.incoming[element.id], view.outgoing[element.id]
    if element.type == "startEvent" and not outgoing:
        yield fault("dead-end", element)
    elif not incoming and needs_incoming(element) and (has_start or element.type in EVENTS):
        if not _instantiates(element):
            yield fault("unreachable", element)
    elif not outgoing and (has_end or element.type in EVENTS) and _needs_outgoing(element):
        yield fault("no-outgoing", element)


def _needs_outgoing(element: Element) -> bool:
    if element.type in ("endEvent", "startEvent", "boundaryEvent") or is_outside_flow(element.node):
        return False
    return not (element.type == "intermediateThrowEvent" and definitions.kinds(element.node) == ["link"])


def _instantiates(element: Element) -> bool:
    return element.type in ("receiveTask", "eventBasedGateway") and flag(element.node, "instantiate")


def _instantiated_otherwise(elements: list[Element]) -> bool:
    return any(_instantiates(element) for element in elements)


def _ad_hoc(scope: str, elements: list[Element], view: View) -> Iterator[Fault]:
    which = view.called(scope)
    if not any(element.type in ACTIVITIES for element in elements):
        yield Fault("ad-hoc-activity", scope, which)
    for element in elements:
        if element.type in ("startEvent", "endEvent"):
            kind = "开始事件" if element.type == "startEvent" else "结束事件"
            yield Fault("ad-hoc-event", element.id, which, kind + label(element.name, element.id))
