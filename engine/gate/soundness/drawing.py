"""From one scope of a diagram (a process or a sub-process) to the board of the token game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.diagram import ACTIVITIES, BPMN, Diagram, Element, Flow, flag, is_event_sub_process
from engine.gate.coverage import definition
from engine.gate.soundness.net import ABNORMAL, ALL, ANY, NORMAL, ROOT, SOME, Choice, Net, Node, subsets
from engine.gate.view import is_compensation

JOINS = {"parallelGateway": ALL, "inclusiveGateway": SOME, "complexGateway": SOME}
ONE_OF = frozenset({"exclusiveGateway", "eventBasedGateway"})
STOPPING = {"terminate": NORMAL, "error": ABNORMAL, "cancel": ABNORMAL}
ONCE = frozenset({"timerDate", "timerDuration"})  # every other event may happen again while its host is active
MOST_CONDITIONS = 12
MERGE = "\0merge"


class TooManyWays(Exception):
    """A node may fire in more ways than can be enumerated."""


@dataclass(frozen=True)
class Side:
    """A non-interrupting boundary event: what it puts beside the tokens that are there already."""

    id: str
    host: str
    outs: frozenset[int]
    once: bool


class Drawing:
    """The nodes of one scope as drawn; `may_complete` says whether an activity can end normally."""

    def __init__(self, diagram: Diagram, scope: str, may_complete: Callable[[Element], bool]) -> None:
        self.elements = {e.id: e for e in diagram.elements.values() if e.scope == scope and _plays(e)}
        self.may_complete = may_complete
        self.net = Net()
        self.sides: list[Side] = []
        self._boundary = [e for e in self.elements.values() if e.type == "boundaryEvent"]
        self._outgoing: dict[str, list[Flow]] = {}
        self._places: dict[str, int] = {}
        self._lay_flows([f for f in diagram.flows.values() if {f.source, f.target} <= self.elements.keys()])
        self._lay_links()
        for element in self.elements.values():
            if element.type not in ("startEvent", "boundaryEvent"):
                self.net.add(
                    Node(element.id, JOINS.get(element.type, ANY), self._choices(element), acts=_acts(element))
                )
        self.net.add(Node(ROOT, ANY, self._beginnings()))
        self.net.wire()

    def _lay_flows(self, flows: list[Flow]) -> None:
        incoming: dict[str, int] = {}
        for flow in flows:
            self._outgoing.setdefault(flow.source, []).append(flow)
            incoming[flow.target] = incoming.get(flow.target, 0) + 1
        self._entered = set(incoming)
        merged = {key for key, count in incoming.items() if count > 1 and _acts(self.elements[key])}
        for flow in flows:
            target = flow.target + MERGE if flow.target in merged else flow.target
            self._places[flow.id] = self.net.place(self._source(flow.source), target)
        for key in sorted(merged):
            # an activity with several incoming flows is a merge in front of an activity
            out = self.net.place(key + MERGE, key)
            self.net.add(Node(key + MERGE, ANY, [Choice((), frozenset({out}))]))

    def _lay_links(self) -> None:
        """A link takes its token to the catch event of the same name."""
        self._jumps: dict[str, list[int]] = {}
        for catch in self.elements.values():
            if catch.type == "intermediateCatchEvent" and _link(catch) is not None:
                self._entered.add(catch.id)
                for throw in self.elements.values():
                    if throw.type == "intermediateThrowEvent" and _link(throw) == _link(catch):
                        self._jumps.setdefault(throw.id, []).append(self.net.place(throw.id, catch.id))

    def _source(self, element_id: str) -> str:
        element = self.elements[element_id]
        if element.type == "startEvent":
            return ROOT
        return element.attached_to or "" if element.type == "boundaryEvent" else element.id

    def _beginnings(self) -> list[Choice]:
        """Each start event or instantiating task begins an instance; without any, all open ends together do."""
        starts = [e for e in self.elements.values() if e.type == "startEvent"]
        tasks = [e for e in self.elements.values() if flag(e.node, "instantiate")]
        if starts or tasks:
            entries = [Choice((), frozenset({self.net.place(ROOT, e.id)})) for e in tasks]
            return [choice for e in starts for choice in self._split(e)] + entries
        open_ends = [e for e in self.elements.values() if e.id not in self._entered and e.type != "boundaryEvent"]
        return [Choice((), frozenset(self.net.place(ROOT, e.id) for e in open_ends))] if open_ends else []

    def _choices(self, element: Element) -> list[Choice]:
        if element.type == "endEvent":
            ends = STOPPING.get(definition(element.node))
            return [Choice((element.id,), frozenset(), ends, frozenset({element.id}))]
        if element.id in self._jumps:
            return [self._choice(element, self._jumps[element.id])]
        if element.type in ONE_OF:
            flows = self._outgoing.get(element.id, [])
            return [self._choice(element, [self._places[f.id]]) for f in flows] or [self._choice(element, [])]
        if element.type not in ACTIVITIES:
            return self._split(element)
        choices = self._split(element) if self.may_complete(element) else []
        for event in self._boundary:
            if event.attached_to == element.id:
                choices += self._boundary_choices(element, event)
        return choices or [Choice((element.id,), frozenset(), ABNORMAL, frozenset({element.id}))]

    def _boundary_choices(self, host: Element, event: Element) -> list[Choice]:
        if not flag(event.node, "cancelActivity", default=True):
            outs = frozenset(self._places[f.id] for f in self._outgoing.get(event.id, []))
            self.sides.append(Side(event.id, host.id, outs, definition(event.node) in ONCE))
            return []
        return [Choice((host.id, event.id), c.outs, None, c.covers | {host.id}, acts=True) for c in self._split(event)]

    def _split(self, element: Element) -> list[Choice]:
        """Flows without condition all get a token, those with one may, the default one when no other does."""
        default = element.node.get("default")
        always: list[int] = []
        perhaps: list[int] = []
        otherwise: list[int] = []
        for flow in self._outgoing.get(element.id, []):
            conditional = flow.condition is not None or element.type in ("inclusiveGateway", "complexGateway")
            kind = otherwise if flow.id == default else perhaps if conditional else always
            kind.append(self._places[flow.id])
        if len(perhaps) > MOST_CONDITIONS:
            raise TooManyWays(element.id)
        if not perhaps:
            return [self._choice(element, always + otherwise)]
        nothing = [self._choice(element, always + otherwise)] if always or otherwise else []
        return [self._choice(element, [*always, *taken]) for taken in subsets(perhaps) if taken] + nothing

    def _choice(self, element: Element, outs: list[int]) -> Choice:
        return Choice((element.id,), frozenset(outs), covers=frozenset({element.id}), acts=_acts(element))


def element_of(key: str) -> str:
    """The element a node of the board stands for."""
    return key.split("\0")[0]


def _plays(element: Element) -> bool:
    """Compensation and event sub-processes stand outside the normal flow of their scope."""
    return not (
        is_compensation(element.node)
        or is_event_sub_process(element.node)
        or (element.type == "boundaryEvent" and definition(element.node) == "compensate")
    )


def _acts(element: Element) -> bool:
    """Whether it is noticed when an element runs twice; two tokens at an end event are legal."""
    return element.type in ACTIVITIES or (element.type.startswith("intermediate") and _link(element) is None)


def _link(element: Element) -> str | None:
    found = element.node.find(f"{BPMN}linkEventDefinition")
    return found.get("name") or "" if found is not None else None
