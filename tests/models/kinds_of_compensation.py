"""Kinds of blocks to draw from: activities that are undone, and transactions."""

from __future__ import annotations

from tests.models.blocks import Block, Sequence
from tests.models.borders import Border, Bordered
from tests.models.branches import Parallel, Repeat
from tests.models.compensation import Cancel, Cancelled, Undo, Undoable
from tests.models.events import AnyCode, Event
from tests.models.kinds_of_events import EVENTS, after, border_of, side_path
from tests.models.maker import Kind, Maker
from tests.models.scopes import Box, Content
from tests.models.steps import Ask, Auto, Task
from tests.models.throwing import Failing, Perhaps, Throw


def _undoable(maker: Maker) -> Undoable:
    inner = Sequence([Undoable(Task(), Auto()), Task()])
    activity = maker.chance.choice([Task(), Task(), Box(Task()), Box(inner)])
    return Undoable(activity, maker.chance.choice([Task(), Auto(), Box(Task())]))


def _perhaps_done(maker: Maker, undoable: Undoable) -> Block:
    """Done once, several times, or interrupted: then there is nothing to undo."""
    if maker.some(0.2):
        return Repeat(undoable)
    if maker.some(0.3):
        event = Event(maker.chance.choice(("message", "signal", "duration", "cycle")))
        return Bordered(undoable, [Border(event, maker.some(0.7), side_path())])
    return undoable


def _undo(maker: Maker, depth: int) -> Block:
    """Thrown after all were done, or while some are not."""
    several = [_undoable(maker) for _ in range(maker.chance.randint(1, 3))]
    effect = Undo(maker.chance.choice([None, several[0]]))
    done = [_perhaps_done(maker, each) for each in several]
    thrower = Throw(effect)
    shape = maker.chance.choice(("after", "beside", "end"))
    if shape == "beside" and len(several) > 1:
        content = Content(Parallel([Sequence([done[0], Task(), thrower, Task()]), *done[1:]]))
    else:
        body = Parallel(done) if len(done) > 1 and maker.some(0.6) else Sequence(done)
        if shape == "end":
            content = Content(Sequence([body, Task()]), ending=effect)
        else:
            content = Content(Sequence([body, Task(), thrower, Task()]))
    box = Box(content, called=maker.some(0.3))
    if maker.some(0.7):
        return box
    event = Event(maker.chance.choice(EVENTS))
    return after([event], Bordered(box, [border_of(maker, event, depth)]))


def _transaction(maker: Maker, depth: int) -> Block:
    """Cancelled while something goes on in it, when all is done, or not at all; a failure leaves it as it is."""
    first, second = (_perhaps_done(maker, _undoable(maker)) for _ in range(2))
    cancel = Perhaps(Cancel())
    borders = [Border(Cancelled(), True, maker.block(depth))]
    if maker.some(0.5):
        body: Block = Parallel([Sequence([first, cancel]), Sequence([second, Task()])])
    elif maker.some(0.6):
        body = Sequence([Parallel([first, second]), Task(), cancel])
    else:
        ask = Ask("one")
        body = Parallel([Sequence([first, ask, Failing(ask), cancel]), second])
        borders.append(Border(AnyCode("error"), True, maker.block(depth)))
    return Bordered(Box(body, transaction=True), borders)


KINDS: dict[str, Kind] = {"undo": _undo, "transaction": _transaction}
