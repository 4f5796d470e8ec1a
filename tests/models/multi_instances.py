"""Multi-instance activities: one instance per item or number, at once or one after the other (BPMN 2.0.2 §13.3.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tests.engine.diagrams import extensions, for_each, service_task
from tests.models.blocks import Block, Ends, Sequence
from tests.models.checked import Checked
from tests.models.decisions import ANSWERS, Table
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World
from tests.models.scopes import ALL_IN, Box
from tests.models.steps import Auto, Task, send_task

Start = Callable[[Scope, tuple[int, ...], Then], None]  # one instance: its scope, the items around and its own, then


@dataclass
class Times:
    """How many instances, in which order, until when; every loop has items of its own, so that nested ones differ."""

    count: int
    sequential: bool = False
    numbered: bool = False  # by a cardinality instead of a collection
    enough: int = 0  # done when so many are; 0: when all are

    def draw(self, paper: Paper, *, collects: bool = True) -> str:
        """The loop characteristics."""
        number = next(paper.numbers)
        self.item, self.output, self.result = f"e_{number}", f"all_{number}", f"one_{number}"
        self.first = 100 * number
        self.items = [self.first + i for i in range(self.count)]
        if not self.numbered:
            paper.variables[f"items_{number}"] = self.items
        return for_each(
            None if self.numbered else f"${{items_{number}}}",
            None if self.numbered else self.item,
            self.output if collects else None,
            self.result,
            sequential=self.sequential,
            cardinality=f"${{{self.count}}}" if self.numbered else None,
            until=f"${{nrOfCompletedInstances >= {self.enough}}}" if self.enough else None,
        )

    @property
    def inputs(self) -> dict[str, str]:
        """What tells an instance its item when it has only its number."""
        return {self.item: f"${{{self.first} + loopCounter}}"} if self.numbered else {}

    def outcomes(self, result: Callable[[int], Any]) -> list[list[Any]]:
        """Every list that may be collected."""
        if not 0 < self.enough < self.count:
            return [[result(item) for item in self.items]]
        if self.sequential:
            return [[result(item) for item in self.items[: self.enough]]]
        return [[result(item) for item in some] for some in combinations(self.items, self.enough)]

    def run(
        self, world: World, scope: Scope, item: tuple[int, ...], start: Start, result: Callable[[int], Any], then: Then
    ) -> None:
        """All of them; what is still open when enough are done is cancelled."""
        around = Scope(scope, lambda: None)
        done: set[int] = set()

        def begin(number: int) -> None:
            start(around, (*item, self.items[number]), lambda: completed(number))

        def completed(number: int) -> None:
            done.add(number)
            world.set[self.output] = [result(self.items[i]) for i in sorted(done)]
            if len(done) in (self.count, self.enough):
                around.alive = False
                then()
            elif self.sequential:
                begin(number + 1)

        world.set[self.output] = []
        if not self.count:
            then()
        for number in range(min(1, self.count) if self.sequential else self.count):
            begin(number)


class Many(Block):
    """Something multi-instance, and the way that the collected results decide."""

    def __init__(self, times: Times) -> None:
        self.times = times

    def draw(self, paper: Paper) -> Ends:
        self.id = self.draw_activity(paper)
        self.checked = Checked(self.times.output, self.times.outcomes(self.result))
        checked, last = self.checked.draw(paper)
        paper.flow(self.id, checked)
        return self.id, last

    def draw_activity(self, paper: Paper) -> str:
        """The activity itself; its id."""
        raise NotImplementedError

    def result(self, item: int) -> Any:
        """What an instance leaves."""
        return item

    def start(self, world: World) -> Start:
        """An instance that does its work at once."""
        return lambda scope, item, then: then()

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        checked: Then = lambda: self.checked.begin(world, scope, item, then)  # noqa: E731
        self.times.run(world, scope, item, self.start(world), self.result, checked)


class ManyTasks(Many):
    """A user task for each; everybody answers with the item."""

    def draw_activity(self, paper: Paper) -> str:
        self.task = Task()
        loop = self.times.draw(paper)
        self.task.inner = (extensions(self.times.inputs) if self.times.inputs else "") + loop
        self.task.fields = {self.times.result: "integer"}
        return self.task.draw(paper)[0]

    def start(self, world: World) -> Start:
        def one(scope: Scope, item: tuple[int, ...], then: Then) -> None:
            self.task.offer(world, scope, item, then, [{self.times.result: item[-1]}])

        return one


class ManyServices(Many):
    """A service task for each."""

    def draw_activity(self, paper: Paper) -> str:
        name, loop = paper.name("s"), self.times.draw(paper)
        inner = (extensions(self.times.inputs) if self.times.inputs else "") + loop
        paper.part(service_task(name, f"${{{self.times.item} * 2}}", self.times.result, inner))
        return name

    def result(self, item: int) -> Any:
        return item * 2


class ManyDecisions(Many):
    """A decision about each."""

    def __init__(self, times: Times, table: Table) -> None:
        super().__init__(times)
        self.table = table

    def draw_activity(self, paper: Paper) -> str:
        name, loop = paper.name("r"), self.times.draw(paper)
        self.table.draw(paper, f"{self.times.item} - {self.times.first}", self.times.result)
        inner = (extensions(self.times.inputs) if self.times.inputs else "") + loop
        decided = f'camunda:decisionRef="{self.table.id}"'
        paper.part(f'<bpmn:businessRuleTask id="{name}" name="{name}" {decided}>{inner}</bpmn:businessRuleTask>')
        return name

    def result(self, item: int) -> Any:
        return self.table.says((item - self.times.first) % ANSWERS)


class ManySent(Block):
    """A message sent for each; nothing is collected."""

    def __init__(self, times: Times) -> None:
        self.times = times

    def draw(self, paper: Paper) -> Ends:
        self.id = send_task(paper, self.times.draw(paper, collects=False))
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        world.visit(self.id)
        self.times.run(world, scope, item, lambda scope, item, then: then(), lambda item: None, then)


class ManyInside(Many):
    """A sub-process or called process for each."""

    def __init__(self, times: Times, body: Block, *, called: bool) -> None:
        super().__init__(times)
        self.body, self.called = body, called

    def draw_activity(self, paper: Paper) -> str:
        loop = self.times.draw(paper)
        last = Auto(f"${{{self.times.item}}}", self.times.result)
        self.box = Box(Sequence([self.body, last]), called=self.called, loop=loop)
        if self.called:
            own = f'<camunda:in sourceExpression="{{}}" target="{self.times.item}"/>'
            given = "".join(own.format(expression) for expression in self.times.inputs.values())
            out = f'<camunda:out source="{self.times.result}" target="{self.times.result}"/>'
            self.box.mappings = ALL_IN + given + out
        elif self.times.inputs:
            self.box.loop = extensions(self.times.inputs) + loop
        return self.box.draw(paper)[0]

    def start(self, world: World) -> Start:
        return lambda scope, item, then: self.box.content.begin(world, Scope(scope, then), item)
