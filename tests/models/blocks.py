"""The blocks that models are built of: each draws itself and says what it does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

from tests.engine.diagrams import exclusive, for_each, parallel, service_task, user_task
from tests.engine.event_diagrams import catch, link, throw
from tests.models.paper import Paper
from tests.models.reference import Offer, Scope, Then, World, both

Ends = tuple[str, str]  # where a fragment is entered and left


class Block:
    """A part of a model with one way in and one way out."""

    def draw(self, paper: Paper) -> Ends:
        """Onto the paper."""
        raise NotImplementedError

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        """Start it; `then` is called when it has ended."""
        raise NotImplementedError


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
        world.offer(Offer("task", self.id, scope, lambda data: then(), self.answers(world), item))


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
    """All ways; `from_task`: several flows leave a task instead of a gateway."""

    ways: list[Block]
    from_task: bool = False

    def draw(self, paper: Paper) -> Ends:
        self.join = paper.name("j")
        if self.from_task:
            self.opening: Task | None = Task()
            self.split, _ = self.opening.draw(paper)
        else:
            self.opening, self.split = None, paper.name("p")
            paper.part(parallel(self.split))
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

        world.offer(Offer("task", self.task.id, scope, happen, [{self.result: 7}], item))
