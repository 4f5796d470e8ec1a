"""What a variable holds decides the way: whoever holds something else than the reference goes another way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.engine.diagrams import exclusive
from tests.engine.event_diagrams import throw
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World


class Checked(Block):
    """One way for each value that `variable` may have, and one for any other, which is never taken."""

    def __init__(self, variable: str, values: Sequence[Any]) -> None:
        self.variable = variable
        self.values = [value for number, value in enumerate(values) if value not in values[:number]]

    def draw(self, paper: Paper) -> Ends:
        self.split, self.merge = paper.name("x"), paper.name("m")
        other, *self.ways = [paper.name("n") for _ in ("other", *self.values)]
        paper.part(exclusive(self.split, f"{self.split}_to_{other}") + exclusive(self.merge))
        for way in (other, *self.ways):
            paper.part(throw(way))
            paper.flow(way, self.merge)
        paper.flow(self.split, other)
        for way, value in zip(self.ways, self.values, strict=True):
            paper.flow(self.split, way, f"${{{self.variable} == {value!r}}}")
        return self.split, self.merge

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        for element in (self.split, self.ways[self.values.index(world.set[self.variable])], self.merge):
            world.visit(element)
        then()
