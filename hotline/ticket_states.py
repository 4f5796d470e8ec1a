"""Ticket states as data: their labels, and which open or entered element of a diagram means which state."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from hotline import office_data

FILE = "ticket_states.yaml"
OTHERWISE = "otherwise"
CANCELLED = "cancelled"  # ended by hand, not by its process


def labels() -> dict[str, str]:
    """State → Chinese label, in the order a ticket passes them."""
    return dict(office_data.read(FILE)["states"])


def final() -> frozenset[str]:
    """States in which nothing is left to do."""
    return frozenset(office_data.read(FILE)["final"])


def unchanged() -> frozenset[str]:
    """Steps (process/element) beside the ticket's path that do not change its state."""
    return frozenset(office_data.read(FILE)["unchanged"])


def state_of(process_key: str, element_id: str, groups: Collection[str] = ()) -> str | None:
    """The state an element stands for; the same element may mean another state for another group."""
    meaning: Any = office_data.read(FILE)["elements"].get(f"{process_key}/{element_id}")
    if not isinstance(meaning, dict):
        return None if meaning is None else str(meaning)
    known = next((group for group in groups if group in meaning), OTHERWISE)
    return str(meaning[known])


def earliest(states: Iterable[str | None]) -> str | None:
    """With several steps open the least advanced one tells the state."""
    known = {state for state in states if state}
    return next((state for state in labels() if state in known), None)
