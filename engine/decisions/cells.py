"""Input cells of decision tables: what a cell says, compiled into a test of one value."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from engine import expressions
from engine.errors import InvalidInput
from engine.working_days import instant

Value: TypeAlias = Any  # what JSON can hold
Functions: TypeAlias = Mapping[str, Callable[..., Any]]
Test: TypeAlias = Callable[[Value, Functions], bool]
Operand: TypeAlias = Callable[[Functions], Value]

TYPES = {
    "string": "文字",
    "number": "数",
    "integer": "数",
    "long": "数",
    "double": "数",
    "boolean": "是否",
    "date": "日期",
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_DATE = re.compile(r'date\(\s*"([^"]*)"\s*\)')
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)


class CellError(ValueError):
    """The cell cannot be read; the message says why, in Chinese."""


@dataclass(frozen=True)
class Cell:
    """One input cell; without a test it fits everything."""

    text: str
    test: Test | None = None
    literals: tuple[Value, ...] | None = None  # when the cell is nothing but a list of constants
    constants: tuple[Value, ...] = ()  # every constant it names, bounds included
    calls: frozenset[str] = frozenset()


def read_cell(text: str, type_ref: str = "") -> Cell:
    """The compiled cell; raises CellError."""
    text = text.strip()
    if text in ("", "-"):
        return Cell(text)
    reader = _Reader(type_ref)
    negated = _NOT.fullmatch(text)
    tests = [reader.test(part) for part in split(negated[1] if negated else text)]
    literals = tuple(reader.literals) if len(reader.literals) == len(tests) else None
    if literals is not None:
        combined = _one_of(literals)
    elif len(tests) == 1:
        combined = tests[0]
    else:
        combined = _any_of(tests)
    if negated:
        combined, literals = _not(combined), None
    return Cell(text, combined, literals, tuple(reader.constants), frozenset(reader.calls))


def fits_type(value: Value, type_ref: str) -> bool:
    """Whether a value has the type of its column; null fits every type."""
    kind = TYPES.get(type_ref)
    if value is None or kind is None:
        return True
    if kind == "文字":
        return isinstance(value, str)
    if kind == "是否":
        return isinstance(value, bool)
    if kind == "数":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str | date)


def split(text: str) -> list[str]:
    """The parts between commas, leaving quoted text, calls and intervals whole."""
    parts: list[str] = []
    current, depth, quote, escaped = "", 0, "", False
    for character in text:
        if quote:
            closes = character == quote and not escaped
            escaped = character == "\\" and not escaped
            quote = "" if closes else quote
        elif character in "\"'":
            quote = character
        elif character == "," and depth == 0:
            parts.append(current)
            current = ""
            continue
        elif character == "(" and current.strip():  # at the start it opens an interval, maybe closed by "]"
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        current += character
    if quote:
        raise CellError(f"引号没有配对：{text}")
    return [*parts, current]


class _Reader:
    """Reads the parts of one cell and remembers which of them are plain constants."""

    def __init__(self, type_ref: str) -> None:
        self.type_ref = type_ref
        self.literals: list[Value] = []
        self.constants: list[Value] = []
        self.calls: set[str] = set()

    def test(self, part: str) -> Test:
        part = part.strip()
        if not part:
            raise CellError("逗号之间是空的")
        if part[0] in "[](" and ".." in part:
            return self._interval(part)
        for sign, compare in _COMPARISONS.items():
            if part.startswith(sign):
                return _ordered(compare, self._bound(part[len(sign) :]))
        operand, constant = self._operand(part)
        if constant:
            self.literals.append(operand({}))
        return lambda value, functions: same(value, operand(functions))

    def _interval(self, part: str) -> Test:
        low, _, high = part[1:-1].partition("..")
        if part[-1] not in "[])":
            raise CellError(f"区间应以 ]、) 或 [ 结尾：{part}")
        above = operator.ge if part[0] == "[" else operator.gt
        below = operator.le if part[-1] == "]" else operator.lt
        low_bound, high_bound = self._bound(low), self._bound(high)
        if not self.calls and low_bound({}) > high_bound({}):
            raise CellError(f"区间的起点大于终点：{part}")
        from_low, to_high = _ordered(above, low_bound), _ordered(below, high_bound)
        return lambda value, functions: from_low(value, functions) and to_high(value, functions)

    def _bound(self, text: str) -> Operand:
        operand, constant = self._operand(text.strip())
        if constant and (operand({}) is None or isinstance(operand({}), bool)):
            raise CellError(f"不能与“{text.strip()}”比较大小")
        return operand

    def _operand(self, text: str) -> tuple[Operand, bool]:
        dated = _DATE.fullmatch(text)
        if dated:
            return self._constant(_date(dated[1]))
        try:
            if expressions.names(text):
                raise CellError(f"“{text}”：文字请加英文双引号")
            called = expressions.calls(text)
            if called:
                self.calls |= called
                return (lambda functions: expressions.evaluate(text, {}, functions)), False
            return self._constant(expressions.evaluate(text, {}))
        except InvalidInput as error:
            raise CellError(f"{error.message.rstrip('。')}{_hint(text)}") from error

    def _constant(self, value: Value) -> tuple[Operand, bool]:
        if isinstance(value, list | tuple | dict):
            raise CellError("输入单元格里不能写列表或对象；多个值直接用逗号隔开")
        if not fits_type(value, self.type_ref) or (self.type_ref == "date" and isinstance(value, str)):
            raise CellError(f"“{value}”不是{TYPES[self.type_ref]}，与本列类型 {self.type_ref} 不符")
        self.constants.append(value)
        return (lambda _: value), True


def _hint(text: str) -> str:
    if any(mark in text for mark in "“”‘’，（）"):
        return "（请用英文引号、逗号和括号）"
    return ""


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CellError(f"“{text}”不是有效的日期，应如 2026-01-01") from error


def same(left: Value, right: Value) -> bool:
    """Equality without Python's True == 1; a date equals a moment of that day."""
    if isinstance(right, date) and left is not None:
        return as_date(left) == right
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def as_date(value: Value) -> date:
    """The local day of an ISO text; raises TypeError."""
    if isinstance(value, str):
        return instant(value).date()
    if isinstance(value, date):
        return value
    raise TypeError(f"“{value}”不是日期")


def _one_of(literals: tuple[Value, ...]) -> Test:
    if all(isinstance(literal, str) for literal in literals):
        texts = frozenset(literals)
        return lambda value, _: type(value) is str and value in texts
    return lambda value, _: any(same(value, literal) for literal in literals)


def _any_of(tests: list[Test]) -> Test:
    return lambda value, functions: any(test(value, functions) for test in tests)


def _not(test: Test) -> Test:
    return lambda value, functions: not test(value, functions)


def _ordered(compare: Callable[[Any, Any], bool], bound: Operand) -> Test:
    def test(value: Value, functions: Functions) -> bool:
        limit = bound(functions)
        if value is None or limit is None:
            return False
        if isinstance(limit, date):
            return compare(as_date(value), limit)
        if isinstance(limit, str) != isinstance(value, str) or isinstance(value, bool):
            raise TypeError(f"“{value}”与“{limit}”类型不同，不能比较大小")
        return compare(value, limit)

    return test
