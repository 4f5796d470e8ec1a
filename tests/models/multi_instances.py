"""Multi-instance activities."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.diagrams import for_each
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import Offer, Scope, Then, World, both
from tests.models.steps import Task


@dataclass
class Many(Block):
    """A task for each item of a list, at once or one after the other."""

    count: int
    sequential: bool

    def draw(self, paper: Paper) -> Ends:
        items = paper.name("items")
        paper.variables[items] = list(range(self.count))
        self.task = Task()
        first = paper.name("q")
        loop = for_each(f"${{{items}}}", f"e_{first}", f"all_{first}", f"one_{first}", sequential=self.sequential)
        self.task.inner = loop
        self.task.fields = {f"one_{first}": "integer"}
        self.item, self.output, self.result = f"e_{first}", f"all_{first}", f"one_{first}"
        return self.task.draw(paper)

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.set[self.output] = [7] * self.count
        if self.count:
            world.visit(self.task.id)
        if not self.count:
            world.visit(self.task.id)
            then()
        elif self.sequential:
            self._one(world, scope, item, 0, then)
        else:
            arrive = both(self.count, then)
            for number in range(self.count):
                self._offer(world, scope, (*item, number), arrive)

    def _one(self, world: World, scope: Scope, item: tuple[int, ...], number: int, then: Then) -> None:
        if number == self.count:
            then()
        else:
            self._offer(world, scope, (*item, number), lambda: self._one(world, scope, item, number + 1, then))

    def _offer(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def happen(data: dict[str, object]) -> None:
            for name in data:
                world.set.pop(name, None)  # only the list is kept
            then()

        world.offer(Offer("task", self.task.id, scope, happen, lambda: [{self.result: 7}], item))
