"""Blocks that wait in the flow: a catch event, a receive task, the events of a gateway."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.diagrams import exclusive
from tests.engine.event_diagrams import catch, race
from tests.models.blocks import Block, Ends
from tests.models.events import Event
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World


@dataclass
class Wait(Block):
    """An intermediate catch event, or a receive task."""

    event: Event
    task: bool = False

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("w")
        definition = self.event.definition(paper)
        if self.task:
            message = f"message_{self.event.name}"
            paper.part(f'<bpmn:receiveTask id="{self.id}" name="{self.id}" messageRef="{message}"/>')
        else:
            paper.part(catch(self.id, definition))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        self.event.watch(world, scope, then)


@dataclass
class Race(Block):
    """An event gateway: the first of its events decides."""

    events: list[Wait]
    ways: list[Block]

    def draw(self, paper: Paper) -> Ends:
        self.split, self.merge = paper.name("g"), paper.name("m")
        paper.part(race(self.split) + exclusive(self.merge))
        for wait, way in zip(self.events, self.ways, strict=True):
            name, _ = wait.draw(paper)
            entry, leave = way.draw(paper)
            paper.flow(self.split, name)
            paper.flow(name, entry)
            paper.flow(leave, self.merge)
        return self.split, self.merge

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.split)
        waiting = Scope(scope, lambda: None)

        def met() -> None:
            world.visit(self.merge)
            then()

        def won(wait: Wait, way: Block) -> Then:
            def go() -> None:
                waiting.alive = False
                world.visit(wait.id)
                way.begin(world, scope, item, met)

            return go

        for wait, way in zip(self.events, self.ways, strict=True):
            wait.event.watch(world, waiting, won(wait, way))
