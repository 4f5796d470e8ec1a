"""Blocks with a scope of their own, and events on their borders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.engine.diagrams import TERMINATE, call, end, exclusive, parallel, start, subprocess
from tests.engine.event_diagrams import (
    boundary,
    catch,
    error,
    escalation,
    event_start,
    event_subprocess,
    message,
    race,
    signal,
    throw,
    timer,
)
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import Offer, Scope, Then, World
from tests.models.steps import Ask


class Event:
    """Something outside that a model waits for; every one has a name or duration of its own."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def definition(self, paper: Paper) -> str:
        """Its event definition."""
        number = next(paper.numbers)
        self.name, self.seconds = f"{self.kind}{number}", 3600 + number * 61.0
        if self.kind == "timer":
            return timer("timeDuration", f"${{'PT{int(self.seconds)}S'}}")
        tag = {"message": "message", "signal": "signal"}[self.kind]
        paper.outside.append(f'<bpmn:{tag} id="{tag}_{self.name}" name="{self.name}"/>')
        return message(self.name) if tag == "message" else signal(self.name)

    def offer(self, world: World, scope: Scope, happen: Then, *, lasting: bool = False) -> None:
        """Wait for it, as long as the scope lives."""
        kind = "time" if self.kind == "timer" else self.kind
        lasting = lasting and kind != "time"
        world.offer(Offer(kind, self.name, scope, lambda data: happen(), due=world.now + self.seconds, lasting=lasting))


@dataclass
class Wait(Block):
    """An intermediate catch event."""

    kind: str

    def draw(self, paper: Paper) -> Ends:
        self.id, self.event = paper.name("w"), Event(self.kind)
        paper.part(catch(self.id, self.event.definition(paper)))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        self.event.offer(world, scope, then)


@dataclass
class Race(Block):
    """An event gateway: the first of its events decides."""

    kinds: list[str]
    ways: list[Block]

    def draw(self, paper: Paper) -> Ends:
        self.split, self.merge = paper.name("g"), paper.name("m")
        paper.part(race(self.split) + exclusive(self.merge))
        self.events: list[tuple[str, Event]] = []
        for kind, way in zip(self.kinds, self.ways, strict=True):
            name, event = paper.name("w"), Event(kind)
            self.events.append((name, event))
            paper.part(catch(name, event.definition(paper)))
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

        def won(name: str, way: Block) -> Then:
            def go() -> None:
                waiting.alive = False
                world.visit(name)
                way.begin(world, scope, item, met)

            return go

        for (name, event), way in zip(self.events, self.ways, strict=True):
            event.offer(world, waiting, won(name, way))


@dataclass
class Border:
    """An event on the border of an activity, with the path it leads to."""

    kind: str
    interrupting: bool
    path: Block


