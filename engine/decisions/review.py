"""What to look at again before a table decides: missing functions, rows that clash or never get their turn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from engine.decisions.cells import Cell, Value
from engine.decisions.table import DecisionTable, Input, Rule
from engine.errors import Finding, InvalidInput
from engine.expressions import PURE_FUNCTIONS

_NONE_OF_THE_TEXTS = "（其他）"
_NO_FUNCTIONS: Mapping[str, Any] = {}


def review(table: DecisionTable, function_names: Collection[str] = (), file: str = "") -> list[Finding]:
    """Errors for functions nobody has, warnings for rows.

    Clashing rows only warn: two columns may depend on each other in ways the table does not say.
    """
    missing = sorted(name for name in table.calls if name not in PURE_FUNCTIONS and name not in function_names)
    findings = [_unknown(table, name, file) for name in missing]
    if table.hit_policy == "UNIQUE":
        findings += [_clash(table, first, second, file) for first, second in _overlapping(table)]
    if table.hit_policy == "FIRST":
        findings += [_unreachable(table, earlier, later, file) for earlier, later in _shadowed(table)]
    return findings


def _overlapping(table: DecisionTable) -> Iterable[tuple[Rule, Rule]]:
    pairs = combinations(table.rules, 2)
    return (pair for pair in pairs if witnesses(table, *pair) is not None)


def _shadowed(table: DecisionTable) -> Iterable[tuple[Rule, Rule]]:
    for number, later in enumerate(table.rules):
        for earlier in table.rules[:number]:
            if all(_covers(wide, narrow) for wide, narrow in zip(earlier.cells, later.cells, strict=True)):
                yield earlier, later
                break


def witnesses(table: DecisionTable, first: Rule, second: Rule) -> list[Value] | None:
    """Inputs for which both rows fit; None when none were found."""
    found = []
    for column, one, other in zip(table.inputs, first.cells, second.cells, strict=True):
        fitting = [value for value in _candidates(column, one, other) if _fits(one, value) and _fits(other, value)]
        if not fitting:
            return None
        found.append(fitting[0])
    return found


def _candidates(column: Input, one: Cell, other: Cell) -> list[Value]:
    """Values worth trying: those the cells name, their neighbours, and one that no cell names."""
    if column.type_ref == "boolean":
        return [True, False]
    named = [*column.allowed.constants, *one.constants, *other.constants]
    values: list[Value] = []
    for constant in named:
        values += _neighbours(constant)
    if column.allowed.test is not None:
        return [value for value in values if _fits(column.allowed, value)]
    unnamed = 0 if column.type_ref in ("number", "integer", "long", "double") else _NONE_OF_THE_TEXTS
    return [*values, unnamed]


def _neighbours(constant: Value) -> list[Value]:
    if isinstance(constant, bool) or constant is None or isinstance(constant, str):
        return [constant]
    if isinstance(constant, date):
        return [(constant + timedelta(days=days)).isoformat() for days in (0, -1, 1)]
    return [constant, constant - 1, constant + 1]


def _fits(cell: Cell, value: Value) -> bool:
    if cell.test is None:
        return True
    if cell.calls:
        return False  # what a function says is known only when the table decides
    try:
        return cell.test(value, _NO_FUNCTIONS)
    except (InvalidInput, TypeError, ValueError):
        return False


def _covers(wide: Cell, narrow: Cell) -> bool:
    if wide.test is None or wide.text == narrow.text:
        return True
    return narrow.literals is not None and all(_fits(wide, literal) for literal in narrow.literals)


def _unknown(table: DecisionTable, name: str, file: str) -> Finding:
    return Finding("expression", table.id, "error", f"{table.title}调用的函数“{name}”不存在", file)


def _clash(table: DecisionTable, first: Rule, second: Rule, file: str) -> Finding:
    values = witnesses(table, first, second) or []
    shown = "，".join(
        f"{column.label}={'空' if value is None else value}" for column, value in zip(table.inputs, values, strict=True)
    )
    rows = f"第{first.number}条与第{second.number}条可能同时适用（如 {shown}）"
    text = f"{table.title}{rows}，而命中策略是 UNIQUE，届时会报错"
    return Finding("decision-overlap", second.id, "warning", text, file)


def _unreachable(table: DecisionTable, earlier: Rule, later: Rule, file: str) -> Finding:
    text = f"{table.title}第{later.number}条永远轮不到：第{earlier.number}条在前且已包含它，请调整顺序或删除"
    return Finding("decision-unreachable", later.id, "warning", text, file)
