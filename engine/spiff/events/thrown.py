"""What leaves an instance in a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Thrown:
    """A message or signal; `id` is unique: it is the throwing task's."""

    id: str
    name: str
    payload: dict[str, Any]
