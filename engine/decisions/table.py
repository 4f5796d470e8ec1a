"""A decision table as the engine runs it: every cell compiled."""

from __future__ import annotations

from dataclasses import dataclass

from engine.decisions.cells import Cell

ONE_RESULT = ("UNIQUE", "FIRST", "ANY")
MANY_RESULTS = ("COLLECT", "RULE ORDER")


@dataclass(frozen=True)
class Input:
    """A column that asks; `allowed` tests the values the author listed as possible."""

    id: str
    label: str
    expression: str
    type_ref: str
    allowed: Cell


@dataclass(frozen=True)
class Output:
    """A column that answers."""

    id: str
    name: str
    label: str
    allowed: Cell


@dataclass(frozen=True)
class Rule:
    """A row; an empty output is null."""

    id: str
    number: int
    cells: tuple[Cell, ...]
    outputs: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class DecisionTable:
    """A decision with its rows; `names` and `calls` are the variables and functions it needs."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    names: frozenset[str]
    calls: frozenset[str]

    @property
    def title(self) -> str:
        """How a message names it."""
        return f"决策表“{self.name}”（{self.id}）"
