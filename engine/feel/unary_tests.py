"""Tests of one value, as decision table cells hold them: true, false, or unknown (DMN 1.3, 10.3.2.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from engine.feel.values import Value, compare, equal


class Scope(NamedTuple):
    """What an expression sees: variables by name, functions by name."""

    variables: Mapping[str, Value]
    functions: Mapping[str, Callable[..., Any]]


NOTHING = Scope({}, {})
Compute: TypeAlias = Callable[[Scope], Value]
Test: TypeAlias = Callable[[Value, Scope], bool | None]


@dataclass(frozen=True)
class Point:
    """Exactly one value."""

    value: Value


@dataclass(frozen=True)
class Span:
    """The values between two bounds; a bound of None is open to that side."""

    low: Value = None
    high: Value = None
    low_included: bool = False
    high_included: bool = False


Part: TypeAlias = Point | Span


@dataclass(frozen=True)
class UnaryTest:
    """A test with the constant part it stands for; None when only running it tells."""

    fits: Test
    part: Part | None = None


_FITTING: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def ordered(sign: str, bound: Compute) -> Test:
    """The test `< bound` and its like; unknown with null."""
    fitting = _FITTING[sign]

    def fits(value: Value, scope: Scope) -> bool | None:
        order = compare(value, bound(scope))
        return None if order is None else fitting(order)

    return fits


def between(low: Test, high: Test) -> Test:
    """Both bounds of an interval."""

    def fits(value: Value, scope: Scope) -> bool | None:
        above = low(value, scope)
        return above if above is not True else high(value, scope)

    return fits


def same_as(expected: Compute) -> Test:
    """Equal to a value, or one of a list of values."""

    def fits(value: Value, scope: Scope) -> bool | None:
        wanted = expected(scope)
        if not isinstance(wanted, list | tuple):
            return equal(value, wanted)
        return equal(value, wanted) is True or any(equal(value, one) is True for one in wanted)

    return fits


def any_of(answers: list[bool | None]) -> bool | None:
    """Or, with the unknown in it."""
    if True in answers:
        return True
    return None if None in answers else False


def alternatives(tests: list[UnaryTest]) -> Test:
    """One of several tests; only texts or only whole numbers, the usual cells, are looked up."""

    def one_of(value: Value, scope: Scope) -> bool | None:
        return any_of([test.fits(value, scope) for test in tests])

    slow = tests[0].fits if len(tests) == 1 else one_of
    points = [test.part.value for test in tests if isinstance(test.part, Point)]
    types = {type(value) for value in points}
    if len(points) < len(tests) or types not in ({str}, {int}):
        return slow
    (only,), listed = types, frozenset(points)
    return lambda value, scope: value in listed if type(value) is only else slow(value, scope)


def negated(test: Test) -> Test:
    """The opposite; the unknown stays unknown."""

    def fits(value: Value, scope: Scope) -> bool | None:
        answer = test(value, scope)
        return None if answer is None else not answer

    return fits
