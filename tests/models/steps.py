"""Single steps: tasks, questions, links."""

from __future__ import annotations

from itertools import product

from tests.engine.diagrams import service_task, user_task
from tests.engine.event_diagrams import catch, link, throw
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import Data, Offer, Scope, Then, World


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
        self.offer(world, scope, item, then)

    def offer(
        self, world: World, scope: Scope, item: tuple[int, ...], then: Then, choices: list[Data] | None = None
    ) -> None:
        """Open it; a loop does so for each instance."""
        world.offer(Offer("task", self.id, scope, lambda data: then(), lambda: choices or self.answers(world), item))


class Ask(Task):
    """A user task that chooses the number of a way, some of the ways, or whether to go round again."""

    def __init__(self, kind: str, count: int = 2) -> None:
        super().__init__()
        self.kind, self.count = kind, count
        self.variable = ""

    def named(self, paper: Paper) -> str:
        """The variable of the answer."""
        self.variable = self.variable or paper.name("c")
        return self.variable

    def draw(self, paper: Paper) -> Ends:
        self.named(paper)
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
    """A service task; what it computes is known by who draws it."""

    def __init__(self, expression: str = "${2}", variable: str = "") -> None:
        self.expression, self.variable, self.inner = expression, variable, ""

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("s")
        paper.part(service_task(self.id, self.expression, self.variable or f"v_{self.id}", self.inner))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        then()


class Passed(Block):
    """A task that nobody waits at: abstract, manual, or one that sends a message nobody waits for."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def draw(self, paper: Paper) -> Ends:
        if self.kind == "sendTask":
            self.id = send_task(paper)
        else:
            self.id = paper.name("s")
            paper.part(f'<bpmn:{self.kind} id="{self.id}" name="{self.id}"/>')
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        then()


def send_task(paper: Paper, inner: str = "") -> str:
    """A send task with a message of its own; its id."""
    name = paper.name("s")
    paper.outside.append(f'<bpmn:message id="message_{name}" name="{name}"/>')
    paper.part(f'<bpmn:sendTask id="{name}" name="{name}" messageRef="message_{name}">{inner}</bpmn:sendTask>')
    return name


class Noted(Task):
    """A user task with data beside it, which only documents."""

    def draw(self, paper: Paper) -> Ends:
        data = paper.name("data")
        self.inner = f'<bpmn:property id="{data}_note" name="{data}"/>'
        paper.part(f'<bpmn:dataObject id="{data}"/>')
        paper.part(f'<bpmn:dataObjectReference id="{data}_paper" name="{data}" dataObjectRef="{data}"/>')
        paper.part(f'<bpmn:dataStoreReference id="{data}_files" name="{data}" dataStoreRef="{data}_store"/>')
        paper.outside.append(f'<bpmn:dataStore id="{data}_store" name="{data}"/>')
        return super().draw(paper)


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
