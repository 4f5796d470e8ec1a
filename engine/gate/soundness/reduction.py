"""Makes the board small before the game: what cannot go wrong by itself becomes one place.

Every rule keeps what the game looks for: a token stuck, two tokens on one flow, a way to the end. `covers` and `trail`
remember the elements that disappear, so that findings speak of the diagram as drawn.
"""

from __future__ import annotations

from dataclasses import replace

from engine.gate.soundness.net import ALL, ANY, ROOT, SOME, Choice, Net, Node


def reduce(net: Net) -> None:
    """Apply all rules until none fits."""
    changed = True
    while changed:
        changed = False
        for key in list(net.nodes):
            if key != ROOT and key in net.nodes:
                changed |= _absorb(net, key) or _drop_loop(net, key) or _contract(net, key) or _fuse_split(net, key)
        for key in list(net.nodes):
            if key in net.nodes:
                changed |= _merge_twins(net, key)
        for key in list(net.nodes):
            if key != ROOT and key in net.nodes:
                changed |= _fuse_merge(net, key)


def _remove(net: Net, key: str) -> None:
    del net.nodes[key]


def _absorb(net: Net, key: str) -> bool:
    """What only swallows tokens swallows them on the way; two at once do no harm when nothing acts."""
    node = net.nodes[key]
    if node.fixed or (node.join != ANY and len(node.ins) > 1):
        return False
    if not node.choices or any(c.outs or c.ends or c.unless for c in node.choices):
        return False
    if node.merges and node.acting:
        return False
    changed = False
    for number in sorted(node.ins):
        place = net.places[number]
        source = net.nodes[place.source]
        if source.fixed:
            continue
        first = node.choices[0]
        gone = frozenset().union(*(c.covers for c in node.choices))
        source.choices = _distinct(
            [
                replace(
                    c,
                    outs=c.outs - {number},
                    trail=c.trail + place.trail + first.trail,
                    covers=c.covers | place.covers | gone,
                    acts=c.acts or place.acts or node.acting,
                )
                if number in c.outs
                else c
                for c in source.choices
            ]
        )
        del net.places[number]
        node.ins.discard(number)
        changed = True
    if not node.ins:
        _remove(net, key)
    return changed


def _drop_loop(net: Net, key: str) -> bool:
    """A way back to where it came from, beside a way out."""
    node = net.nodes[key]
    if node.fixed or node.join != ANY:
        return False
    loops = [c for c in node.choices if len(c.outs) == 1 and c.outs <= node.ins and not c.ends]
    others = [c for c in node.choices if c not in loops]
    used = {out for c in others for out in c.outs}
    loops = [c for c in loops if not c.outs & used]
    if not loops or not others:
        return False
    covers, acts = frozenset[str](), False
    for loop in loops:
        (number,) = loop.outs
        covers |= loop.covers | net.places[number].covers
        acts |= loop.acts or net.places[number].acts
    for number in {out for loop in loops for out in loop.outs}:
        del net.places[number]
        node.ins.discard(number)
    node.choices = [replace(c, covers=c.covers | covers, acts=c.acts or acts) for c in others]
    return True


def _contract(net: Net, key: str) -> bool:
    """One flow in, one flow out: the node becomes part of the flow."""
    node = net.nodes[key]
    if node.fixed or len(node.ins) != 1 or len(node.choices) != 1:
        return False
    choice = node.choices[0]
    if choice.ends or len(choice.outs) != 1:
        return False
    (number,), (out,) = node.ins, choice.outs
    if number == out:
        return False
    place, after = net.places[number], net.places[out]
    place.target = after.target
    place.trail += choice.trail + after.trail
    place.covers |= choice.covers | after.covers
    place.acts |= choice.acts or after.acts or node.acts
    target = net.nodes[after.target]
    target.ins.discard(out)
    target.ins.add(number)
    del net.places[out]
    _remove(net, key)
    return True


def _fuse_split(net: Net, key: str) -> bool:
    """A node that one token reaches may choose as soon as that token is put."""
    node = net.nodes[key]
    if node.fixed or len(node.ins) != 1 or not node.choices:
        return False
    (number,) = node.ins
    place = net.places[number]
    source = net.nodes[place.source]
    using = [c for c in source.choices if number in c.outs]
    if source.fixed or source is node or not using:
        return False
    alone = all(len(c.outs) == 1 for c in using)
    if not alone and (len(node.choices) > 1 or any(c.ends for c in node.choices)):
        return False
    choices = [c for c in source.choices if number not in c.outs]
    for before in using:
        for after in node.choices:
            choices.append(
                Choice(
                    before.trail + place.trail + after.trail,
                    before.outs - {number} | after.outs,
                    after.ends,
                    before.covers | place.covers | after.covers,
                    before.acts or place.acts or after.acts or node.acts,
                )
            )
    for out in net.produced(key):
        net.places[out].source = source.key
    source.choices = _distinct(choices)
    del net.places[number]
    _remove(net, key)
    return True


def _fuse_merge(net: Net, key: str) -> bool:
    """A merge in front of a merge."""
    node = net.nodes[key]
    if node.fixed or not node.merges or len(node.choices) != 1 or len(node.choices[0].outs) != 1:
        return False
    choice = node.choices[0]
    (out,) = choice.outs
    place = net.places[out]
    target = net.nodes[place.target]
    if target is node or target.fixed or not target.merges or node.acting or place.acts or choice.ends:
        return False
    for number in node.ins:
        entry = net.places[number]
        entry.target = target.key
        entry.trail += choice.trail + place.trail
        entry.covers |= choice.covers | place.covers
        target.ins.add(number)
    target.ins.discard(out)
    del net.places[out]
    _remove(net, key)
    return True


def _merge_twins(net: Net, key: str) -> bool:
    """Two flows from one node to one join that always does right by both of them."""
    source = net.nodes[key]
    if source.fixed:
        return False
    by_target: dict[str, list[int]] = {}
    for number in sorted(net.produced(key)):
        by_target.setdefault(net.places[number].target, []).append(number)
    changed = False
    for target, numbers in by_target.items():
        first = numbers[0]
        for other in numbers[1:]:
            if not net.nodes[target].fixed and _twins(source, net.nodes[target], first, other):
                _unite(net, source, first, other)
                changed = True
    return changed


def _twins(source: Node, target: Node, first: int, other: int) -> bool:
    both = [c for c in source.choices if first in c.outs and other in c.outs]
    either = [c for c in source.choices if first in c.outs or other in c.outs]
    if target.join == SOME:
        return True
    if target.join == ALL:
        return len(both) == len(either)
    return not both


def _unite(net: Net, source: Node, first: int, other: int) -> None:
    kept, gone = net.places[first], net.places[other]
    together = any(first in c.outs and other in c.outs for c in source.choices)
    if together:
        kept.trail += gone.trail
    kept.covers |= gone.covers
    kept.acts |= gone.acts
    source.choices = _distinct(
        [replace(c, outs=c.outs - {other} | {first}) if other in c.outs else c for c in source.choices]
    )
    net.nodes[gone.target].ins.discard(other)
    del net.places[other]


def _distinct(choices: list[Choice]) -> list[Choice]:
    """One choice of those that put the same tokens."""
    found: dict[tuple[frozenset[int], str | None, int | None], Choice] = {}
    for choice in choices:
        known = found.get((choice.outs, choice.ends, choice.unless))
        if known is None:
            found[choice.outs, choice.ends, choice.unless] = choice
        else:
            merged = replace(known, covers=known.covers | choice.covers, acts=known.acts or choice.acts)
            found[choice.outs, choice.ends, choice.unless] = merged
    return list(found.values())