@dataclass
class Box(Block):
    """A sub-process or called process: a block in a scope of its own, with events on its border."""

    body: Block
    called: bool = False
    borders: list[Border] = field(default_factory=list)
    event_paths: list[Border] = field(default_factory=list)  # event sub-processes inside
    terminates: bool = False  # a parallel path ends it all
    raises: str = ""  # an error or escalation after the body, if the answer is yes

    def draw(self, paper: Paper) -> Ends:
        self.id, self.merge = paper.name("b"), paper.name("m")
        self.key = f"p_{self.id}" if self.called else self.id
        if self.called:
            paper.process(self.key, self._inside)
            paper.part(call(self.id, self.key, '<camunda:in variables="all"/><camunda:out variables="all"/>'))
        else:
            paper.open_scope()
            first, last = self._inside(paper)
            paper.part(start(f"{self.key}_start") + end(f"{self.key}_end"))
            paper.flow(f"{self.key}_start", first)
            paper.flow(last, f"{self.key}_end")
            inside = paper.close_scope()
            paper.part(subprocess(self.id, inside))
        self._draw_borders(paper)
        return self.id, self.merge

    def _inside(self, paper: Paper) -> Ends:
        first, last = self.body.draw(paper)
        if self.raises:
            self.ask = Ask("again")
            self.decide, self.thrower, self.code = paper.name("x"), paper.name("y"), paper.name("code")
            asked, _ = self.ask.draw(paper)
            paper.flow(last, asked)
            paper.flow(asked, self.decide)
            paper.flow(self.decide, self.thrower, f"${{{self.ask.variable}}}")
            tag, code = (("error", "errorCode"), ("escalation", "escalationCode"))[self.raises == "escalation"]
            paper.outside.append(f'<bpmn:{tag} id="{tag}_{self.code}" name="{self.code}" {code}="{self.code}"/>')
            onward = paper.name("n")
            self.onward = onward
            paper.part(throw(onward) + exclusive(self.decide, f"{self.decide}_to_{onward}"))
            paper.flow(self.decide, onward)
            last = onward
            if self.raises == "error":
                paper.part(end(self.thrower, error(self.code)))
            else:
                paper.part(throw(self.thrower, escalation(self.code)))
                self.meet = paper.name("m")
                paper.part(exclusive(self.meet))
                paper.flow(onward, self.meet)
                paper.flow(self.thrower, self.meet)
                last = self.meet
        if self.terminates:
            self.fork, self.stop, self.rest = paper.name("p"), paper.name("k"), paper.name("w")
            self.event = Event("message")
            paper.part(parallel(self.fork) + end(self.stop, TERMINATE) + catch(self.rest, self.event.definition(paper)))
            paper.flow(self.fork, first)
            paper.flow(self.fork, self.rest)
            paper.flow(self.rest, self.stop)
            first = self.fork
        for path in self.event_paths:
            self._draw_event_path(paper, path)
        return first, last

    def _draw_event_path(self, paper: Paper, path: Border) -> None:
        path.name, path.event = paper.name("h"), Event(path.kind)  # type: ignore[attr-defined]
        definition = path.event.definition(paper)  # type: ignore[attr-defined]
        paper.open_scope()
        first, last = path.path.draw(paper)
        name = path.name  # type: ignore[attr-defined]
        paper.part(event_start(f"{name}_start", definition, interrupting=path.interrupting) + end(f"{name}_end"))
        paper.flow(f"{name}_start", first)
        paper.flow(last, f"{name}_end")
        inside = paper.close_scope()
        paper.part(event_subprocess(name, inside))

    def _draw_borders(self, paper: Paper) -> None:
        paper.part(exclusive(self.merge))
        paper.flow(self.id, self.merge)
        self.events: list[tuple[str, Event | None, str]] = []
        for border in self.borders:
            name = paper.name("d")
            event = None
            if border.kind in ("error", "escalation"):
                definition = (error if border.kind == "error" else escalation)(self.code)
            else:
                event = Event(border.kind)
                definition = event.definition(paper)
            paper.part(boundary(name, self.id, definition, interrupting=border.interrupting))
            first, last = border.path.draw(paper)
            paper.flow(name, first)
            ending = ""
            if border.interrupting:
                paper.flow(last, self.merge)
            else:
                ending = paper.name("z")
                paper.part(end(ending))
                paper.flow(last, ending)
            self.events.append((name, event, ending))
        if not any(border.interrupting for border in self.borders):
            # a merge with one flow in is refused: go on with something harmless
            paper.scopes[-1] = [p.replace(exclusive(self.merge), throw(self.merge)) for p in paper.scopes[-1]]

    # what it does

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def met() -> None:
            world.visit(self.merge)
            then()

        world.visit(self.id)
        inner = Scope(scope, met)
        inner.enter()
        for border, (name, event, ending) in zip(self.borders, self.events, strict=True):
            react = self._reaction(world, scope, item, inner, met, border, name, ending)
            if event is None:
                inner.catchers[self.code] = react
            else:
                event.offer(world, inner, lambda react=react: react() and None, lasting=not border.interrupting)  # type: ignore[misc]
        for path in self.event_paths:
            self._watch(world, inner, item, path)
        world.visit(f"{self.key}_start")
        if self.terminates:
            world.visit(self.fork)
            inner.enter()
            world.visit(self.rest)

            def stop() -> None:
                world.visit(self.stop)
                inner.finish()

            self.event.offer(world, inner, stop)
        self.body.begin(world, inner, item, lambda: self._after_body(world, inner, item))

    def _watch(self, world: World, inner: Scope, item: tuple[int, ...], path: Border) -> None:
        name: str = path.name  # type: ignore[attr-defined]

        def go() -> None:
            around = inner
            if path.interrupting:
                # everything else in the scope is gone, the handler runs in its place
                inner.alive = False
                around = Scope(inner.parent, inner.ended)
            around.enter()
            world.visit(name)
            world.visit(f"{name}_start")
            handler = Scope(around, around.leave)
            handler.enter()
            path.path.begin(world, handler, item, lambda: (world.visit(f"{name}_end"), handler.leave())[1])

        path.event.offer(world, inner, go, lasting=not path.interrupting)  # type: ignore[attr-defined]

    def _reaction(
        self,
        world: World,
        scope: Scope,
        item: tuple[int, ...],
        inner: Scope,
        met: Then,
        border: Border,
        name: str,
        ending: str,
    ) -> Callable[[], bool]:
        def react() -> bool:
            world.visit(name)
            if border.interrupting:
                inner.alive = False
                border.path.begin(world, scope, item, met)
                return True
            scope.enter()
            border.path.begin(world, scope, item, lambda: (world.visit(ending), scope.leave())[1])
            return False

        return react

    def _after_body(self, world: World, inner: Scope, item: tuple[int, ...]) -> None:
        def over() -> None:
            world.visit(f"{self.key}_end")
            inner.leave()

        def chosen() -> None:
            world.visit(self.decide)
            if not world.set[self.ask.variable]:
                world.visit(self.onward)
                if self.raises == "escalation":
                    world.visit(self.meet)
                over()
                return
            world.rounds -= 1
            world.visit(self.thrower)
            gone = inner.catchers[self.code]()
            if self.raises == "escalation" and not gone:
                world.visit(self.meet)
                over()

        if self.raises:
            self.ask.begin(world, inner, item, chosen)
        else:
            over()
