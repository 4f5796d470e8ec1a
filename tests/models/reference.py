"""What a block-structured model does, told by its structure alone: nothing of the engine is used here.

Blocks run in continuation-passing style: `begin(block, …, then)` starts a block, `then` is called when it has ended.
What waits for somebody or something is an offer; whoever is cancelled takes the offers inside along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BEGINNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
Then = Callable[[], None]
Data = dict[str, Any]


class Scope:
    """A process, a sub-process, or an activity with events on its border: ended when its last token has gone."""

    def __init__(self, parent: Scope | None, ended: Then) -> None:
        self.parent = parent
        self.ended = ended
        self.tokens = 0
        self.alive = True
        self.catchers: list[Catcher] = []
        self.done: list[Done] = []  # activities that can be undone, in the order they were completed

    def enter(self) -> None:
        """One more token."""
        self.tokens += 1

    def leave(self) -> None:
        """A token has come to an end."""
        self.tokens -= 1
        if self.tokens == 0 and self.is_alive():
            self.finish()

    def finish(self) -> None:
        """Over, with whatever is still in it."""
        self.alive = False
        self.ended()

    def is_alive(self) -> bool:
        """Neither it nor a scope around it has been left."""
        return self.alive and (self.parent is None or self.parent.is_alive())


@dataclass(frozen=True)
class Catcher:
    """Catches an error, escalation or cancellation from inside a scope; without a code any."""

    kind: str
    code: str | None
    react: Then


@dataclass(frozen=True)
class Done:
    """An activity that was completed, and what undoes it."""

    activity: str
    undo: Callable[[Scope, Then], None]


@dataclass(eq=False)
class Offer:
    """What may happen next: a task to complete with one of `choices`, a message, a signal, a time, a condition."""

    kind: str
    name: str  # element of a task, name of a message or signal, variable of a condition
    scope: Scope
    happen: Callable[[Data], None]
    choices: Callable[[], list[Data]] = lambda: [{}]  # as things are then
    item: tuple[int, ...] = ()
    due: float = 0.0
    lasting: bool = False  # stays after it has happened: a non-interrupting message
    held: bool = False  # the condition did hold when it was looked at last


class World:
    """One run of the reference: what is offered, what was visited, what was set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.visited: Counter[str] = Counter()
        self.set: dict[str, Any] = {}
        self.offers: list[Offer] = []
        self.rounds = 4  # how often loops may still go round, and what lasts may still happen: so that every path ends
        self.posted: list[str] = []  # messages thrown that nobody has waited for yet
        self.ended = False

    def visit(self, element: str) -> None:
        """An element is entered."""
        self.visited[element] += 1

    def offer(self, offer: Offer) -> None:
        """Something waits."""
        self.offers.append(offer)

    def open(self) -> list[Offer]:
        """What may happen now; what was cancelled is gone."""
        self.offers = [offer for offer in self.offers if offer.scope.is_alive()]
        return self.offers

    def possible(self) -> list[Offer]:
        """One of these happens next: of the timers only the first can fire; a condition happens by itself."""
        due = self.due()
        lasts = [o for o in self.open() if not o.lasting or self.rounds > 0]
        return [o for o in lasts if o.kind != "condition" and (o.kind != "time" or o is due)]

    def happen(self, offer: Offer, data: Data) -> None:
        """Let one thing happen."""
        if offer.kind == "time":
            self.now = offer.due
        if offer.lasting:
            self.rounds -= 1
        else:
            self.offers.remove(offer)
        self.set.update(data)
        offer.happen(data)
        while self._look_at_conditions() or self._deliver():
            pass

    def _look_at_conditions(self) -> bool:
        """One that became true happens; it must become false before it may happen again."""
        for offer in self.open():
            if offer.kind == "condition":
                held, offer.held = offer.held, bool(self.set[offer.name])
                if offer.held and not held:
                    self._take(offer)
                    return True
        return False

    def _deliver(self) -> bool:
        """The first of the thrown messages that somebody waits for."""
        for name in self.posted:
            for offer in self.open():
                if (offer.kind, offer.name) == ("message", name):
                    self.posted.remove(name)
                    self._take(offer)
                    return True
        return False

    def _take(self, offer: Offer) -> None:
        if not offer.lasting:
            self.offers.remove(offer)
        offer.happen({})

    def post(self, name: str) -> None:
        """A message is thrown: it goes to whoever waits for it when all is quiet, now or later."""
        self.posted.append(name)

    def signal(self, name: str) -> None:
        """A signal is thrown: to all who wait for it at this moment."""
        for offer in [o for o in self.open() if (o.kind, o.name) == ("signal", name)]:
            if offer.scope.is_alive():
                self._take(offer)

    def throw(self, scope: Scope, kind: str, code: str | None) -> None:
        """An error, escalation or cancellation is thrown: to the innermost that catches it, by its code before any."""
        at: Scope | None = scope
        while at is not None:
            found = [c for c in at.catchers if c.kind == kind and c.code in (None, code)]
            if found:
                min(found, key=lambda c: c.code is None).react()
                return
            at = at.parent

    def due(self) -> Offer | None:
        """The timer that fires next."""
        return min((o for o in self.open() if o.kind == "time"), key=lambda o: o.due, default=None)


def both(count: int, then: Then) -> Then:
    """Goes on when it was called `count` times: a parallel join."""
    left = [count]

    def arrive() -> None:
        left[0] -= 1
        if left[0] == 0:
            then()

    return arrive
