"""What a block-structured model does, told by its structure alone: nothing of the engine is used here.

Blocks run in continuation-passing style: `begin(block, …, then)` starts a block, `then` is called when it has ended.
What waits for somebody or something is an offer; whoever is cancelled takes the offers inside along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Then = Callable[[], None]
Data = dict[str, Any]


class Scope:
    """A process, a sub-process, or an activity with events on its border: ended when its last token has gone."""

    def __init__(self, parent: Scope | None, ended: Then) -> None:
        self.parent = parent
        self.ended = ended
        self.tokens = 0
        self.alive = True
        self.catchers: dict[str, Callable[[], bool]] = {}  # by error or escalation code; true when the scope was left

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


@dataclass(eq=False)
class Offer:
    """What may happen next: a task to complete with one of `choices`, a message, a signal, a time."""

    kind: str
    name: str  # element of a task, name of a message or signal
    scope: Scope
    happen: Callable[[Data], None]
    choices: list[Data] = field(default_factory=lambda: [{}])
    item: tuple[int, ...] = ()
    due: float = 0.0
    lasting: bool = False  # stays after it has happened: a non-interrupting message


class World:
    """One run of the reference: what is offered, what was visited, what was set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.visited: Counter[str] = Counter()
        self.set: dict[str, Any] = {}
        self.offers: list[Offer] = []
        self.rounds = 4  # how often loops may still go round, and what lasts may still happen: so that every path ends
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
        """One of these happens next: of the timers only the first can fire."""
        due = self.due()
        lasts = [o for o in self.open() if not o.lasting or self.rounds > 0]
        return [offer for offer in lasts if offer.kind != "time" or offer is due]

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
