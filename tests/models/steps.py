"""Single steps: tasks, questions, links."""

from __future__ import annotations

from itertools import product

from tests.engine.diagrams import service_task, user_task
from tests.engine.event_diagrams import catch, link, throw
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import Offer, Scope, Then, World


class Task(Block):
    """A user task."""

    def __init__(self, fields: dict[str, str] | None = None, inner: str = "") -> None:
        self.fields = fields or {}
        self.inner = inner

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("t")
        fields = {f"v_{self.id}": "integer", **self.fields}
        paper.form(self.id, fields)
        paper.asked[self.id] = self.answers
        paper.part(user_task(self.id, inner=self.inner))
        return self.id, self.id

    def answers(self, world: World) -> list[dict[str, object]]:
        return [{f"v_{self.id}": 1}]

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        world.offer(Offer("task", self.id, scope, lambda data: then(), lambda: self.answers(world), item))


class Ask(Task):
    """A user task that chooses the number of a way, some of the ways, or whether to go round again."""

    def __init__(self, kind: str, count: int = 2) -> None:
        super().__init__()
        self.kind, self.count = kind, count

    def draw(self, paper: Paper) -> Ends:
        self.variable = paper.name("c")
        kinds = {"one": {self.variable: "integer"}, "again": {self.variable: "boolean"}}
        some = {f"{self.variable}_{i}": "boolean" for i in range(self.count)}
        self.fields = kinds.get(self.kind, some)
        return super().draw(paper)

    def answers(self, world: World) -> list[dict[str, object]]:
        (base,) = super().answers(world)
        if self.kind == "one":
            return [{**base, self.variable: i} for i in range(self.count)]
        if self.kind == "again":
            return [{**base, self.variable: False}] + ([{**base, self.variable: True}] if world.rounds > 0 else [])
        ways = product((False, True), repeat=self.count)
        return [{**base, **{f"{self.variable}_{i}": way[i] for i in range(self.count)}} for way in ways]

    def one(self, world: World) -> int:
        return int(world.set[self.variable])

    def some(self, world: World) -> list[int]:
        return [i for i in range(self.count) if world.set[f"{self.variable}_{i}"]]


class Auto(Block):
    """A service task."""

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("s")
        paper.part(service_task(self.id, "${2}", f"v_{self.id}"))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        world.set[f"v_{self.id}"] = 2
        then()


class Linked(Block):
    """A link from here to there, and events that nobody waits for."""

    def draw(self, paper: Paper) -> Ends:
        self.none, self.out, self.into = paper.name("n"), paper.name("lo"), paper.name("li")
        paper.part(throw(self.none) + throw(self.out, link(self.out)) + catch(self.into, link(self.out)))
        paper.flow(self.none, self.out)
        return self.none, self.into

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        for element in (self.none, self.out, self.into):
            world.visit(element)
        then()
