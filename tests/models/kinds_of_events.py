"""Kinds of blocks to draw from: events, and scopes with events on their borders and inside."""

from __future__ import annotations

from tests.models.blocks import Block, Sequence
from tests.models.maker import Kind, Maker
from tests.models.scopes import Border, Box, Race, Wait
from tests.models.steps import Auto, Task

EVENTS = ("message", "signal", "timer")


def _wait(maker: Maker, depth: int) -> Block:
    return Wait(maker.chance.choice(EVENTS))


def _race(maker: Maker, depth: int) -> Block:
    ways = maker.ways(depth)
    return Race([maker.chance.choice(EVENTS) for _ in ways], ways)


def _box(maker: Maker, depth: int) -> Block:
    return Box(maker.block(depth), called=maker.some(0.4))


def _border(maker: Maker, depth: int) -> Block:
    borders = [_event(maker, depth) for _ in range(maker.chance.randint(1, 2))]
    return Box(Sequence([Task(), maker.block(depth)]), called=maker.some(0.3), borders=borders)


def _event(maker: Maker, depth: int) -> Border:
    """A path that may have several copies at once is a plain one: they cannot be told apart."""
    kind, interrupting = maker.chance.choice(EVENTS), maker.some()
    path = maker.block(depth) if interrupting or kind == "timer" else Sequence([Auto(), Task()])
    return Border(kind, interrupting, path)


def _stopped(maker: Maker, depth: int) -> Block:
    return Box(maker.block(depth), terminates=True)


def _error(maker: Maker, depth: int) -> Block:
    borders = [Border("error", True, maker.block(depth))]
    return Box(maker.block(depth), called=maker.some(0.4), borders=borders, raises="error")


def _escalation(maker: Maker, depth: int) -> Block:
    interrupting = maker.some()
    path = maker.block(depth) if interrupting else Sequence([Auto(), Task()])
    return Box(maker.block(depth), borders=[Border("escalation", interrupting, path)], raises="escalation")


def _handled(maker: Maker, depth: int) -> Block:
    return Box(Sequence([Task(), maker.block(depth)]), event_paths=[_event(maker, depth)])


KINDS: dict[str, Kind] = {
    "wait": _wait,
    "race": _race,
    "box": _box,
    "border": _border,
    "stopped": _stopped,
    "error": _error,
    "escalation": _escalation,
    "handled": _handled,
}
