"""Which games show that a scope is sound: one from its beginning, one from each non-interrupting event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.gate.soundness.drawing import Drawing, Side
from engine.gate.soundness.game import Game, Limits, Problem
from engine.gate.soundness.net import ALL, ANY, ROOT, SOME, Choice, Net, Node
from engine.gate.soundness.reduction import reduce

COPIES, RETURNS = "event-copies", "event-returns"


@dataclass
class Verdict:
    """What was found in one scope; `unreached` only when the whole game is known."""

    problems: list[Problem] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    complete: bool = True
    may_complete: bool = True
    states: int = 0


@dataclass(frozen=True)
class _Region:
    """What one beginning reaches; `sides` are non-interrupting events that come back into it."""

    beginning: tuple[Choice, ...]
    keys: set[str]
    sides: tuple[Side, ...]


def judge(drawing: Drawing, limits: Limits) -> Verdict:
    """Play all games of a scope."""
    verdict = Verdict(may_complete=False)
    reached: set[str] = set()
    regions = _regions(drawing, verdict)
    for number, region in enumerate(regions):
        net = _board(drawing, region)
        reduce(net)
        outcome = Game(net).play(limits)
        verdict.problems += outcome.problems
        verdict.complete &= outcome.complete
        verdict.states += outcome.states
        reached |= outcome.reached
        if number == 0:
            verdict.may_complete = outcome.ends_normally or not outcome.complete or bool(outcome.problems)
    reached |= {side.id for side in drawing.sides if side.host in reached}
    if verdict.complete:
        known = reached if not verdict.problems else _drawn_reach(drawing, regions)
        verdict.unreached = [e for e in drawing.elements if e not in known]
    return verdict


def _drawn_reach(drawing: Drawing, regions: list[_Region]) -> set[str]:
    """After another finding only what no flow leads to is reported."""
    keys = {key for region in regions for key in region.keys}
    keys |= {key for s in drawing.sides if s.host in keys for key in drawing.net.reach(s.outs)}
    found = {e for key in keys for choice in drawing.net.nodes[key].choices for e in choice.covers}
    found |= {e for c in regions[0].beginning for e in c.covers}
    return found | {side.id for side in drawing.sides if side.host in keys}


def _regions(drawing: Drawing, verdict: Verdict) -> list[_Region]:
    """The main region first. An event path that meets its own region is played with it, else by itself."""
    net = drawing.net
    main = tuple(net.nodes[ROOT].choices)
    found: list[_Region] = []
    waiting: list[tuple[tuple[Choice, ...], Side | None]] = [(main, None)]
    known: set[str] = set()
    while waiting:
        beginning, origin = waiting.pop(0)
        keys = net.reach(p for c in beginning for p in c.outs)
        inside = [s for s in drawing.sides if s.host in keys]
        meeting: list[Side] = []
        for side in inside:
            shared = _acting(net, net.reach(side.outs) & keys)
            if not shared:
                if side.id not in known:
                    waiting.append(((Choice((side.host, side.id), side.outs),), side))
            elif side.once:
                meeting.append(side)
            elif side.id not in known:
                verdict.problems.append(Problem(RETURNS, _first(net, side, shared), (side.host, side.id)))
            known.add(side.id)
        everything = keys.union(*(net.reach(s.outs) for s in meeting))
        found.append(_Region(beginning, everything, tuple(meeting)))
        if origin is not None and (not origin.once or _comes_again(net, origin.host)):
            joins = [k for k in sorted(keys) if net.nodes[k].join == SOME and len(net.nodes[k].ins) > 1]
            verdict.problems += [Problem(COPIES, key, (origin.host, origin.id)) for key in joins[:1]]
    return found


def _comes_again(net: Net, key: str) -> bool:
    return key in net.reach(net.produced(key))


def _acting(net: Net, keys: set[str]) -> set[str]:
    """Those where it matters whether one token comes or two: all but merges and ends with nothing behind them."""
    harmless = {k for k in keys if net.nodes[k].join == ANY and not net.nodes[k].acts and not net.nodes[k].fixed}
    changed = True
    while changed:
        out = {k for k in harmless if any(net.places[p].target not in harmless for p in net.produced(k))}
        changed = bool(out)
        harmless -= out
    return keys - harmless


def _first(net: Net, side: Side, shared: set[str]) -> str:
    """The shared node nearest to a non-interrupting event."""
    layer = [net.places[p].target for p in sorted(side.outs)]
    seen = set(layer)
    while not shared & set(layer):
        layer = [net.places[p].target for key in layer for p in sorted(net.produced(key))]
        layer = [key for key in layer if key not in seen]
        seen |= set(layer)
    return next(key for key in layer if key in shared)


def _board(drawing: Drawing, region: _Region) -> Net:
    net = drawing.net.copy(region.keys)
    for choice in region.beginning:
        for number in choice.outs:
            drawn = drawing.net.places[number]
            net.places[number] = replace(drawn, source=ROOT)
    net.nodes[ROOT] = Node(ROOT, ANY, list(region.beginning))
    for host in sorted({side.host for side in region.sides}):
        _arm(net, drawing.net, host, [s for s in region.sides if s.host == host])
    used = {out for node in net.nodes.values() for choice in node.choices for out in choice.outs}
    net.places = {n: p for n, p in net.places.items() if n in used or net.nodes[p.target].join == ALL}
    net.wire()
    return net


def _arm(net: Net, drawn: Net, host: str, sides: list[Side]) -> None:
    """While the host is active each of these events may put its tokens, once."""
    node = net.nodes[host]
    active_key = f"{host}\0active"
    active = net.place(host, active_key)
    choices = [replace(choice) for choice in node.choices]
    fired = []
    for side in sides:
        marker = net.marker()
        fired.append(marker)
        for number in side.outs:
            net.places[number] = replace(drawn.places[number], source=active_key)
        covers = frozenset({side.id})
        choices.append(Choice((host, side.id), side.outs | {active, marker}, covers=covers, unless=marker))
    leaving = frozenset(fired)
    choices = [c if c.unless else replace(c, clears=leaving) for c in choices]
    for number in drawn.produced(host) & net.places.keys():
        net.places[number].source = active_key
    net.nodes[host] = Node(host, ANY, [Choice((), frozenset({active}))], fixed=True)
    net.nodes[active_key] = Node(active_key, ANY, choices, acts=True, fixed=True)
