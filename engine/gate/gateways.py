"""Gateways: their direction, and what may follow an event-based one (§8.4.9, §10.6)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagram import GATEWAYS, Element, flag
from engine.gate import definitions
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault

TRIGGERS = frozenset({"message", "signal", "timer", "conditional"})


def check(view: View) -> Iterator[Fault]:
    """Every fault of the process's gateways."""
    for element in view.elements:
        if element.type not in GATEWAYS:
            continue
        ways_in, ways_out = len(view.incoming[element.id]), len(view.outgoing[element.id])
        yield from _direction(element, ways_in, ways_out)
        if element.type == "eventBasedGateway":
            yield from _event_based(element, ways_in, ways_out, view)
        elif ways_in and ways_out and ways_in < 2 and ways_out < 2:
            yield fault("gateway-flows", element)


def _direction(element: Element, ways_in: int, ways_out: int) -> Iterator[Fault]:
    direction = element.node.get("gatewayDirection", "Unspecified")
    wrong = {
        "Converging": ways_out > 1 or ways_in < 2,
        "Diverging": ways_in > 1 or ways_out < 2,
        "Mixed": ways_in < 2 or ways_out < 2,
    }
    if wrong.get(direction):
        yield fault("gateway-direction", element, direction)


def _event_based(element: Element, ways_in: int, ways_out: int, view: View) -> Iterator[Fault]:
    instantiates = flag(element.node, "instantiate")
    if ways_out < 2:
        yield fault("event-gateway-outgoing", element)
    if instantiates and ways_in:
        yield fault("event-gateway-instantiate", element)
    if element.node.get("eventGatewayType") == "Parallel" and not instantiates:
        yield fault("event-gateway-parallel", element)
    targets = [view.diagram.elements.get(flow.target) for flow in view.outgoing[element.id]]
    following = [target for target in targets if target is not None]
    for target in following:
        if not _may_follow(target):
            yield fault("event-gateway-target", element, target.name or target.id)
        if len(view.incoming[target.id]) > 1:
            yield fault("event-gateway-incoming", element, target.name or target.id)
        if target.type == "receiveTask" and view.boundaries.get(target.id):
            yield fault("event-gateway-boundary", element, target.name or target.id)
    kinds = {target.type for target in following if target.type == "receiveTask" or _waits_for_message(target)}
    if len(kinds) > 1:
        yield fault("event-gateway-mixed", element)


def _may_follow(target: Element) -> bool:
    if target.type == "receiveTask":
        return True
    kinds = definitions.kinds(target.node)
    return target.type == "intermediateCatchEvent" and bool(kinds) and set(kinds) <= TRIGGERS


def _waits_for_message(target: Element) -> bool:
    return target.type == "intermediateCatchEvent" and "message" in definitions.kinds(target.node)
