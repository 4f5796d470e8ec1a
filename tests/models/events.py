"""What a model waits for: messages, signals, times and conditions, and what errors and escalations are caught."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.engine import event_diagrams as drawing
from tests.engine.diagrams import service_task
from tests.models.blocks import Block, Ends
from tests.models.paper import Paper
from tests.models.reference import BEGINNING, Catcher, Offer, Scope, Then, World
from tests.models.steps import Task

TIMES = ("duration", "date", "cycle")
CYCLES = 3  # how often a cycle is due


class Trigger:
    """What starts an event: drawn as its definition, waited for as long as a scope lives."""

    before: tuple[Block, ...] = ()  # blocks that must stand before whoever waits for it

    def definition(self, paper: Paper) -> str:
        """The event definition."""
        raise NotImplementedError

    def watch(self, world: World, scope: Scope, happen: Then, *, lasting: bool = False) -> None:
        """Wait for it; `lasting`: it may happen several times."""
        raise NotImplementedError


class Event(Trigger):
    """A message, signal, time or condition; every one has a name or duration of its own, so that nothing coincides."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = ""
        if kind == "condition":
            self.before = (Reset(self),)
        if kind == "date":
            self.before = (Choose(self),)

    def named(self, paper: Paper) -> str:
        """Its name, which is that of a variable for a date or a condition."""
        if not self.name:
            number = next(paper.numbers)
            self.name, self.seconds = f"{self.kind}{number}", 3600 + number * 40503 % 65521
            if self.kind in ("message", "signal"):
                paper.outside.append(f'<bpmn:{self.kind} id="{self.kind}_{self.name}" name="{self.name}"/>')
        return self.name

    def definition(self, paper: Paper) -> str:
        name = self.named(paper)
        if self.kind in ("message", "signal"):
            return (drawing.message if self.kind == "message" else drawing.signal)(name)
        if self.kind == "condition":
            return drawing.condition(f"${{{name}}}")
        kinds = {
            "duration": ("timeDuration", f"PT{self.seconds}S"),
            "date": ("timeDate", f"${{{name}}}"),
            "cycle": ("timeCycle", f"R{CYCLES}/PT{self.seconds}S"),
        }
        return drawing.timer(*kinds[self.kind])

    def watch(self, world: World, scope: Scope, happen: Then, *, lasting: bool = False) -> None:
        if self.kind not in TIMES:
            world.offer(Offer(self.kind, self.name, scope, lambda data: happen(), lasting=lasting))
            return
        due = world.now + self.seconds
        if self.kind == "date":
            due = (datetime.fromisoformat(world.set[self.name]) - BEGINNING).total_seconds()
        self._wait(world, scope, happen, due, CYCLES if lasting and self.kind == "cycle" else 1)

    def _wait(self, world: World, scope: Scope, happen: Then, due: float, times: int) -> None:
        def fire(_data: object) -> None:
            if times > 1:
                self._wait(world, scope, happen, due + self.seconds, times - 1)
            happen()

        world.offer(Offer("time", self.name, scope, fire, due=due))


class Code(Trigger):
    """An error or escalation; as a trigger it is caught by its code."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = ""

    def named(self, paper: Paper) -> str:
        """The code."""
        if not self.name:
            self.name = paper.name("code")
            named = f'name="{self.name}" {self.kind}Code="{self.name}"'
            paper.outside.append(f'<bpmn:{self.kind} id="{self.kind}_{self.name}" {named}/>')
        return self.name

    def definition(self, paper: Paper) -> str:
        return (drawing.error if self.kind == "error" else drawing.escalation)(self.named(paper))

    def watch(self, world: World, scope: Scope, happen: Then, *, lasting: bool = False) -> None:
        scope.catchers.append(Catcher(self.kind, self.name, happen))


class AnyCode(Code):
    """Catches every error or escalation."""

    def definition(self, paper: Paper) -> str:
        return (drawing.error if self.kind == "error" else drawing.escalation)()

    def watch(self, world: World, scope: Scope, happen: Then, *, lasting: bool = False) -> None:
        scope.catchers.append(Catcher(self.kind, None, happen))


class Choose(Task):
    """A user task that sets the date an event waits for, always one to come."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event

    def draw(self, paper: Paper) -> Ends:
        self.fields = {self.event.named(paper): "string"}
        return super().draw(paper)

    def answers(self, world: World) -> list[dict[str, object]]:
        due = BEGINNING + timedelta(seconds=world.now + self.event.seconds)
        return [{**base, self.event.name: due.isoformat()} for base in super().answers(world)]


class Reset(Block):
    """The condition does not hold: an event that waits for it from now on waits until it is set."""

    def __init__(self, event: Event) -> None:
        self.event = event

    def draw(self, paper: Paper) -> Ends:
        self.id = paper.name("s")
        paper.part(service_task(self.id, "${false}", self.event.named(paper)))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        world.set[self.event.name] = False
        then()


class Set(Task):
    """A user task that makes the condition true, or perhaps not."""

    def __init__(self, event: Event, *values: bool) -> None:
        super().__init__()
        self.event, self.values = event, values

    def draw(self, paper: Paper) -> Ends:
        self.fields = {self.event.named(paper): "boolean"}
        return super().draw(paper)

    def answers(self, world: World) -> list[dict[str, object]]:
        return [{**base, self.event.name: value} for base in super().answers(world) for value in self.values]
