"""Blocks with a scope of their own: processes, sub-processes, called processes, transactions, event sub-processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.engine.diagrams import TERMINATE, call, end, parallel, start, subprocess
from tests.engine.event_diagrams import catch, event_start, event_subprocess
from tests.models.blocks import Block, Ends, Sequence
from tests.models.checked import Checked
from tests.models.events import Event, Trigger
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World
from tests.models.steps import Auto
from tests.models.throwing import Effect

ALL_IN = '<camunda:in variables="all"/>'
ALL_OUT = '<camunda:out variables="all"/>'


@dataclass
class Content:
    """What stands in a scope, from its start event to its end."""

    body: Block
    handlers: list[Handler] = field(default_factory=list)  # event sub-processes
    terminates: bool = False  # a parallel path ends it all
    ending: Effect | None = None  # what the end event throws
    starter: Trigger | None = None  # what the start event waits for

    def draw(self, paper: Paper, key: str, *, interrupting: bool = True) -> None:
        """Into the scope that is being drawn."""
        self.key = key
        first, last = self.body.draw(paper)
        if self.starter is None:
            paper.part(start(f"{key}_start"))
        else:
            paper.part(event_start(f"{key}_start", self.starter.definition(paper), interrupting=interrupting))
        paper.part(end(f"{key}_end", self.ending.definition(paper) if self.ending else ""))
        if self.terminates:
            self.fork, self.rest, self.stop = paper.name("p"), paper.name("w"), paper.name("k")
            self.event = Event("message")
            definition = self.event.definition(paper)
            paper.part(parallel(self.fork) + catch(self.rest, definition) + end(self.stop, TERMINATE))
            paper.flow(self.fork, first)
            paper.flow(self.fork, self.rest)
            paper.flow(self.rest, self.stop)
            first = self.fork
        paper.flow(f"{key}_start", first)
        paper.flow(last, f"{key}_end")
        for handler in self.handlers:
            handler.draw(paper)

    def begin(self, world: World, scope: Scope, item: tuple[int, ...]) -> None:
        """Run it in its scope, which is new."""
        scope.enter()
        for handler in self.handlers:
            handler.wait(world, scope, item)
        world.visit(f"{self.key}_start")
        if self.terminates:
            self._wait_for_the_stop(world, scope)
        self.body.begin(world, scope, item, lambda: self._end(world, scope, item))

    def _wait_for_the_stop(self, world: World, scope: Scope) -> None:
        def stop() -> None:
            world.visit(self.stop)
            scope.finish()

        world.visit(self.fork)
        scope.enter()
        world.visit(self.rest)
        self.event.watch(world, scope, stop)

    def _end(self, world: World, scope: Scope, item: tuple[int, ...]) -> None:
        world.visit(f"{self.key}_end")
        if self.ending is None:
            scope.leave()
        else:
            self.ending.happen(world, scope, item, scope.leave)


@dataclass
class Handler:
    """An event sub-process."""

    trigger: Trigger
    interrupting: bool
    content: Content

    def draw(self, paper: Paper) -> None:
        """Beside the flow of the scope that is being drawn."""
        self.id = paper.name("h")
        paper.open_scope()
        self.content.starter = self.trigger
        self.content.draw(paper, self.id, interrupting=self.interrupting)
        paper.part(event_subprocess(self.id, paper.close_scope()))

    def wait(self, world: World, scope: Scope, item: tuple[int, ...]) -> None:
        """From the start of the scope around it."""

        def go() -> None:
            around = scope
            if self.interrupting:
                # everything else in the scope is gone, the handler runs in its place
                scope.alive = False
                around = Scope(scope.parent, scope.ended)
            around.enter()
            world.visit(self.id)
            self.content.begin(world, Scope(around, around.leave), item)

        self.trigger.watch(world, scope, go, lasting=not self.interrupting)


class Box(Block):
    """A sub-process, called process or transaction."""

    def __init__(
        self, body: Block | Content, *, called: bool = False, transaction: bool = False, loop: str = ""
    ) -> None:
        self.content = body if isinstance(body, Content) else Content(body)
        self.called, self.transaction = called, transaction
        self.loop, self.mappings = loop, ALL_IN + ALL_OUT

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("b")
        if self.called:
            key = f"p_{self.id}"
            paper.process(key, lambda paper: self.content.draw(paper, key))
            paper.part(call(self.id, key, self.mappings, self.loop))
        else:
            paper.open_scope()
            self.content.draw(paper, self.id)
            drawn = subprocess(self.id, self.loop, paper.close_scope())
            if self.transaction:
                drawn = drawn.replace("<bpmn:subProcess", "<bpmn:transaction", 1)
                drawn = drawn.removesuffix("</bpmn:subProcess>") + "</bpmn:transaction>"
            paper.part(drawn)
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        self.content.begin(world, Scope(scope, then), item)


@dataclass
class Bare(Block):
    """A sub-process without start and end: it starts where nothing leads in and ends where nothing leads out."""

    ways: list[Block]
    gathers: bool = False  # a gateway after which nothing comes

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("b")
        paper.open_scope()
        self.last = paper.name("j") if self.gathers else ""
        for way in self.ways:
            _, leave = way.draw(paper)
            if self.gathers:
                paper.flow(leave, self.last)
        if self.gathers:
            paper.part(f'<bpmn:parallelGateway id="{self.last}" name="{self.last}"/>')
        paper.part(subprocess(self.id, paper.close_scope()))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        inner = Scope(scope, then)
        for _ in self.ways:
            inner.enter()
        arrived = [0]

        def over() -> None:
            arrived[0] += 1
            if self.gathers and arrived[0] == len(self.ways):
                world.visit(self.last)
            inner.leave()

        for way in self.ways:
            way.begin(world, inner, item, over)


class Mapped(Block):
    """A called process that gets one value and gives one back, several calls deep; nobody else sees either."""

    def __init__(self, levels: int) -> None:
        self.levels = levels

    def draw(self, paper: Paper) -> Ends:
        given, got = paper.name("given"), paper.name("got")
        body: Block = Auto(f"${{{given} * 2}}", got)
        for _ in range(self.levels):
            box = Box(body, called=True)
            box.mappings = f'<camunda:in sourceExpression="${{{given} + 1}}" target="{given}"/>'
            box.mappings += f'<camunda:out sourceExpression="${{{got} + 1}}" target="{got}"/>'
            body = box
        self.checked = Checked(got, [2 * (5 + self.levels) + self.levels])
        self.parts = Sequence([Auto("${5}", given), body, self.checked])
        return self.parts.draw(paper)

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.set[self.checked.variable] = self.checked.values[0]
        self.parts.begin(world, scope, item, then)
