"""What every block of a model is, and one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World

Ends = tuple[str, str]  # where a fragment is entered and left


class Block:
    """A part of a model with one way in and one way out."""

    def draw(self, paper: Paper) -> Ends:
        """Onto the paper."""
        raise NotImplementedError

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        """Start it; `then` is called when it has ended."""
        raise NotImplementedError


@dataclass
class Sequence(Block):
    """One after the other."""

    parts: list[Block]

    def draw(self, paper: Paper) -> Ends:
        ends = [part.draw(paper) for part in self.parts]
        for (_, before), (after, _) in pairwise(ends):
            paper.flow(before, after)
        return ends[0][0], ends[-1][1]

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then, number: int = 0) -> None:
        if number == len(self.parts):
            then()
        else:
            self.parts[number].begin(world, scope, item, lambda: self.begin(world, scope, item, then, number + 1))
