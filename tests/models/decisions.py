"""Decisions: what a table says about an answer, checked by the hit policies' text (DMN 1.3 §8.2.10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.engine.decision_documents import answer, column, decision, decision_table, definitions, rule
from tests.models.blocks import Block, Ends
from tests.models.checked import Checked
from tests.models.paper import Paper
from tests.models.reference import Scope, Then, World
from tests.models.steps import Ask

ANSWERS = 4  # the question is answered by 0, 1, 2 or 3
Rule = tuple[str, Callable[[int], bool]]  # a cell of the input, and whom it fits

ONE_FITS: list[list[Rule]] = [
    [("< 2", lambda n: n < 2), (">= 2", lambda n: n >= 2)],
    [("0, 3", lambda n: n in (0, 3)), ("[1..2]", lambda n: 1 <= n <= 2)],
    [("]0..3[", lambda n: 0 < n < 3), ("not(]0..3[)", lambda n: not 0 < n < 3)],
]
MANY_FIT: list[list[Rule]] = [
    [("> 0", lambda n: n > 0), ("> 1", lambda n: n > 1), ("3", lambda n: n == 3)],
    [("-", lambda n: True), ("not(1)", lambda n: n != 1), ("[0..1]", lambda n: 0 <= n <= 1)],
]
AGGREGATORS: dict[str, Callable[[list[int]], Any]] = {
    "": lambda found: found,
    "SUM": sum,
    "COUNT": len,
    "MIN": min,
    "MAX": max,
}


@dataclass
class Table:
    """A decision about one number; rule k says 10·(k + 1)."""

    policy: str
    rules: list[Rule]
    aggregation: str = ""

    def draw(self, paper: Paper, number: str, result: str) -> None:
        """Into a file of the process that is being drawn: about the number that an expression gives."""
        self.id, self.result = paper.name("decision"), result
        rows = [rule(k, [cell], [str(10 * (k + 1))]) for k, (cell, _) in enumerate(self.rules)]
        columns, answers = [column("n", number, "number")], [answer(self.result, type_ref="number")]
        table = decision_table(columns, answers, rows, policy=self.policy, aggregation=self.aggregation)
        paper.decision(self.id, definitions(decision(self.id, table)))

    def says(self, number: int) -> Any:
        """The result for a number."""
        found = [10 * (k + 1) for k, (_, fits) in enumerate(self.rules) if fits(number)]
        if self.policy == "COLLECT":
            return AGGREGATORS[self.aggregation](found) if found else None
        return found[0]


@dataclass
class Decide(Block):
    """A question, the decision about its answer, and the way that this decides."""

    table: Table

    def draw(self, paper: Paper) -> Ends:
        self.ask = Ask("one", ANSWERS)
        first, asked = self.ask.draw(paper)
        self.id = paper.name("r")
        self.table.draw(paper, self.ask.variable, f"v_{self.id}")
        paper.part(f'<bpmn:businessRuleTask id="{self.id}" name="{self.id}" camunda:decisionRef="{self.table.id}"/>')
        self.checked = Checked(self.table.result, [self.table.says(number) for number in range(ANSWERS)])
        checked, last = self.checked.draw(paper)
        paper.flow(asked, self.id)
        paper.flow(self.id, checked)
        return first, last

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def decided() -> None:
            world.visit(self.id)
            world.set[self.table.result] = self.table.says(self.ask.one(world))
            self.checked.begin(world, scope, item, then)

        self.ask.begin(world, scope, item, decided)
