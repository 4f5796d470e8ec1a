"""FEEL's values: what they are called, how they compare and compute, and how they leave as JSON (DMN 1.3, 10.3.2)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel.durations import (
    Months,
    add_months,
    read_date,
    read_duration,
    read_moment,
    read_time,
    write_duration,
)

Value: TypeAlias = Any  # JSON, and inside an expression also Decimal, dates, times and durations

MAX_TEXT = 100_000
MAX_NUMBER = Decimal(10) ** 30
MAX_NODES = 20_000
_CONTEXT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN)  # IEEE 754-2008 decimal128
_READERS: dict[str, Callable[[str], Value]] = {
    "日期": read_date,
    "时间": read_moment,
    "钟点": read_time,
    "时长": read_duration,
    "月数": read_duration,
}


def kind(value: Value) -> str:
    """What an author calls a value of this type."""
    if value is None:
        return "空值"
    if isinstance(value, bool):
        return "是否"
    if isinstance(value, int | float | Decimal):
        return "数"
    for type_, name in _KINDS:
        if isinstance(value, type_):
            return name
    return type(value).__name__


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "文字"),
    (datetime, "时间"),
    (date, "日期"),
    (time, "钟点"),
    (timedelta, "时长"),
    (Months, "月数"),
    ((list, tuple), "列表"),
    (dict, "对象"),
)


def number(value: Value) -> Decimal:
    """A number as it was written: 0.1 is a tenth."""
    return value if isinstance(value, Decimal) else Decimal(value if isinstance(value, int) else repr(value))


def equal(left: Value, right: Value) -> bool | None:
    """FEEL's `=`; None (unknown) between different kinds (table 53)."""
    if left is None or right is None:
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    left, right = _alike(left, right)
    one = kind(left)
    if one != kind(right):
        return None
    if one == "数":
        return number(left) == number(right)
    if one == "列表":
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if one == "对象":
        return left.keys() == right.keys() and all(equal(left[key], right[key]) is True for key in left)
    return bool(left == right)


def compare(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; None when one is null; TypeError when they have no order (stricter than table 54: null)."""
    if left is None or right is None:
        return None
    left, right = _alike(left, right)
    one = kind(left)
    if one != kind(right):
        raise TypeError(f"“{_short(left)}”与“{_short(right)}”类型不同，不能比较大小")
    if one in ("是否", "列表", "对象"):
        raise TypeError(f"{one}不能比较大小")
    if one == "数":
        left, right = number(left), number(right)
    return int(left > right) - int(left < right)


def read_as(wanted: str, value: Value) -> Value:
    """A text as the day, moment, time or duration it stands for; anything else as it is.

    Raises ValueError or InvalidInput when the text is none.
    """
    if isinstance(value, str) and wanted in _READERS:
        return _READERS[wanted](value)
    return value


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """JSON carries days, moments, times and durations as texts: one is read as what it is compared with."""
    if isinstance(left, str) and not isinstance(right, str):
        return _read_like(left, right), right
    if isinstance(right, str) and not isinstance(left, str):
        return left, _read_like(right, left)
    return left, right


def _read_like(text: str, other: Value) -> Value:
    reader = _READERS.get(kind(other))
    return reader(text) if reader else text


def add(left: Value, right: Value) -> Value:
    """Numbers, texts, durations, a day and a duration; null with null (10.3.2.12)."""
    if left is None or right is None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise ValueError(f"相加的结果太长（最多 {MAX_TEXT}）")
        return left + right
    if kind(left) == kind(right) == "数":
        return _small(_CONTEXT.add(number(left), number(right)))
    if isinstance(left, timedelta | Months) and isinstance(right, date):
        left, right = right, left
    return _shift("+", left, right, 1)


def subtract(left: Value, right: Value) -> Value:
    """Numbers, durations, days, a day and a duration; null with null."""
    if left is None or right is None:
        return None
    if kind(left) == kind(right) == "数":
        return _small(_CONTEXT.subtract(number(left), number(right)))
    if isinstance(left, date) and kind(left) == kind(right):
        return left - right
    return _shift("-", left, right, -1)


def _shift(operator: str, left: Value, right: Value, sign: int) -> Value:
    try:
        if isinstance(right, timedelta) and isinstance(left, datetime | timedelta):
            return left + sign * right
        if isinstance(right, timedelta) and isinstance(left, date):
            return (datetime.combine(left, time(0)) + sign * right).date()
        if isinstance(right, Months) and isinstance(left, date):
            return add_months(left, sign * right.amount)
    except OverflowError as error:
        raise ValueError("日期超出范围") from error
    if isinstance(right, Months) and isinstance(left, Months):
        return Months(left.amount + sign * right.amount)
    raise _no_operator(operator, left, right)


def multiply(left: Value, right: Value) -> Value:
    """Numbers; null with null."""
    return _arithmetic("*", _CONTEXT.multiply, left, right)


def divide(left: Value, right: Value) -> Value:
    """Numbers; null with null, and by zero."""
    if kind(left) == kind(right) == "数" and number(right) == 0:
        return None
    return _arithmetic("/", _CONTEXT.divide, left, right)


def power(left: Value, right: Value) -> Value:
    """Numbers; null with null, and where there is no real result."""
    try:
        return _arithmetic("**", _CONTEXT.power, left, right)
    except decimal.InvalidOperation:
        return None
    except decimal.Overflow as error:
        raise ValueError("数值过大") from error


def negate(value: Value) -> Value:
    """A number or duration the other way round."""
    if value is None:
        return None
    if isinstance(value, Months):
        return Months(-value.amount)
    if isinstance(value, timedelta):
        return -value
    if kind(value) != "数":
        raise TypeError(f"“-”不能用于{kind(value)}")
    return -number(value)


def _arithmetic(operator: str, compute: Callable[[Decimal, Decimal], Decimal], left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if kind(left) != "数" or kind(right) != "数":
        raise _no_operator(operator, left, right)
    return _small(compute(number(left), number(right)))


def _no_operator(operator: str, left: Value, right: Value) -> TypeError:
    return TypeError(f"“{operator}”不能用于{kind(left)}和{kind(right)}")


def _small(value: Decimal) -> Decimal:
    if abs(value) > MAX_NUMBER:
        raise ValueError("数值过大")
    return value


def plain(value: Value) -> Value:
    """The value as JSON holds it: days, times and durations as ISO texts; raises ValueError when too large."""
    return _Plain().value(value)


def bounded(value: Value) -> Value:
    """The value itself, when it is small enough to keep; parts that occur twice count twice. Raises ValueError."""
    plain(value)
    return value


class _Plain:
    """Counts what it writes; a part that occurs twice counts twice."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def value(self, value: Value) -> Value:
        """One value and all it holds."""
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"太大（最多 {MAX_NODES} 项）")
        if isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            return int(value) if whole else float(value)
        if isinstance(value, timedelta):
            return write_duration(value)
        if isinstance(value, Months):
            return str(value)
        if isinstance(value, date | time):
            return value.isoformat()
        if isinstance(value, list | tuple):
            return [self.value(part) for part in value]
        if isinstance(value, dict):
            return {key: self.value(part) for key, part in value.items()}
        return value


def _short(value: Value) -> str:
    text = str(plain(value))
    return text if len(text) <= 40 else f"{text[:37]}…"
