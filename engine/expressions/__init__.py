"""Expressions of diagrams and decision tables: a small Python subset.

A variable is read from the mapping handed in, a function only by name from the functions handed in:
whatever a form field is called, it can never be mistaken for a function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn

from engine.errors import InvalidInput
from engine.expressions.functions import KINDS, PURE_FUNCTIONS, Value, bounded
from engine.expressions.language import RESERVED_NAMES, Expression, ExpressionRefused, compiled, short, strip

__all__ = ["PURE_FUNCTIONS", "RESERVED_NAMES", "ExpressionRefused", "calls", "check", "evaluate", "names", "strip"]

_COMPARED = re.compile(r"'(.+)' not supported between instances of '(.+)' and '(.+)'")
_SCALARS = frozenset({str, int, float, bool, type(None)})


def check(source: str, names_of_functions: Collection[str] = ()) -> None:
    """Raises ExpressionRefused when the expression, or a function it calls, is not allowed."""
    for name in sorted(compiled(source).calls):
        if name not in PURE_FUNCTIONS and name not in names_of_functions:
            raise ExpressionRefused(f"表达式“{short(source)}”：没有函数“{name}”。")


def names(source: str) -> set[str]:
    """The variables an expression reads."""
    return set(compiled(source).names)


def calls(source: str) -> set[str]:
    """The functions an expression calls."""
    return set(compiled(source).calls)


def evaluate(
    source: str, variables: Mapping[str, Value], functions: Mapping[str, Callable[..., Value]] | None = None
) -> Value:
    """The expression's value.

    Raises ExpressionRefused when it may not be run, InvalidInput when these variables do not allow it.
    """
    expression = compiled(source)
    try:
        result = expression.compute(variables, functions or {})
        return result if type(result) in _SCALARS else bounded(result)
    except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        _explain(expression, variables, functions or {}, error)


def _explain(
    expression: Expression,
    variables: Mapping[str, Value],
    functions: Mapping[str, Callable[..., Value]],
    error: Exception,
) -> NoReturn:
    where = f"表达式“{short(expression.source)}”"
    missing = error.args[0] if isinstance(error, KeyError) and error.args else None
    if missing in expression.names and missing not in variables:
        raise InvalidInput(f"{where}：没有变量“{missing}”。") from error
    if missing in expression.calls and missing not in functions:
        raise ExpressionRefused(f"{where}：没有函数“{missing}”。") from error
    if isinstance(error, ZeroDivisionError):
        raise InvalidInput(f"{where}：除数为零。") from error
    if isinstance(error, RecursionError):
        raise InvalidInput(f"{where}：数据嵌套太深。") from error
    reason = _COMPARED.sub(_comparison, str(error))
    raise InvalidInput(f"{where}无法计算：{reason}。请检查变量的值和类型。") from error


def _comparison(found: re.Match[str]) -> str:
    operator, left, right = found.groups()
    return f"“{operator}”不能比较{KINDS.get(left, left)}和{KINDS.get(right, right)}"
