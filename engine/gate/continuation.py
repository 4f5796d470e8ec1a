"""Whether a running scope can still come to its end from where its tokens are: the gate's token game, begun midway."""

from __future__ import annotations

import time
from collections.abc import Iterable

from engine.diagram import Diagram, Element
from engine.gate.soundness.drawing import Drawing, TooManyWays, element_of
from engine.gate.soundness.game import DEADLOCK, LIVELOCK, UNSAFE, Game, Limits
from engine.gate.soundness.net import ANY, ROOT, Choice, Net, Node

MOST_STATES = 20_000
MOST_SECONDS = 1.0
WORDS = {
    DEADLOCK: "「{name}」会一直等不到其他分支",
    UNSAFE: "「{name}」会被重复办理",
    LIVELOCK: "流程会在「{name}」一带循环，走不到结束",
}


def problem(diagram: Diagram, scope: str, tokens: Iterable[tuple[str, str | None]]) -> str | None:
    """What would go wrong, in Chinese; None when nothing does or the scope is too large to tell.

    `tokens`: (element id, None), or (join's id, the element it came from) for one that waits at a join.
    """
    try:
        net = Drawing(diagram, scope, lambda _activity: True).net
    except TooManyWays:
        return None
    places: list[int] = []
    for element_id, source in tokens:
        place = _place(net, diagram, element_id, source)
        if place is None:
            continue  # it stands beside the flow, such as in an event sub-process
        if place in places:
            return WORDS[UNSAFE].format(name=_name(diagram, element_id))
        places.append(place)
    net.nodes[ROOT] = Node(ROOT, ANY, [Choice((), frozenset(places))])
    net.wire()
    outcome = Game(net).play(Limits(MOST_STATES, time.monotonic() + MOST_SECONDS))
    for found in outcome.problems:
        return WORDS[found.kind].format(name=_name(diagram, element_of(found.node)))
    return None


def _place(net: Net, diagram: Diagram, element_id: str, source: str | None) -> int | None:
    node = net.nodes.get(element_id)
    if node is None:
        return None
    if source is not None:
        drawn: Element | None = diagram.elements.get(source)
        origin = drawn.attached_to if drawn is not None and drawn.attached_to else source
        origin = ROOT if drawn is not None and drawn.type == "startEvent" else origin
        flows = (n for n, place in net.places.items() if (place.source, place.target) == (origin, element_id))
        return next(flows, None)
    if node.join == ANY:
        return net.place(ROOT, element_id)
    # a join that has its tokens already and has only to go on
    going_on = f"{element_id}\0going_on"
    net.add(Node(going_on, ANY, node.choices))
    return net.place(ROOT, going_on)


def _name(diagram: Diagram, element_id: str) -> str:
    element = diagram.elements.get(element_id)
    return (element.name or element.id) if element is not None else element_id
