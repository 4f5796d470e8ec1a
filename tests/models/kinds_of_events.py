"""Kinds of blocks to draw from: events and scopes.

Each throw stands behind a user task, so that what happens first is known.
"""

from __future__ import annotations

from tests.models.blocks import Block, Sequence
from tests.models.borders import Border, Bordered
from tests.models.branches import Parallel
from tests.models.events import AnyCode, Code, Event, Set
from tests.models.maker import Kind, Maker
from tests.models.scopes import Box, Content, Handler
from tests.models.steps import Ask, Auto, Task
from tests.models.throwing import Effect, Failing, Perhaps, Raised, Throw, Told
from tests.models.waiting import Race, Wait

EVENTS = ("message", "signal", "duration", "date", "cycle")


def side_path() -> Block:
    """A path that may have several copies at once is a plain one: they cannot be told apart."""
    return Sequence([Auto(), Task()])


def _path(maker: Maker, depth: int, kind: str, *, interrupting: bool) -> Block:
    return maker.block(depth) if interrupting or kind in ("duration", "date") else side_path()


# what waits


def _waiting(maker: Maker, event: Event) -> Wait:
    return Wait(event, task=event.kind == "message" and maker.some(0.3))


def _wait(maker: Maker, depth: int) -> Block:
    event = Event(maker.chance.choice(EVENTS))
    return after([event], _waiting(maker, event))


def _race(maker: Maker, depth: int) -> Block:
    events = [Event(maker.chance.choice(EVENTS)) for _ in range(maker.chance.randint(2, 3))]
    return after(events, _race_of(maker, events, depth))


def _race_of(maker: Maker, events: list[Event], depth: int) -> Race:
    tasks = maker.some(0.3)  # events and receive tasks may not stand side by side
    waits = [Wait(event, task=tasks and event.kind == "message") for event in events]
    return Race(waits, [maker.block(depth) for _ in events])


def _border(maker: Maker, depth: int) -> Block:
    events = [Event(maker.chance.choice(EVENTS)) for _ in range(maker.chance.randint(1, 2))]
    borders = [border_of(maker, event, depth) for event in events]
    return after(events, Bordered(_host(maker, depth), borders))


def border_of(maker: Maker, event: Event, depth: int) -> Border:
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
    borders = [border_of(maker, event, depth) for event in events[2:]]
    box = Box(Content(Sequence([Task(), maker.block(depth)]), handlers), called=maker.some(0.3))
    return after(events, Bordered(box, borders) if borders else box)


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
        waits = Bordered(_host(maker, depth, called=False), [border_of(maker, event, depth)])
    elif shape == "handler":
        waits = Box(Content(Sequence([Task(), maker.block(depth)]), [_handler_of(maker, event, depth)]))
    else:
        return _told_inside(maker, event, depth)
    return after(events, Parallel([waits, Sequence([_teller(maker, event), maker.block(depth)])]))


def _told_inside(maker: Maker, event: Event, depth: int) -> Block:
    """The activity that is watched tells it itself; a condition on a call does not see what the called process sets."""
    if event.kind == "condition":
        border = Border(event, False, side_path())
        body: Block = Sequence([Set(event, True, False), Set(event, True, False), Task()])
    else:
        border = border_of(maker, event, depth)
        body = Sequence([_teller(maker, event), Task()])
    called = maker.some(0.3)
    if maker.some(0.5):
        return after([event], Bordered(Box(body, called=called and event.kind != "condition"), [border]))
    handler = Handler(event, border.interrupting, Content(border.path))
    return after([event], Box(Content(body, [handler]), called=called))


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
    """An event sub-process throws it: that goes to the border, whatever has started it."""
    again = Perhaps(Raised(code))
    if maker.some():
        handler = Handler(code, True, Content(Sequence([maker.block(depth), again])))
        body = Sequence([maker.block(depth), Perhaps(Raised(code))])
    else:
        event = Event(maker.chance.choice(("message", "signal", "cycle")))
        handler = Handler(event, maker.some(), Content(Sequence([Auto(), again])))
        body = Sequence([Task(), maker.block(depth)])
    box = Box(Content(body, [handler]), called=maker.some(0.3))
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
    named: Block = Bordered(Failing(ask), [Border(Code("error"), True, side_path())])
    return _caught(maker, AnyCode("error"), Sequence([ask, maker.chance.choice((named, Failing(ask)))]), depth)


def _caught(maker: Maker, code: Code, thrower: Block, depth: int, ending: Effect | None = None) -> Block:
    """Inside an activity whose border or event sub-process catches it, perhaps one level further in."""
    interrupting = code.kind == "error" or maker.some(0.5)
    inner = Box(thrower, called=maker.some(0.5)) if ending is None and maker.some(0.5) else thrower
    content = Content(Sequence([maker.block(depth), inner]), ending=ending)
    path = maker.block(depth) if interrupting else side_path()
    trigger = AnyCode(code.kind) if maker.some(0.3) else code
    if maker.some(0.4):
        content.handlers.append(Handler(trigger, interrupting, Content(path)))
        return Box(content, called=maker.some(0.3))
    borders = [Border(trigger, interrupting, path)]
    if maker.some(0.3):
        decoy = Code(code.kind) if isinstance(trigger, AnyCode) else AnyCode(code.kind)
        borders.append(Border(decoy, True, side_path()))
    return Bordered(Box(content, called=maker.some(0.3)), borders)


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


def after(events: list[Event], block: Block) -> Block:
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
}
