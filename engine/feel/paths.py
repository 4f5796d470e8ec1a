"""What hangs on a value: the components of an object, day or moment, and the elements of a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

from engine.feel.unary_tests import Compute, Scope
from engine.feel.values import Value, kind, number

_PARTS_OF_DATE: dict[str, Callable[[date], int]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": lambda day: day.isoweekday(),
}
_PARTS_OF_TIME: dict[str, Callable[[datetime | time], int]] = {
    "hour": lambda clock: clock.hour,
    "minute": lambda clock: clock.minute,
    "second": lambda clock: clock.second,
}


def component(name: str) -> Callable[[Value, Scope], Value]:
    """A named component; of a list, that of each element."""

    def step(value: Value, _: Scope) -> Value:
        if value is None:
            return None
        if isinstance(value, dict):
            if name not in value:
                raise ValueError(f"没有“{name}”这一项（有：{'、'.join(map(str, list(value)[:10]))}）")
            return value[name]
        if isinstance(value, list | tuple):
            return [step(one, _) for one in value]
        if isinstance(value, date) and name in _PARTS_OF_DATE:
            return _PARTS_OF_DATE[name](value)
        if isinstance(value, datetime | time) and name in _PARTS_OF_TIME:
            return _PARTS_OF_TIME[name](value)
        raise TypeError(f"{kind(value)}没有“{name}”")

    return step


def element(index: Compute) -> Callable[[Value, Scope], Value]:
    """An element by position from 1, or from the end below 0; null beyond the list."""

    def step(value: Value, scope: Scope) -> Value:
        position = index(scope)
        if kind(position) != "数" or number(position) != int(position):
            raise TypeError("下标应是整数（从 1 起）；不支持按条件筛选")
        items = list(value) if isinstance(value, list | tuple) else ([] if value is None else [value])
        at = int(position)
        return items[at - 1 if at > 0 else at] if at and abs(at) <= len(items) else None

    return step
