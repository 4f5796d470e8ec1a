"""Ways that part and meet, and round again."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.diagrams import exclusive, parallel
from tests.engine.event_diagrams import throw
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World, both
from tests.models.steps import Ask, Auto, Task


@dataclass
class Exclusive(Block):
    """One of several ways."""

    ways: list[Block]

    def draw(self, paper: Paper) -> Ends:
        self.ask = Ask("one", len(self.ways))
        self.split, self.merge = paper.name("x"), paper.name("m")
        first, asked = self.ask.draw(paper)
        paper.flow(asked, self.split)
        ends = [way.draw(paper) for way in self.ways]
        for i, (entry, leave) in enumerate(ends):
            last = i == len(ends) - 1
            paper.flow(self.split, entry, None if last else f"${{{self.ask.variable} == {i}}}")
            paper.flow(leave, self.merge)
        paper.part(exclusive(self.split, f"{self.split}_to_{ends[-1][0]}") + exclusive(self.merge))
        return first, self.merge

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def chosen() -> None:
            world.visit(self.split)
            self.ways[self.ask.one(world)].begin(world, scope, item, met)

        def met() -> None:
            world.visit(self.merge)
            then()

        self.ask.begin(world, scope, item, chosen)


@dataclass
class Parallel(Block):
    """All ways; they part at a gateway, a task or an event."""

    ways: list[Block]
    parting: str = "gateway"

    def draw(self, paper: Paper) -> Ends:
        self.join = paper.name("j")
        self.opening = Task() if self.parting == "task" else None
        if self.opening is not None:
            self.split, _ = self.opening.draw(paper)
        else:
            self.split = paper.name("p")
            paper.part(throw(self.split) if self.parting == "event" else parallel(self.split))
        for way in self.ways:
            entry, leave = way.draw(paper)
            paper.flow(self.split, entry)
            paper.flow(leave, self.join)
        paper.part(parallel(self.join))
        return self.split, self.join

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def met() -> None:
            world.visit(self.join)
            then()

        def begun() -> None:
            arrive = both(len(self.ways), met)
            for way in self.ways:
                way.begin(world, scope, item, arrive)

        if self.opening is not None:
            self.opening.begin(world, scope, item, begun)
        else:
            world.visit(self.split)
            begun()


@dataclass
class Inclusive(Block):
    """Some of the ways, the last one when no other; `from_task`: conditions on the flows of a task."""

    ways: list[Block]
    from_task: bool = False

    def draw(self, paper: Paper) -> Ends:
        self.ask = Ask("some", len(self.ways) - 1)
        first, asked = self.ask.draw(paper)
        self.join = paper.name("o")
        self.split = asked if self.from_task else paper.name("i")
        ends = [way.draw(paper) for way in self.ways]
        for i, (entry, leave) in enumerate(ends):
            last = i == len(ends) - 1
            paper.flow(self.split, entry, None if last else f"${{{self.ask.variable}_{i}}}")
            paper.flow(leave, self.join)
        default = f'default="{self.split}_to_{ends[-1][0]}"'
        paper.part(f'<bpmn:inclusiveGateway id="{self.join}" name="{self.join}"/>')
        if self.from_task:
            parts = paper.scopes[-1]
            number = next(i for i, p in enumerate(parts) if f'userTask id="{asked}"' in p)
            parts[number] = parts[number].replace(f'id="{asked}"', f'id="{asked}" {default}', 1)
        else:
            paper.flow(asked, self.split)
            paper.part(f'<bpmn:inclusiveGateway id="{self.split}" name="{self.split}" {default}/>')
        return first, self.join

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def met() -> None:
            world.visit(self.join)
            then()

        def chosen() -> None:
            if not self.from_task:
                world.visit(self.split)
            taken = self.ask.some(world) or [len(self.ways) - 1]
            arrive = both(len(taken), met)
            for number in taken:
                self.ways[number].begin(world, scope, item, arrive)

        self.ask.begin(world, scope, item, chosen)


@dataclass
class Repeat(Block):
    """Round and round until the answer is no."""

    body: Block

    def draw(self, paper: Paper) -> Ends:
        self.again, self.decide = paper.name("m"), paper.name("x")
        self.ask = Ask("again")
        entry, leave = self.body.draw(paper)
        first, asked = self.ask.draw(paper)
        self.out = Auto()
        out, _ = self.out.draw(paper)
        paper.part(exclusive(self.again) + exclusive(self.decide, f"{self.decide}_to_{out}"))
        for source, target in ((self.again, entry), (leave, first), (asked, self.decide), (self.decide, out)):
            paper.flow(source, target)
        paper.flow(self.decide, self.again, f"${{{self.ask.variable}}}")
        return self.again, out

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def chosen() -> None:
            world.visit(self.decide)
            if world.set[self.ask.variable]:
                world.rounds -= 1
                self.begin(world, scope, item, then)
            else:
                self.out.begin(world, scope, item, then)

        world.visit(self.again)
        self.body.begin(world, scope, item, lambda: self.ask.begin(world, scope, item, chosen))
