"""Kinds of blocks to draw from: flows, activities, loops."""

from __future__ import annotations

from tests.models.blocks import Block, Sequence
from tests.models.branches import Exclusive, Inclusive, Parallel, Repeat
from tests.models.decisions import AGGREGATORS, MANY_FIT, ONE_FITS, Decide, Table
from tests.models.loops import Asked, Counted
from tests.models.maker import Kind, Maker
from tests.models.multi_instances import ManyDecisions, ManyInside, ManySent, ManyServices, ManyTasks, Times
from tests.models.scopes import Bare, Box, Mapped
from tests.models.steps import Auto, Linked, Noted, Passed, Task


def _sequence(maker: Maker, depth: int) -> Block:
    return Sequence([maker.block(depth) for _ in range(maker.chance.randint(2, 3))])


def _exclusive(maker: Maker, depth: int) -> Block:
    return Exclusive(maker.ways(depth))


def _parallel(maker: Maker, depth: int) -> Block:
    return Parallel(maker.ways(depth), maker.chance.choice(("gateway", "gateway", "task", "event")))


def _inclusive(maker: Maker, depth: int) -> Block:
    return Inclusive(maker.ways(depth), maker.some(0.3))


def _repeat(maker: Maker, depth: int) -> Block:
    return Repeat(maker.block(depth))


def _passed(maker: Maker, depth: int) -> Block:
    return Passed(maker.chance.choice(("task", "manualTask", "sendTask")))


def _bare(maker: Maker, depth: int) -> Block:
    """A way begins and ends with an activity, where no event may; nothing in it has an end event of its own."""
    gathers = maker.some()
    ways: list[Block] = []
    for _ in range(maker.chance.randint(2, 3)):
        steps = [_step(maker), maker.quiet(depth)]
        ways.append(Sequence(steps if gathers else [*steps, Auto()]))
    return Bare(ways, gathers)


def _step(maker: Maker) -> Block:
    return maker.chance.choice((Task(), Auto(), Passed("manualTask")))


def _box(maker: Maker, depth: int) -> Block:
    return Box(maker.block(depth), called=maker.some(0.4))


def _mapped(maker: Maker, depth: int) -> Block:
    return Mapped(levels=maker.chance.randint(1, 3))


def _table(maker: Maker) -> Table:
    if maker.some():
        return Table("UNIQUE", maker.chance.choice(ONE_FITS))
    return Table("COLLECT", maker.chance.choice(MANY_FIT), maker.chance.choice(list(AGGREGATORS)))


def _decide(maker: Maker, depth: int) -> Block:
    return Decide(_table(maker))


def _asked(maker: Maker, depth: int) -> Block:
    """A standard loop that people end."""
    body = maker.block(depth) if maker.some() else None
    return Asked(maker.chance.choice((None, 1, 2, 3)), body, called=maker.some())


def _counted(maker: Maker, depth: int) -> Block:
    """A standard loop that its condition or its maximum ends."""
    least, maximum = maker.chance.choice(((0, None), (2, None), (3, 2), (1, 3), (None, 2)))
    body = maker.block(depth) if maker.some() else None
    return Counted(least, maximum, maker.some(), body, called=maker.some())


def _times(maker: Maker, *, until: bool = False) -> Times:
    enough = maker.chance.randint(1, 2) if until and maker.some() else 0
    return Times(maker.chance.randint(0, 3), sequential=maker.some(), numbered=maker.some(0.3), enough=enough)


def _many_tasks(maker: Maker, depth: int) -> Block:
    return ManyTasks(_times(maker, until=True))


def _many_services(maker: Maker, depth: int) -> Block:
    return ManyServices(_times(maker))


def _many_decisions(maker: Maker, depth: int) -> Block:
    return ManyDecisions(_times(maker), _table(maker))


def _many_sent(maker: Maker, depth: int) -> Block:
    return ManySent(_times(maker))


def _many_inside(maker: Maker, depth: int) -> Block:
    return _many_scopes(maker, depth, called=False)


def _many_called(maker: Maker, depth: int) -> Block:
    return _many_scopes(maker, depth, called=True)


def _many_scopes(maker: Maker, depth: int, *, called: bool) -> Block:
    """With a user task first, so that what is done first is known."""
    times = _times(maker, until=True)
    body = maker.block(depth) if times.sequential else maker.quiet(depth)
    return ManyInside(times, Sequence([Task(), body]), called=called)


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
    "box": _box,
    "bare": _bare,
    "mapped": _mapped,
    "passed": _passed,
    "noted": lambda maker, depth: Noted(),
    "decide": _decide,
    "asked": _asked,
    "counted": _counted,
    "many_tasks": _many_tasks,
    "many_services": _many_services,
    "many_decisions": _many_decisions,
    "many_sent": _many_sent,
    "many_inside": _many_inside,
    "many_called": _many_called,
}
