"""Puts blocks inside blocks at random, down to single steps."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping

from tests.models.blocks import Block
from tests.models.steps import Auto, Task

DEEPEST = 3


class Maker:
    """Chance, and how many blocks are still to be drawn."""

    def __init__(self, chance: random.Random, size: int, kinds: Mapping[str, Kind], waitless: Collection[str]) -> None:
        self.chance = chance
        self.left = size
        self.kinds = kinds
        self.waitless = waitless
        self.used: set[str] = set()

    def block(self, depth: int, kind: str = "") -> Block:
        """Anything, smaller the deeper it stands; `kind` when it has to be that."""
        self.left -= 1
        if not kind and (depth > DEEPEST or self.left <= 0):
            return self.chance.choice([Task, Task, Auto])()
        kind = kind or self.chance.choice(list(self.kinds))
        self.used.add(kind)
        return self.kinds[kind](self, depth + 1)

    def quiet(self, depth: int) -> Block:
        """Something that waits for nobody but people: a message would reach all instances around it at once."""
        everything, self.kinds = self.kinds, {name: kind for name, kind in self.kinds.items() if name in self.waitless}
        made = self.block(depth)
        self.kinds = everything
        return made

    def ways(self, depth: int, most: int = 3) -> list[Block]:
        """Two or more blocks side by side."""
        return [self.block(depth) for _ in range(self.chance.randint(2, most))]

    def some(self, share: float = 0.5) -> bool:
        """True so often."""
        return self.chance.random() < share


Kind = Callable[[Maker, int], Block]
