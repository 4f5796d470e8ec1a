"""Kinds of blocks to draw from: events and scopes.

Each throw stands behind a user task, so that what happens first is known.
"""

from __future__ import annotations

from tests.models.blocks import Block, Sequence
from tests.models.borders import Border, Bordered
from tests.models.branches import Parallel, Repeat
from tests.models.compensation import Cancel, Cancelled, Undo, Undoable
from tests.models.events import AnyCode, Code, Event, Set
from tests.models.maker import Kind, Maker
from tests.models.scopes import Box, Content, Handler
from tests.models.steps import Ask, Auto, Task
from tests.models.throwing import Effect, Failing, Perhaps, Raised, Throw, Told
from tests.models.waiting import Race, Wait

EVENTS = ("message", "signal", "duration", "date", "cycle")


def _side_path() -> Block:
    """A path that may have several copies at once is a plain one: they cannot be told apart."""
    return Sequence([Auto(), Task()])


def _path(maker: Maker, depth: int, kind: str, *, interrupting: bool) -> Block:
    return maker.block(depth) if interrupting or kind in ("duration", "date") else _side_path()


# what waits


def _waiting(maker: Maker, event: Event) -> Wait:
    return Wait(event, task=event.kind == "message" and maker.some(0.3))


def _wait(maker: Maker, depth: int) -> Block:
    event = Event(maker.chance.choice(EVENTS))
    return _after([event], _waiting(maker, event))


def _race(maker: Maker, depth: int) -> Block:
    events = [Event(maker.chance.choice(EVENTS)) for _ in range(maker.chance.randint(2, 3))]
    return _after(events, _race_of(maker, events, depth))


def _race_of(maker: Maker, events: list[Event], depth: int) -> Race:
    tasks = maker.some(0.3)  # events and receive tasks may not stand side by side
    waits = [Wait(event, task=tasks and event.kind == "message") for event in events]
    return Race(waits, [maker.block(depth) for _ in events])


def _border(maker: Maker, depth: int) -> Block:
    events = [Event(maker.chance.choice(EVENTS)) for _ in range(maker.chance.randint(1, 2))]
    borders = [_border_of(maker, event, depth) for event in events]
    return _after(events, Bordered(_host(maker, depth), borders))


def _border_of(maker: Maker, event: Event, depth: int) -> Border:
    interrupting = maker.some(0.5)
    return Border(event, interrupting, _path(maker, depth, event.kind, interrupting=interrupting))


def _host(maker: Maker, depth: int, *, called: bool = True) -> Task | Box:
    """An activity that goes on for a while."""
    if maker.some(0.2):
        return Task()
    return Box(Sequence([Task(), maker.block(depth)]), called=called and maker.some(0.3))


def _handled(maker: Maker, depth: int) -> Block:
    """Event sub-processes, sometimes beside events on the border."""
    events = [Event(maker.chance.choice(EVENTS)) for _ in range(maker.chance.randint(2, 3))]
    handlers = [_handler_of(maker, event, depth) for event in events[:2]]
    borders = [_border_of(maker, event, depth) for event in events[2:]]
    box = Box(Content(Sequence([Task(), maker.block(depth)]), handlers), called=maker.some(0.3))
    return _after(events, Bordered(box, borders) if borders else box)


def _handler_of(maker: Maker, event: Event, depth: int) -> Handler:
    interrupting = maker.some(0.5)
    path = _path(maker, depth, event.kind, interrupting=interrupting)
    return Handler(event, interrupting, Content(path, terminates=interrupting and maker.some(0.1)))


# scopes


def _stopped(maker: Maker, depth: int) -> Block:
    return Box(Content(maker.block(depth), terminates=True), called=maker.some(0.3))


# what is thrown


def _told(maker: Maker, depth: int) -> Block:
    return _told_of(maker, Event(maker.chance.choice(("message", "signal"))), depth)


def _conditional(maker: Maker, depth: int) -> Block:
    return _told_of(maker, Event("condition"), depth)


def _told_of(maker: Maker, event: Event, depth: int) -> Block:
    """A message, signal or condition that comes from beside whoever waits for it."""
    events = [event]
    shape = maker.chance.choice(("wait", "race", "border", "handler", "inside"))
    if shape == "wait":
        waits: Block = _waiting(maker, event)
    elif shape == "race":
        events.append(Event(maker.chance.choice(EVENTS)))
        waits = _race_of(maker, events, depth)
    elif shape == "border":
        waits = Bordered(_host(maker, depth, called=False), [_border_of(maker, event, depth)])
    elif shape == "handler":
        waits = Box(Content(Sequence([Task(), maker.block(depth)]), [_handler_of(maker, event, depth)]))
    else:
        return _told_inside(maker, event, depth)
    return _after(events, Parallel([waits, Sequence([_teller(maker, event), maker.block(depth)])]))


