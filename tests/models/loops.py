"""Standard loops: again while the condition holds, tested before or after, at most so often (BPMN 2.0.2 §13.3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.diagrams import again_while
from tests.models.blocks import Block, Ends, Sequence
from tests.models.checked import Checked
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World
from tests.models.scopes import Box
from tests.models.steps import Ask, Auto


@dataclass
class Asked(Block):
    """A user task that says itself whether it comes again, alone or at the end of a scope."""

    maximum: int | None = None
    body: Block | None = None
    called: bool = False

    def draw(self, paper: Paper) -> Ends:
        self.ask = Ask("again")
        loop = again_while(f"${{{self.ask.named(paper)}}}", self.maximum)
        if self.body is None:
            self.ask.inner = loop
            return self.ask.draw(paper)
        self.box = Box(Sequence([self.body, self.ask]), called=self.called, loop=loop)
        return self.box.draw(paper)

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.ask.id if self.body is None else self.box.id)
        self._round(world, scope, item, then, 1)

    def _round(self, world: World, scope: Scope, item: tuple[int, ...], then: Then, number: int) -> None:
        def over() -> None:
            again = world.set[self.ask.variable]
            world.rounds -= again
            if again and number != self.maximum:
                self._round(world, scope, item, then, number + 1)
            else:
                then()

        if self.body is None:
            self.ask.offer(world, scope, item, over)
        else:
            self.box.content.begin(world, Scope(scope, over), item)


@dataclass
class Counted(Block):
    """As often as the condition lets the counter grow: a service task that counts, or what is in a scope."""

    least: int | None  # the condition: the counter is still smaller
    maximum: int | None = None
    before: bool = False
    body: Block | None = None
    called: bool = False

    @property
    def rounds(self) -> int:
        """How often, by the text: the condition is looked at before each round, or after each."""
        limits = [limit for limit in (self.least, self.maximum) if limit is not None]
        return max(min(limits), 0 if self.before else 1)

    def draw(self, paper: Paper) -> Ends:
        counter = paper.name("count")
        condition = None if self.least is None else f"${{loopCounter < {self.least}}}"
        loop = again_while(condition, self.maximum, test_before=self.before)
        self.first, self.count = Auto("${0}", counter), Auto(f"${{{counter} + 1}}", counter)
        self.checked = Checked(counter, [self.rounds])
        if self.body is None:
            self.count.inner = loop
            self.around: Auto | Box = self.count
        else:
            self.around = Box(Sequence([self.body, self.count]), called=self.called, loop=loop)
        return Sequence([self.first, self.around, self.checked]).draw(paper)

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def over() -> None:
            world.set[self.checked.variable] = self.rounds
            self.checked.begin(world, scope, item, then)

        def again(number: int) -> None:
            if number == self.rounds:
                over()
            elif isinstance(self.around, Box):
                self.around.content.begin(world, Scope(scope, lambda: again(number + 1)), item)
            else:
                again(number + 1)

        self.first.begin(world, scope, item, lambda: None)
        world.visit(self.around.id)
        again(0)
