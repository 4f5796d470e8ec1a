"""Counts SQL statements (BEGIN included) and commits: the one place where tests and bench look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event


@dataclass
class Count:
    """What was sent to the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def selects(self) -> list[str]:
        """The statements that read."""
        return [statement for statement in self.statements if statement.startswith("SELECT")]

    def reset(self) -> None:
        """Begin anew."""
        self.statements.clear()
        self.commits = 0


def listen(engine: Engine, current: Callable[[], Count | None]) -> Callable[[], None]:
    """Add what happens on an engine to the count that `current` gives; returns how to stop."""

    def on_statement(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if count := current():
            count.statements.append(statement)

    def on_commit(_connection: Any) -> None:
        if count := current():
            count.commits += 1

    listeners = (("before_cursor_execute", on_statement), ("commit", on_commit))
    for name, listener in listeners:
        event.listen(engine, name, listener)

    def stop() -> None:
        for name, listener in listeners:
            event.remove(engine, name, listener)

    return stop


@contextmanager
def counted(engine: Engine) -> Iterator[Count]:
    """Everything that happens on an engine in a block, whichever thread does it."""
    count = Count()
    stop = listen(engine, lambda: count)
    try:
        yield count
    finally:
        stop()
