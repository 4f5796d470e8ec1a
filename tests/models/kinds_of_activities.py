"""Kinds of blocks to draw from: flows, activities, loops."""

from __future__ import annotations

from tests.models.blocks import Block, Sequence
from tests.models.branches import Exclusive, Inclusive, Parallel, Repeat
from tests.models.maker import Kind, Maker
from tests.models.multi_instances import Many
from tests.models.steps import Auto, Linked, Task


def _sequence(maker: Maker, depth: int) -> Block:
    return Sequence([maker.block(depth) for _ in range(maker.chance.randint(2, 3))])


def _exclusive(maker: Maker, depth: int) -> Block:
    return Exclusive(maker.ways(depth))


def _parallel(maker: Maker, depth: int) -> Block:
    return Parallel(maker.ways(depth), maker.some(0.3))


def _inclusive(maker: Maker, depth: int) -> Block:
    return Inclusive(maker.ways(depth), maker.some(0.3))


def _repeat(maker: Maker, depth: int) -> Block:
    return Repeat(maker.block(depth))


def _many(maker: Maker, depth: int) -> Block:
    return Many(maker.chance.randint(0, 3), maker.some())


PLAIN: dict[str, Kind] = {  # so small that every path can be run
    "task": lambda maker, depth: Task(),
    "auto": lambda maker, depth: Auto(),
    "sequence": _sequence,
    "exclusive": _exclusive,
    "parallel": _parallel,
    "inclusive": _inclusive,
}
KINDS: dict[str, Kind] = {
    **PLAIN,
    "repeat": _repeat,
    "linked": lambda maker, depth: Linked(),
    "many": _many,
}
