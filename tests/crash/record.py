"""What was promised to somebody: by the server to the clerks, by us to the gateway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Promises:
    """Copied before a look: whatever was promised by then must be seen in it."""

    completed: list[str] = field(default_factory=list)  # ids of user tasks answered 200
    created: list[str] = field(default_factory=list)  # ticket numbers answered 201
    messages: list[str] = field(default_factory=list)  # ids of messages answered 200
    taken: Mapping[str, int] = field(default_factory=dict)  # what the gateway took, by key
    taken_later: Callable[[], Mapping[str, int]] = dict  # the same, after the look


@dataclass
class Record:
    """What the server promised, and what it should not have said."""

    completed: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unavailable: Counter[str] = field(default_factory=Counter)  # titles of answers 503
    interrupted: int = 0
    wrong: list[str] = field(default_factory=list)

    def promises(self, taken: Counter[str]) -> Promises:
        """A copy of now."""
        return Promises(list(self.completed), list(self.created), list(self.messages), dict(taken), lambda: dict(taken))
