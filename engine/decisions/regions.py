"""Which rows fit where: each column is cut into pieces on which every row says the same, and one value stands for each.

Only constants, lists and intervals can be seen through; what a row computes while deciding is left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from engine.decisions.cells import Cell
from engine.decisions.model import DecisionTable, Input
from engine.feel import ERRORS, NOTHING, Months, Span, Value, compare, equal, kind

MAX_STEPS = 300_000  # about half a second
MAX_COLUMNS = 100
OTHER_TEXT = "（其他）"


class TooLarge(Exception):
    """There is more to look at than a check may take."""


@dataclass(frozen=True)
class Column:
    """One input: its pieces, and for each the rows (as bits) that surely fit and that possibly fit."""

    label: str
    values: tuple[Value, ...]
    surely: list[int]
    possibly: list[int]
    pieces_surely: list[int]  # for each row, its pieces as bits
    pieces_possibly: list[int]


class Regions:
    """The pieces of all columns of a table; raises TooLarge."""

    def __init__(self, table: DecisionTable) -> None:
        self._steps = 0
        self.table = table
        if len(table.inputs) > MAX_COLUMNS:
            raise TooLarge
        self.all = (1 << len(table.rules)) - 1
        self.columns = tuple(self._column(column, number) for number, column in enumerate(table.inputs))

    def _step(self, amount: int = 1) -> None:
        self._steps += amount
        if self._steps > MAX_STEPS:
            raise TooLarge

    def _column(self, column: Input, number: int) -> Column:
        cells = [rule.cells[number] for rule in self.table.rules]
        values = tuple(value for value in pieces(column, cells) if column.allowed.fits(value, NOTHING))
        fitting: dict[str, tuple[int, int]] = {}
        for cell in cells:
            if cell.text not in fitting:
                self._step(len(values))
                answers = [_fits(cell, value) for value in values]
                fitting[cell.text] = _mask(sure for sure, _ in answers), _mask(possible for _, possible in answers)
        surely, possibly = ([fitting[cell.text][each] for cell in cells] for each in (0, 1))
        self._step(len(values))
        count = range(len(values))
        return Column(
            column.label,
            values,
            [_mask(row >> piece & 1 for row in surely) for piece in count],
            [_mask(row >> piece & 1 for row in possibly) for piece in count],
            surely,
            possibly,
        )

    def overlapping(self) -> Iterator[tuple[int, int]]:
        """Pairs of rows that surely fit together somewhere, by number from 0."""
        for row in range(len(self.table.rules)):
            together = self.all
            for column in self.columns:
                here = 0
                for piece in _bits(column.pieces_surely[row]):
                    self._step()
                    here |= column.surely[piece]
                together &= here
            for other in _bits(together >> row + 1 << row + 1):
                yield row, other

    def witness(self, one: int, other: int) -> list[tuple[str, Value]]:
        """Values for which both rows fit."""
        both = 1 << one | 1 << other
        return [
            (column.label, next(v for v, mask in zip(column.values, column.surely, strict=True) if mask & both == both))
            for column in self.columns
        ]

    def shadowing(self, row: int) -> int | None:
        """An earlier row that fits wherever this one may."""
        for earlier in range(row):
            if all(self._covers(number, earlier, row) for number in range(len(self.columns))):
                return earlier
        return None

    def _covers(self, number: int, wide: int, narrow: int) -> bool:
        rules, column = self.table.rules, self.columns[number]
        self._step()
        if rules[wide].cells[number].text == rules[narrow].cells[number].text:
            return True
        return not column.pieces_possibly[narrow] & ~column.pieces_surely[wide]

    def gap(self) -> list[tuple[str, Value]] | None:
        """Values that no row covers, as far as the columns matter; None when every combination is covered."""
        everywhere = [self.all]  # from the last column on: the rows that fit whatever stands there
        for column in reversed(self.columns):
            mask = everywhere[-1]
            for fitting in column.surely:
                mask &= fitting
            everywhere.append(mask)
        return self._gap(0, self.all, everywhere[::-1], set())

    def _gap(
        self, number: int, left: int, everywhere: list[int], seen: set[tuple[int, int]]
    ) -> list[tuple[str, Value]] | None:
        if not left:
            return []
        if left & everywhere[number] or (number, left) in seen:
            return None
        seen.add((number, left))
        column = self.columns[number]
        self._step(len(column.values))
        for value, mask in zip(column.values, column.possibly, strict=True):
            found = self._gap(number + 1, left & mask, everywhere, seen)
            if found is not None:
                return [(column.label, value), *found]
        return None


def pieces(column: Input, cells: Iterable[Cell]) -> list[Value]:
    """One value for each piece of a column; those that cells name come first."""
    known = [cell.tests for cell in (*cells, column.allowed, column.type.allowed) if cell.tests is not None]
    parts = [part for tests in known for part in tests.parts or ()]
    constants = [one for tests in known for value in tests.constants for one in _flat(value)]
    bounded = any(isinstance(part, Span) for part in parts)
    found: list[Value] = []
    for wanted in dict.fromkeys([column.type.kind, *map(kind, constants)]):
        here = _distinct(value for value in constants if kind(value) == wanted)
        found += here if wanted != "是否" else [True, False]
        if wanted == "文字":
            found += [*(_between(here, column.type.whole) if bounded else []), OTHER_TEXT]
        elif wanted not in ("", "空值", "是否", "列表", "对象"):
            found += _between(here, column.type.whole)
    return found or [OTHER_TEXT]


def _flat(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def _distinct(values: Iterable[Value]) -> list[Value]:
    """Each value once; in order where there is one."""
    once: list[Value] = []
    for value in values:
        if not any(equal(value, other) is True for other in once):
            once.append(value)
    return sorted(once, key=_Ordered) if once and kind(once[0]) not in ("空值", "是否", "对象") else once


class _Ordered:
    """Lets sorted() use FEEL's order."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def __lt__(self, other: _Ordered) -> bool:
        return compare(self.value, other.value) == -1


