"""Events on the border of an activity."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.diagrams import end, exclusive
from tests.engine.event_diagrams import boundary
from tests.models.blocks import Block, Ends
from tests.models.compensation import Undoable
from tests.models.events import Trigger
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World
from tests.models.scopes import Box
from tests.models.steps import Task
from tests.models.throwing import Failing


@dataclass
class Border:
    """An event on the border of an activity, with the path it leads to."""

    trigger: Trigger
    interrupting: bool
    path: Block


@dataclass
class Bordered(Block):
    """An activity with events on its border; those that interrupt it lead to where it leads."""

    activity: Task | Box | Failing | Undoable
    borders: list[Border]

    def draw(self, paper: Paper) -> Ends:
        host, leave = self.activity.draw(paper)
        self.names: list[tuple[str, str]] = []
        if any(border.interrupting for border in self.borders):
            self.merge: str | None = paper.name("m")
            paper.part(exclusive(self.merge))
            paper.flow(leave, self.merge)
        else:
            self.merge = None
        for border in self.borders:
            name, ending = paper.name("d"), paper.name("z")
            self.names.append((name, ending))
            definition = border.trigger.definition(paper)
            paper.part(boundary(name, host, definition, interrupting=border.interrupting))
            first, last = border.path.draw(paper)
            paper.flow(name, first)
            if border.interrupting:
                assert self.merge is not None
                paper.flow(last, self.merge)
            else:
                paper.part(end(ending))
                paper.flow(last, ending)
        return host, self.merge or leave

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        watched = Scope(scope, lambda: None)
        watched.done = scope.done  # a completed activity is remembered around it

        def met() -> None:
            if self.merge is not None:
                world.visit(self.merge)
            then()

        def done() -> None:
            watched.alive = False
            met()

        for border, (name, ending) in zip(self.borders, self.names, strict=True):
            react = self._reaction(world, scope, item, watched, met, border, name, ending)
            border.trigger.watch(world, watched, react, lasting=not border.interrupting)
        self.activity.begin(world, watched, item, done)

    def _reaction(
        self,
        world: World,
        scope: Scope,
        item: tuple[int, ...],
        watched: Scope,
        met: Then,
        border: Border,
        name: str,
        ending: str,
    ) -> Then:
        def react() -> None:
            world.visit(name)
            if border.interrupting:
                watched.alive = False
                border.path.begin(world, scope, item, met)
            else:
                scope.enter()
                border.path.begin(world, scope, item, lambda: (world.visit(ending), scope.leave())[1])

        return react
