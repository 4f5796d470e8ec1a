"""FEEL's built-in functions that decision tables need (DMN 1.3, 10.3.4); a wrong argument is an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Any

from engine.feel.durations import read_date, read_duration, read_moment, read_time
from engine.feel.unary_tests import any_of
from engine.feel.values import Value, add, compare, divide, equal, kind, number, plain

MAX_SCALE = 30


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"应为文字，而不是{kind(value)}")
    return value


def _number(value: Value) -> Decimal:
    if kind(value) != "数":
        raise TypeError(f"应为数，而不是{kind(value)}")
    return number(value)


def _items(values: tuple[Value, ...]) -> list[Value]:
    """The arguments, or the one list they are."""
    return list(values[0]) if len(values) == 1 and isinstance(values[0], list | tuple) else list(values)


def _list(value: Value) -> list[Value]:
    if value is None:
        raise TypeError("应为列表，而不是空值")
    return list(value) if isinstance(value, list | tuple) else [value]


def _not(value: Value) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"not(…) 只能用于是否，而不是{kind(value)}")
    return None if value is None else not value


def _best(values: tuple[Value, ...], wanted: int) -> Value:
    items = _items(values)
    if None in items:
        return None
    return reduce(lambda best, one: one if compare(one, best) == wanted else best, items) if items else None


def smallest(*values: Value) -> Value:
    """min; null of an empty list."""
    return _best(values, -1)


def largest(*values: Value) -> Value:
    """max; null of an empty list."""
    return _best(values, 1)


def total(*values: Value) -> Value:
    """sum; null of an empty list."""
    items = _items(values)
    return reduce(add, items) if items else None


def _mean(*values: Value) -> Value:
    return divide(total(*values), len(_items(values)))


def _truths(values: tuple[Value, ...]) -> list[bool | None]:
    if not values:
        raise TypeError("缺少参数")
    items = _items(values)
    for item in items:
        if item is not None and not isinstance(item, bool):
            raise TypeError(f"应为是否，而不是{kind(item)}")
    return items


def _all(*values: Value) -> bool | None:
    answers = _truths(values)
    return False if False in answers else (None if None in answers else True)


def _rounded(mode: str) -> Callable[..., Decimal]:
    def rounded(value: Value, scale: Value = 0) -> Decimal:
        digits = _number(scale)
        if abs(digits) > MAX_SCALE or digits != int(digits):
            raise ValueError(f"位数应是 {MAX_SCALE} 以内的整数")
        step = Decimal(1).scaleb(-int(digits))
        return (_number(value) / step).quantize(Decimal(1), rounding=mode) * step

    return rounded


def _modulo(value: Value, divisor: Value) -> Value:
    one, other = _number(value), _number(divisor)
    return None if other == 0 else one - other * (one / other).to_integral_value(rounding=ROUND_FLOOR)


def _string(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    written = plain(value)
    return str(written).lower() if isinstance(written, bool) else str(written)


def _to_number(value: Value) -> Value:
    text = _text(value).strip()
    return Decimal(text) if len(text) <= MAX_SCALE and text.lstrip("+-").replace(".", "", 1).isdecimal() else None


def _substring(value: Value, start: Value, length: Value = None) -> str:
    text, first = _text(value), int(_number(start))
    if first == 0:
        raise ValueError("substring 的位置从 1 起")
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    return text[begin:] if length is None else text[begin : begin + max(int(_number(length)), 0)]


def _contains(text: Value, part: Value) -> bool:
    if isinstance(text, list | tuple):
        raise TypeError("contains 只用于文字；列表请用 list contains(列表, 值)")
    return _text(part) in _text(text)


def _date(*values: Value) -> date:
    if len(values) == 3:
        return date(*(int(_number(value)) for value in values))
    (value,) = values
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else read_date(_text(value))


def _moment(*values: Value) -> datetime:
    if len(values) == 2:
        day, clock = values
        day = _date(day)
        clock = clock if isinstance(clock, time) else read_time(_text(clock))
        return datetime.combine(day, clock)
    (value,) = values
    return value if isinstance(value, datetime) else read_moment(_text(value))


BUILT_INS: dict[str, Callable[..., Any]] = {
    "not": _not,
    "min": smallest,
    "max": largest,
    "sum": total,
    "mean": _mean,
    "all": _all,
    "any": lambda *values: any_of(_truths(values)),
    "count": lambda values: len(_list(values)),
    "list contains": lambda values, value: any(equal(value, one) is True for one in _list(values)),
    "append": lambda values, *more: [*_list(values), *more],
    "concatenate": lambda *lists: [one for each in lists for one in _list(each)],
    "abs": lambda value: abs(_number(value)),
    "floor": _rounded(ROUND_FLOOR),
    "ceiling": _rounded(ROUND_CEILING),
    "decimal": _rounded(ROUND_HALF_EVEN),
    "round half up": _rounded(ROUND_HALF_UP),
    "modulo": _modulo,
    "string": _string,
    "number": _to_number,
    "string length": lambda text: len(_text(text)),
    "upper case": lambda text: _text(text).upper(),
    "lower case": lambda text: _text(text).lower(),
    "substring": _substring,
    "contains": _contains,
    "starts with": lambda text, part: _text(text).startswith(_text(part)),
    "ends with": lambda text, part: _text(text).endswith(_text(part)),
    "date": _date,
    "time": lambda text: read_time(_text(text)),
    "date and time": _moment,
    "duration": lambda text: read_duration(_text(text)),
}
