"""What an expression may compute with: pure functions and operators whose results stay small and finite."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Value: TypeAlias = Any  # what JSON can hold

NUMBER = (int, float)
KINDS = {
    "NoneType": "空值",
    "bool": "是否",
    "int": "数",
    "float": "数",
    "str": "文字",
    "list": "列表",
    "tuple": "列表",
    "dict": "对象",
}
MAX_LENGTH = 100_000
MAX_NODES = 20_000
MAX_NUMBER = 10**18
MAX_DIGITS = 15


def add(left: Value, right: Value) -> Value:
    """Numbers, two texts or two lists."""
    if isinstance(left, NUMBER) and isinstance(right, NUMBER):
        return _small(left + right)
    if type(left) is not type(right) or not isinstance(left, str | list | tuple):
        raise TypeError(_types("+", left, right))
    if len(left) + len(right) > MAX_LENGTH:
        raise ValueError(f"相加的结果太长（最多 {MAX_LENGTH}）")
    return left + right


def subtract(left: Value, right: Value) -> Value:
    """Numbers only."""
    _numbers("-", left, right)
    return _small(left - right)


def multiply(left: Value, right: Value) -> Value:
    """Numbers only: a repeated text would eat the memory."""
    _numbers("*", left, right)
    return _small(left * right)


def divide(left: Value, right: Value) -> Value:
    """Numbers only."""
    _numbers("/", left, right)
    return _small(left / right)


def floor_divide(left: Value, right: Value) -> Value:
    """Numbers only."""
    _numbers("//", left, right)
    return _small(left // right)


def modulo(left: Value, right: Value) -> Value:
    """Numbers only: with a text on the left it would be string formatting."""
    _numbers("%", left, right)
    return _small(left % right)


def item(container: Value, key: Value) -> Value:
    """An element of a list or the value of a key."""
    if isinstance(container, dict):
        if key not in container:
            raise ValueError(f"没有“{key}”这一项（有：{'、'.join(map(str, list(container)[:10]))}）")
        return container[key]
    if isinstance(container, list | tuple | str) and isinstance(key, int):
        if not -len(container) <= key < len(container):
            raise ValueError(f"下标 {key} 超出范围（共 {len(container)} 项）")
        return container[key]
    raise TypeError(f"{kind(container)}不能取下标 {key!r}")


def bounded(value: Value) -> Value:
    """The value, when it has a size that can be stored; shared parts count each time they occur."""
    remaining = MAX_NODES
    queue = [value]
    while queue:
        current = queue.pop()
        remaining -= 1
        if isinstance(current, dict):
            queue.extend(current.values())
        elif isinstance(current, list | tuple):
            queue.extend(current)
        if remaining < len(queue):
            raise ValueError(f"结果太大（最多 {MAX_NODES} 项）")
    return value


def _small(number: Value) -> Value:
    if abs(number) > MAX_NUMBER or not math.isfinite(number):
        raise ValueError("数值过大")
    return number


def _numbers(operator: str, left: Value, right: Value) -> None:
    if not (isinstance(left, NUMBER) and isinstance(right, NUMBER)):
        raise TypeError(_types(operator, left, right))


def _types(operator: str, left: Value, right: Value) -> str:
    return f"“{operator}”不能用于{kind(left)}和{kind(right)}"


def kind(value: Value) -> str:
    """What an author calls a value of this type."""
    return KINDS.get(type(value).__name__, type(value).__name__)


def _to_text(value: Value = "") -> str:
    bounded(value)
    return str(value)


def _to_whole(value: Value = 0) -> int:
    if isinstance(value, str) and len(value) > MAX_DIGITS + 3:
        raise ValueError("数值过大")
    return int(_small(int(value)))


def _to_number(value: Value = 0) -> float:
    return float(_small(float(value)))


def _round(value: Value, digits: int = 0) -> Value:
    if abs(digits) > MAX_DIGITS:
        raise ValueError(f"round 的位数应在 {MAX_DIGITS} 以内")
    return round(value, digits) if digits else round(value)


def _sum(values: Iterable[Value]) -> Value:
    total: Value = 0
    for value in values:
        _numbers("+", total, value)
        total = _small(total + value)
    return total


def _contains(container: Value, value: Value) -> bool:
    """Whether a list, text or object holds the value; an empty value holds nothing."""
    return container is not None and value in container


def _coalesce(*values: Value) -> Value:
    """The first value that is not null."""
    return next((value for value in values if value is not None), None)


def _length(value: Value) -> int:
    return 0 if value is None else len(value)


def _sorted(values: Iterable[Value]) -> list[Value]:
    return sorted(values)


def _absolute(value: Value) -> Value:
    _numbers("abs", value, 0)
    return abs(value)


def _minimum(*values: Value) -> Value:
    return min(*values)


def _maximum(*values: Value) -> Value:
    return max(*values)


def _truth(value: Value = False) -> bool:
    return bool(value)


PURE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": _length,
    "min": _minimum,
    "max": _maximum,
    "abs": _absolute,
    "round": _round,
    "str": _to_text,
    "int": _to_whole,
    "float": _to_number,
    "bool": _truth,
    "any": lambda values: any(values),
    "all": lambda values: all(values),
    "sorted": _sorted,
    "sum": _sum,
    "contains": _contains,
    "coalesce": _coalesce,
}

GUARDS: dict[str, Callable[..., Any]] = {
    "_add": add,
    "_subtract": subtract,
    "_multiply": multiply,
    "_divide": divide,
    "_floor_divide": floor_divide,
    "_modulo": modulo,
    "_item": item,
}