def _told_inside(maker: Maker, event: Event, depth: int) -> Block:
    """The activity that is watched tells it itself."""
    if event.kind == "condition":
        border = Border(event, False, _side_path())
        body: Block = Sequence([Set(event, True, False), Set(event, True, False), Task()])
    else:
        border = _border_of(maker, event, depth)
        body = Sequence([_teller(maker, event), Task()])
    if maker.some(0.5):
        return _after([event], Bordered(Box(body), [border]))
    handler = Handler(event, border.interrupting, Content(border.path))
    return _after([event], Box(Content(body, [handler])))


def _teller(maker: Maker, event: Event) -> Block:
    if event.kind == "condition":
        return Set(event, True)
    if maker.some(0.5):
        return Sequence([Task(), Throw(Told(event))])
    return Box(Content(Task(), ending=Told(event)), called=maker.some(0.3))


def _unheard(maker: Maker, depth: int) -> Block:
    """Nobody waits for it."""
    effects: list[Effect] = [Told(Event("message")), Told(Event("signal")), Raised(Code("escalation"))]
    effect = maker.chance.choice(effects)
    if maker.some(0.5):
        return Throw(effect)
    return Box(Content(maker.block(depth), ending=effect), called=maker.some(0.3))


def _error(maker: Maker, depth: int) -> Block:
    code = Code("error")
    if maker.some(0.3):
        return _thrown_on(maker, code, depth)
    return _caught(maker, code, Perhaps(Raised(code)), depth)


def _thrown_on(maker: Maker, code: Code, depth: int) -> Block:
    """The event sub-process that catches it throws it once more: that goes to the border."""
    handler = Handler(code, True, Content(Sequence([maker.block(depth), Perhaps(Raised(code))])))
    box = Box(Content(Sequence([maker.block(depth), Perhaps(Raised(code))]), [handler]), called=maker.some(0.3))
    return Bordered(box, [Border(maker.chance.choice((code, AnyCode("error"))), True, maker.block(depth))])


def _escalation(maker: Maker, depth: int) -> Block:
    code = Code("escalation")
    shape = maker.chance.choice(("perhaps", "throw", "end"))
    if shape == "perhaps":
        return _caught(maker, code, Perhaps(Raised(code)), depth)
    if shape == "throw":
        return _caught(maker, code, Sequence([Task(), Throw(Raised(code)), Task()]), depth)
    return _caught(maker, code, Task(), depth, Raised(code))


def _failing(maker: Maker, depth: int) -> Block:
    """A service task that fails: caught on its border, or further out when the event there names a code."""
    ask = Ask("one")
    if maker.some(0.5):
        caught: Block = Bordered(Failing(ask), [Border(AnyCode("error"), True, maker.block(depth))])
        return Sequence([ask, caught])
    named: Block = Bordered(Failing(ask), [Border(Code("error"), True, _side_path())])
    return _caught(maker, AnyCode("error"), Sequence([ask, maker.chance.choice((named, Failing(ask)))]), depth)


def _caught(maker: Maker, code: Code, thrower: Block, depth: int, ending: Effect | None = None) -> Block:
    """Inside an activity whose border or event sub-process catches it, perhaps one level further in."""
    interrupting = code.kind == "error" or maker.some(0.5)
    inner = Box(thrower, called=maker.some(0.5)) if ending is None and maker.some(0.5) else thrower
    content = Content(Sequence([maker.block(depth), inner]), ending=ending)
    path = maker.block(depth) if interrupting else _side_path()
    trigger = AnyCode(code.kind) if maker.some(0.3) else code
    if maker.some(0.4):
        content.handlers.append(Handler(trigger, interrupting, Content(path)))
        return Box(content, called=maker.some(0.3))
    borders = [Border(trigger, interrupting, path)]
    if maker.some(0.3):
        decoy = Code(code.kind) if isinstance(trigger, AnyCode) else AnyCode(code.kind)
        borders.append(Border(decoy, True, _side_path()))
    return Bordered(Box(content, called=maker.some(0.3)), borders)


# what is undone


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
        return Bordered(undoable, [Border(event, maker.some(0.7), _side_path())])
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
    return _after([event], Bordered(box, [_border_of(maker, event, depth)]))


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


def process(maker: Maker, body: Block) -> Content:
    """A whole process; one in a few has an event sub-process, throws at its end, or is ended from beside."""
    content = Content(body, terminates=maker.some(0.1))
    if maker.some(0.2):
        content.handlers.append(_handler_of(maker, Event(maker.chance.choice(("message", "signal", "cycle"))), 1))
    if maker.some(0.2):
        content.ending = Told(Event(maker.chance.choice(("message", "signal"))))
    if maker.some(0.1):
        content.starter = Event("message")
    return content


def _after(events: list[Event], block: Block) -> Block:
    """What the events need stands before whoever waits for them."""
    before = [each for event in events for each in event.before]
    return Sequence([*before, block]) if before else block


KINDS: dict[str, Kind] = {
    "wait": _wait,
    "race": _race,
    "border": _border,
    "stopped": _stopped,
    "told": _told,
    "conditional": _conditional,
    "unheard": _unheard,
    "error": _error,
    "escalation": _escalation,
    "failing": _failing,
    "handled": _handled,
    "undo": _undo,
    "transaction": _transaction,
}