def _between(values: list[Value], whole: bool) -> list[Value]:
    """A value below, between and above sorted ones, where there is any."""
    if not values:
        return [0]
    found = [_beside(values[0], -1)]
    found += [_middle(low, high, whole) for low, high in pairwise(values)]
    found.append(_beside(values[-1], 1))
    return [value for value in found if value is not None]


def _beside(value: Value, side: int) -> Value:
    if isinstance(value, str):
        return value + "0" if side > 0 else None
    if isinstance(value, Months):
        return Months(value.amount + side)
    if isinstance(value, time):
        moment = datetime.combine(date(2000, 1, 2), value) + side * timedelta(minutes=1)
        return moment.timetz() if moment.day == 2 else None
    try:
        return value + (side if isinstance(value, int | float | Decimal) else side * timedelta(days=1))
    except OverflowError:
        return None


def _middle(low: Any, high: Any, whole: bool) -> Value:
    if isinstance(low, str):
        return low + "0" if low + "0" < high else None
    if isinstance(low, Months):
        return Months(low.amount + 1) if low.amount + 1 < high.amount else None
    if isinstance(low, time):
        moment = datetime.combine(date(2000, 1, 2), low) + timedelta(microseconds=1)
        return moment.timetz() if moment.day == 2 and moment.timetz() < high else None
    if isinstance(low, date) and not isinstance(low, datetime):
        return low + timedelta(days=1) if low + timedelta(days=1) < high else None
    if isinstance(low, datetime | timedelta):
        return low + (high - low) / 2
    following = int(low // 1) + 1
    return following if following < high else (None if whole else (low + high) / Decimal(2))


def _fits(cell: Cell, value: Value) -> tuple[bool, bool]:
    """Whether the cell surely, and possibly, fits."""
    if cell.tests is None:
        return True, True
    if cell.tests.parts is None:
        return False, True
    try:
        fitting = cell.fits(value, NOTHING)
    except ERRORS:
        return False, False
    return fitting, fitting


def _mask(answers: Iterable[bool | int]) -> int:
    return sum(1 << position for position, answer in enumerate(answers) if answer)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
