"""Decision tables (DMN): one of several rows decides, or the table says clearly why none does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import expressions
from engine.decisions.cells import Value, fits_type
from engine.decisions.parsing import parse
from engine.decisions.review import review
from engine.decisions.table import MANY_RESULTS, DecisionTable, Input, Rule
from engine.errors import InvalidInput, Refused

__all__ = ["DecisionError", "DecisionResult", "DecisionTable", "evaluate", "parse", "review"]

Functions = Mapping[str, Callable[..., Any]]
_NO_FUNCTIONS: Functions = {}


class DecisionError(Refused):
    """The table does not decide these inputs: no row, too many rows, or values it cannot take."""


@dataclass(frozen=True)
class DecisionResult:
    """The outputs by name (lists for COLLECT and RULE ORDER), the rows that fitted and their clauses."""

    outputs: dict[str, Any]
    rule_ids: tuple[str, ...]
    clauses: tuple[str, ...]


def evaluate(
    table: DecisionTable, variables: Mapping[str, Value], functions: Functions | None = None
) -> DecisionResult:
    """Decide; raises DecisionError naming the table, the row and the inputs."""
    functions = functions or _NO_FUNCTIONS
    values = [_input_value(table, column, variables, functions) for column in table.inputs]
    fitting = _fitting(table, values, functions)
    if table.hit_policy in MANY_RESULTS:
        rows = [_outputs(table, rule, variables, functions) for rule in fitting]
        outputs: dict[str, Any] = {column.name: [row[column.name] for row in rows] for column in table.outputs}
        return _result(outputs, fitting)
    if not fitting:
        raise DecisionError(f"{table.title}没有适用的规则：{_shown(table, values)}。请补充规则或更正输入。")
    if len(fitting) > 1 and table.hit_policy == "UNIQUE":
        raise DecisionError(
            f"{table.title}只能有一条规则适用，但{_numbers(fitting)}同时适用：{_shown(table, values)}。"
        )
    outputs = _outputs(table, fitting[0], variables, functions)
    for rule in fitting[1:]:
        if _outputs(table, rule, variables, functions) != outputs:
            raise DecisionError(
                f"{table.title}中{_numbers([fitting[0], rule])}同时适用但结果不同：{_shown(table, values)}。"
            )
    return _result(outputs, fitting)


def _result(outputs: dict[str, Any], fitting: list[Rule]) -> DecisionResult:
    clauses = dict.fromkeys(clause for rule in fitting for clause in rule.clauses)
    return DecisionResult(outputs, tuple(rule.id for rule in fitting), tuple(clauses))


def _input_value(table: DecisionTable, column: Input, variables: Mapping[str, Value], functions: Functions) -> Value:
    try:
        value = expressions.evaluate(column.expression, variables, functions)
    except InvalidInput as error:
        raise DecisionError(f"{table.title}的输入“{column.label}”：{error.message}") from error
    if not fits_type(value, column.type_ref):
        raise DecisionError(f"{table.title}的输入“{column.label}”应为 {column.type_ref}，而不是 {_as_json(value)}。")
    if column.allowed.test is not None and value is not None and not column.allowed.test(value, functions):
        raise DecisionError(
            f"{table.title}的输入“{column.label}”为 {_as_json(value)}，不在可选值 {column.allowed.text} 之内。"
        )
    return value


def _fitting(table: DecisionTable, values: list[Value], functions: Functions) -> list[Rule]:
    fitting = []
    for rule in table.rules:
        if _fits(table, rule, values, functions):
            fitting.append(rule)
            if table.hit_policy == "FIRST":
                break
    return fitting


def _fits(table: DecisionTable, rule: Rule, values: list[Value], functions: Functions) -> bool:
    column = 0
    try:
        for cell in rule.cells:
            if cell.test is not None and not cell.test(values[column], functions):
                return False
            column += 1
    except (InvalidInput, TypeError, ValueError) as error:
        where = f"第{rule.number}条规则的“{table.inputs[column].label}”（{rule.cells[column].text}）"
        raise DecisionError(f"{table.title}{where}：{_message(error)}。") from error
    return True


def _outputs(table: DecisionTable, rule: Rule, variables: Mapping[str, Value], functions: Functions) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for column, source in zip(table.outputs, rule.outputs, strict=True):
        where = f"{table.title}第{rule.number}条规则的输出“{column.label}”"
        try:
            value = expressions.evaluate(source, variables, functions) if source else None
        except InvalidInput as error:
            raise DecisionError(f"{where}：{error.message}") from error
        if column.allowed.test is not None and value is not None and not column.allowed.test(value, functions):
            raise DecisionError(f"{where}为 {_as_json(value)}，不在可选值 {column.allowed.text} 之内。")
        outputs[column.name] = value
    return outputs


def _message(error: Exception) -> str:
    return (error.message if isinstance(error, InvalidInput) else str(error)).rstrip("。")


def _numbers(rules: list[Rule]) -> str:
    return "、".join(f"第{rule.number}条" for rule in rules)


def _shown(table: DecisionTable, values: list[Value]) -> str:
    pairs = zip(table.inputs, values, strict=True)
    return "，".join(f"{column.label}={_as_json(value)}" for column, value in pairs)


def _as_json(value: Value) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
