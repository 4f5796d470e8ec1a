"""FEEL as decision tables need it (DMN 1.3, chapters 9 and 10): read on a whitelist, computed by closures.

What is not supported (for, some, every, filters by condition, functions, instance of) is refused by name. Null comes
out where the standard says so; operands of the wrong type, which give null there, are errors here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import InvalidInput
from engine.feel.durations import Months
from engine.feel.functions import BUILT_INS, largest, smallest, total
from engine.feel.grammar import Reader
from engine.feel.tokens import FeelRefused, normalized, short
from engine.feel.unary_tests import NOTHING, Compute, Part, Point, Scope, Span, Test
from engine.feel.values import Value, bounded, compare, equal, kind, plain, read_as

ERRORS = (TypeError, ValueError, LookupError, ArithmeticError, RecursionError, InvalidInput)

__all__ = [
    "BUILT_INS",
    "ERRORS",
    "NOTHING",
    "Expression",
    "FeelRefused",
    "Months",
    "Part",
    "Point",
    "Scope",
    "Span",
    "Test",
    "UnaryTests",
    "Value",
    "bounded",
    "compare",
    "equal",
    "kind",
    "largest",
    "normalized",
    "plain",
    "read_as",
    "read_expression",
    "read_unary_tests",
    "reason",
    "smallest",
    "total",
]


@dataclass(frozen=True)
class Expression:
    """A source that was read: what it uses, and how it is computed; `constant` needs nothing."""

    source: str
    names: frozenset[str]
    calls: frozenset[str]
    constant: bool
    compute: Compute

    def evaluate(self, scope: Scope) -> Value:
        """The value, possibly a Decimal, day or duration; raises InvalidInput."""
        try:
            return self.compute(scope)
        except ERRORS as error:
            raise InvalidInput(f"表达式“{short(self.source)}”{reason(error, self.names, self.calls)}。") from error


@dataclass(frozen=True)
class UnaryTests:
    """An input cell that was read; `parts` are the constants and intervals it is made of, when it is nothing else."""

    source: str
    names: frozenset[str]
    calls: frozenset[str]
    test: Test
    parts: tuple[Part, ...] | None
    negated: bool
    constants: tuple[Value, ...]


def read_expression(source: str, names: Collection[str] = (), functions: Collection[str] = ()) -> Expression:
    """The expression; raises FeelRefused. Names of several words are known only from `names` and `functions`."""
    return _expression(source.strip(), frozenset(names), frozenset(functions))


def read_unary_tests(source: str, names: Collection[str] = (), functions: Collection[str] = ()) -> UnaryTests:
    """The tests of an input cell; raises FeelRefused."""
    return _unary_tests(source.strip(), frozenset(names), frozenset(functions))


@lru_cache(maxsize=4096)
def _expression(source: str, names: frozenset[str], functions: frozenset[str]) -> Expression:
    if not source:
        raise FeelRefused("表达式为空。")
    try:
        reader = Reader(source, names, functions)
        node = reader.whole()
        if node.constant:
            plain(node.compute(NOTHING))
    except ERRORS as error:
        raise _refused(source, error) from error
    return Expression(source, frozenset(reader.names), frozenset(reader.calls), node.constant, node.compute)


@lru_cache(maxsize=4096)
def _unary_tests(source: str, names: frozenset[str], functions: frozenset[str]) -> UnaryTests:
    try:
        reader = Reader(source, names, functions)
        test, tests, excluded = reader.cell()
    except ERRORS as error:
        raise _refused(source, error) from error
    parts = tuple(one.part for one in tests if one.part is not None)
    return UnaryTests(
        source,
        frozenset(reader.names),
        frozenset(reader.calls),
        test,
        parts if len(parts) == len(tests) else None,
        excluded,
        tuple(constant for part in parts for constant in _constants(part)),
    )


def reason(error: Exception, names: Collection[str] = (), calls: Collection[str] = ()) -> str:
    """Why a computation failed, for an author."""
    if isinstance(error, KeyError) and error.args:
        (missing,) = error.args
        return f"：没有变量“{missing}”" if missing in names else f"：没有函数“{missing}”"
    if isinstance(error, RecursionError):
        return "无法计算：数据嵌套太深"
    text = error.message if isinstance(error, InvalidInput) else str(error)
    return f"无法计算：{text.rstrip('。')}"


def _refused(source: str, error: Exception) -> FeelRefused:
    return error if isinstance(error, FeelRefused) else FeelRefused(f"表达式“{short(source)}”{reason(error)}。")


def _constants(part: Part) -> list[Value]:
    if isinstance(part, Point):
        return [part.value]
    return [bound for bound in (part.low, part.high) if bound is not None]
