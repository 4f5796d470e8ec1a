"""What is thrown: by intermediate and end events, and by a service task that fails."""

from __future__ import annotations

from tests.engine.diagrams import end, exclusive, service_task
from tests.engine.event_diagrams import throw
from tests.models.blocks import Block, Ends
from tests.models.events import Code, Event
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World
from tests.models.steps import Ask


class Effect:
    """What a throwing event does; the token goes on unless that has taken its scope away."""

    def definition(self, paper: Paper) -> str:
        """The event definition."""
        raise NotImplementedError

    def happen(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        """Let it happen, then go on."""
        raise NotImplementedError


class Told(Effect):
    """A message goes to whoever waits for it when all is quiet, a signal to all who wait for it now."""

    def __init__(self, event: Event) -> None:
        self.event = event

    def definition(self, paper: Paper) -> str:
        return self.event.definition(paper)

    def happen(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        if self.event.kind == "message":
            world.post(self.event.name)
        else:
            world.signal(self.event.name)
        if scope.is_alive():
            then()


class Raised(Effect):
    """An error or escalation, to the innermost event that catches it; an error takes the token in any case."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def definition(self, paper: Paper) -> str:
        return Code.definition(self.code, paper)

    def happen(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.throw(scope, self.code.kind, self.code.name)
        if scope.is_alive():
            then()


class Throw(Block):
    """An intermediate throw event."""

    def __init__(self, effect: Effect) -> None:
        self.effect = effect

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("y")
        paper.part(throw(self.id, self.effect.definition(paper)))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        self.effect.happen(world, scope, item, then)


class Perhaps(Block):
    """Throws at an end event, if the answer is yes; else goes on."""

    def __init__(self, effect: Effect) -> None:
        self.effect = effect

    def draw(self, paper: Paper) -> Ends:
        self.ask = Ask("again")
        first, asked = self.ask.draw(paper)
        self.decide, self.thrower, self.onward = paper.name("x"), paper.name("y"), paper.name("n")
        paper.part(exclusive(self.decide, f"{self.decide}_to_{self.onward}") + throw(self.onward))
        paper.part(end(self.thrower, self.effect.definition(paper)))
        paper.flow(asked, self.decide)
        paper.flow(self.decide, self.thrower, f"${{{self.ask.variable}}}")
        paper.flow(self.decide, self.onward)
        return first, self.onward

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def chosen() -> None:
            world.visit(self.decide)
            if world.set[self.ask.variable]:
                world.rounds -= 1
                world.visit(self.thrower)
                self.effect.happen(world, scope, item, scope.leave)
            else:
                world.visit(self.onward)
                then()

        self.ask.begin(world, scope, item, chosen)


class Failing(Block):
    """A service task that fails when the answer was 0: its failure is an error without a code."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("f")
        paper.part(service_task(self.id, f"${{1 / {self.ask.variable}}}", f"v_{self.id}"))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        if self.ask.one(world):
            then()
        else:
            world.throw(scope, "error", None)
