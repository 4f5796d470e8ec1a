"""The path an instance has taken on its diagrams, read from its audit entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine import audit, process_definitions
from engine.process_instance_rows import ProcessInstance
from engine.transaction import Transaction


@dataclass(frozen=True)
class Visit:
    """One element of one diagram: how often it was reached, when last, by whom, and what it is now."""

    process_key: str
    element_id: str
    name: str
    state: str  # active, done, cancelled
    count: int
    last_at: datetime
    actor: str


@dataclass(frozen=True)
class Path:
    """All visits and the sequence flows taken, as (process key, flow id)."""

    visits: list[Visit]
    flows: set[tuple[str, str]]


@dataclass
class _Tally:
    entered: int = 0
    left: int = 0
    cancelled: bool = False
    last_at: datetime | None = None
    actor: str = ""


def path(tx: Transaction, instance: ProcessInstance) -> Path:
    """Where the instance has been and is."""
    tallies: dict[tuple[str, str], _Tally] = {}
    flows: set[tuple[str, str]] = set()
    for entry in audit.of_instance(tx, instance.business_key, instance.id):
        detail = entry.detail
        flows |= {(key, flow) for key, flow in detail.get("flows", ())}
        for kind in ("entered", "completed", "cancelled"):
            for key, element in detail.get(kind, ()):
                tally = tallies.setdefault((key, element), _Tally())
                tally.entered += kind == "entered"
                tally.left += kind != "entered"
                tally.cancelled = kind == "cancelled"
                tally.last_at, tally.actor = entry.at, entry.actor
    return Path(list(_visits(tx, instance, tallies)), flows)


def _visits(tx: Transaction, instance: ProcessInstance, tallies: dict[tuple[str, str], _Tally]) -> Iterable[Visit]:
    for (key, element_id), tally in tallies.items():
        element = process_definitions.diagram(tx, instance.definition_id, key).elements.get(element_id)
        active = tally.entered > tally.left and not instance.ended
        state = "active" if active else "cancelled" if tally.cancelled else "done"
        assert tally.last_at is not None
        name = element.name if element else element_id
        yield Visit(key, element_id, name, state, tally.entered, tally.last_at, tally.actor)
