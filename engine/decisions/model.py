"""Decisions as the engine runs them: every cell and expression read, every requirement resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.decisions.cells import Cell
from engine.decisions.types import ANY, Type, shown
from engine.feel import NOTHING, Expression, Value

ONE_RESULT = ("UNIQUE", "FIRST", "ANY", "PRIORITY")
MANY_RESULTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
BY_PRIORITY = ("PRIORITY", "OUTPUT ORDER")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Knowledge:
    """A business knowledge model: a function written in the file."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    body: Expression
    type: Type
    uses: tuple[Knowledge, ...]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision; `names` and `calls` are the variables and functions it and what it requires need.

    Whoever requires it sees its result under `variable`.
    """

    id: str
    name: str
    variable: str
    type: Type = ANY
    inputs_declared: tuple[tuple[str, Type], ...] = ()
    requires: tuple[Decision, ...] = ()
    knowledge: tuple[Knowledge, ...] = ()
    names: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """How a message names it."""
        return f"决策“{self.name}”（{self.id}）"

    @property
    def labels(self) -> dict[str, str]:
        """The variables a process gets from it, and what people call them."""
        return {self.variable: self.name}


@dataclass(frozen=True, kw_only=True)
class LiteralDecision(Decision):
    """A decision that is one expression."""

    expression: Expression


@dataclass(frozen=True)
class Input:
    """A column that asks; `allowed` tests the values the author listed as possible."""

    id: str
    label: str
    expression: str
    read: Expression
    type: Type
    allowed: Cell


@dataclass(frozen=True)
class Output:
    """A column that answers; the order of its allowed values is their priority."""

    id: str
    name: str
    label: str
    type: Type
    allowed: Cell
    default: Expression | None = None

    def accepted(self, value: Value) -> Value:
        """The value as this column has it; raises TypeError when it may not answer so."""
        read = self.type.read(value)
        if read is not None and not self.allowed.fits(read, NOTHING):
            raise TypeError(f"为 {shown(read)}，不在可选值 {self.allowed.text} 之内")
        return read

    def accepted_default(self, value: Value, many: bool) -> Value:
        """The default; where rows give a list, it may be a list of such values."""
        if many and isinstance(value, list):
            return [self.accepted(one) for one in value]
        return self.accepted(value)


@dataclass(frozen=True)
class Rule:
    """A row; an empty output is null."""

    id: str
    number: int
    cells: tuple[Cell, ...]
    outputs: tuple[str, ...]
    answers: tuple[Expression | None, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DecisionTable(Decision):
    """A decision whose rows decide; `aggregation` is empty, or how COLLECT makes one value of them."""

    hit_policy: str
    aggregation: str = ""
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...] = field(repr=False)

    @property
    def title(self) -> str:
        """How a message names it."""
        return f"决策表“{self.name}”（{self.id}）"

    @property
    def labels(self) -> dict[str, str]:
        """The variables a process gets from it, and what people call them."""
        return {column.name: column.label for column in self.outputs}

    @property
    def lists(self) -> bool:
        """Whether its outputs are lists, one item for each row that fits."""
        return self.hit_policy in MANY_RESULTS and not self.aggregation

    @property
    def has_default(self) -> bool:
        """Whether it answers when no row fits."""
        return any(column.default is not None for column in self.outputs)
