"""One page of a longer list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of the items, and how many there are in all."""

    items: list[T]
    total: int
    limit: int
    offset: int
