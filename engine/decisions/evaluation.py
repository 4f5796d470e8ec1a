"""Evaluates a decision after those it requires, or says clearly what stands in the way."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.decisions import hit_policies
from engine.decisions.hit_policies import Answers, Clash, NoRule, Outcome
from engine.decisions.model import Decision, DecisionTable, Functions, Input, Knowledge, LiteralDecision, Rule
from engine.decisions.types import Type, shown
from engine.errors import InvalidInput, Refused
from engine.feel import ERRORS, Expression, Scope, Value, bounded, plain, reason

MAX_CALLS = 10_000  # of business knowledge models in one evaluation


class DecisionError(Refused):
    """The decision does not decide these inputs: no row, too many rows, or values it cannot take."""


@dataclass(frozen=True)
class DecisionResult:
    """The outputs by name (lists for the policies of many results) as JSON, and the rows and clauses behind them.

    `value` is what the standard calls the result: one output itself, several as an object, a list of either.
    """

    outputs: dict[str, Any]
    rule_ids: tuple[str, ...]
    clauses: tuple[str, ...]
    value: Any = None


def evaluate(decision: Decision, variables: Mapping[str, Value], functions: Functions | None = None) -> DecisionResult:
    """Decide; raises DecisionError naming the decision, the row and the inputs."""
    run = _Run(variables, functions or {})
    outcome = run.outcome(decision)
    rules = list(run.rules)
    clauses = dict.fromkeys(clause for rule in rules for clause in rule.clauses)
    return DecisionResult(
        plain(outcome.outputs), tuple(rule.id for rule in rules), tuple(clauses), plain(outcome.value)
    )


class _OfJson(dict[str, Callable[..., Any]]):
    """The functions handed in, which know only what JSON holds."""

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function = super().__getitem__(name)
        return lambda *given: function(*map(plain, given))


class _Run:
    """One evaluation: every decision is made once, however many require it."""

    def __init__(self, variables: Mapping[str, Value], functions: Functions) -> None:
        self._variables = variables
        self._functions = _OfJson(functions)
        self._known: dict[str, Outcome] = {}
        self._calls = 0
        self.rules: list[Rule] = []

    def outcome(self, decision: Decision) -> Outcome:
        """The outcome of a decision; those it requires come first."""
        if decision.id not in self._known:
            results = {required.variable: self.outcome(required).value for required in decision.requires}
            scope = self._scope(decision, results)
            found = (
                self._table(decision, scope) if isinstance(decision, DecisionTable) else self._literal(decision, scope)
            )
            try:
                value = decision.type.read(bounded(found.value))
            except (TypeError, ValueError) as error:
                raise DecisionError(f"{decision.title}的结果{error}。") from error
            outputs = found.outputs if isinstance(decision, DecisionTable) else {decision.variable: value}
            self._known[decision.id] = Outcome(outputs, value, found.rules)
            self.rules += found.rules
        return self._known[decision.id]

    def _scope(self, decision: Decision, results: dict[str, Value]) -> Scope:
        for name, type_ in decision.inputs_declared:
            if name in self._variables:
                try:
                    results[name] = type_.read(self._variables[name])
                except TypeError as error:
                    raise DecisionError(f"{decision.title}的输入数据“{name}”{error}。") from error
        variables: Mapping[str, Value] = ChainMap(results, self._variables) if results else self._variables  # type: ignore[arg-type]
        return Scope(variables, self._with_knowledge(decision.knowledge, self._functions))

    def _with_knowledge(self, knowledge: tuple[Knowledge, ...], functions: Functions) -> Functions:
        own = {one.name: self._callable(one) for one in knowledge}
        return ChainMap(own, functions) if own else functions  # type: ignore[arg-type]

    def _callable(self, knowledge: Knowledge) -> Callable[..., Value]:
        def call(*given: Value) -> Value:
            self._calls += 1
            if self._calls > MAX_CALLS:
                raise ValueError(f"调用业务知识模型超过 {MAX_CALLS} 次")
            names = [name for name, _ in knowledge.parameters]
            if len(given) != len(names):
                raise TypeError(f"“{knowledge.name}”需要 {len(names)} 个参数（{'、'.join(names)}）")
            values = {}
            for (name, type_), value in zip(knowledge.parameters, given, strict=True):
                values[name] = _read(type_, value, f"“{knowledge.name}”的参数“{name}”")
            value = knowledge.body.compute(Scope(values, self._with_knowledge(knowledge.uses, {})))
            return _read(knowledge.type, bounded(value), f"“{knowledge.name}”的结果")

        return call

    def _literal(self, decision: Decision, scope: Scope) -> Outcome:
        assert isinstance(decision, LiteralDecision)
        value = _computed(decision.expression, scope, decision.title)
        return Outcome({decision.variable: value}, value)

    def _table(self, table: DecisionTable, scope: Scope) -> Outcome:
        values = [_input(table, column, scope) for column in table.inputs]
        hits = [(rule, _answers(table, rule, scope)) for rule in _fitting(table, values, scope)]
        default = _default(table, scope) if table.has_default and not hits else None
        try:
            return hit_policies.decide(table, hits, default)
        except NoRule as error:
            raise DecisionError(
                f"{table.title}没有适用的规则：{_inputs(table, values)}。请补充规则或更正输入。"
            ) from error
        except Clash as clash:
            rows = "、".join(f"第{rule.number}条" for rule in clash.rules)
            fault = f"中{rows}同时适用但结果不同" if clash.differing else f"只能有一条规则适用，但{rows}同时适用"
            raise DecisionError(f"{table.title}{fault}：{_inputs(table, values)}。") from clash
        except (TypeError, ValueError) as error:
            raise DecisionError(f"{table.title}的结果不能汇总（{table.aggregation}）：{error}。") from error


def _input(table: DecisionTable, column: Input, scope: Scope) -> Value:
    where = f"{table.title}的输入“{column.label}”"
    value = _computed(column.read, scope, where)
    try:
        value = column.type.read(value)
    except TypeError as error:
        raise DecisionError(f"{where}{error}。") from error
    if value is not None and not column.allowed.fits(value, scope):
        raise DecisionError(f"{where}为 {shown(value)}，不在可选值 {column.allowed.text} 之内。")
    return value


def _fitting(table: DecisionTable, values: list[Value], scope: Scope) -> list[Rule]:
    fitting = []
    for rule in table.rules:
        if _fits(table, rule, values, scope):
            fitting.append(rule)
            if table.hit_policy == "FIRST":
                break
    return fitting


def _fits(table: DecisionTable, rule: Rule, values: list[Value], scope: Scope) -> bool:
    column = 0
    try:
        for cell in rule.cells:
            if cell.tests is not None and cell.tests.test(values[column], scope) is not True:
                return False
            column += 1
    except ERRORS as error:
        cell = rule.cells[column]
        where = f"第{rule.number}条规则的“{table.inputs[column].label}”（{cell.text}）"
        raise DecisionError(f"{table.title}{where}{reason(error, cell.names, cell.calls)}。") from error
    return True


def _answers(table: DecisionTable, rule: Rule, scope: Scope) -> Answers:
    answers = {}
    for column, expression in zip(table.outputs, rule.answers, strict=True):
        where = f"{table.title}第{rule.number}条规则的输出“{column.label}”"
        answers[column.name] = _answer(expression, scope, where, column.accepted)
    return answers


def _default(table: DecisionTable, scope: Scope) -> Answers:
    answers = {}
    for column in table.outputs:
        where = f"{table.title}的输出“{column.label}”的默认值"
        accepted = partial(column.accepted_default, many=table.lists)
        answers[column.name] = _answer(column.default, scope, where, accepted)
    return answers


def _answer(expression: Expression | None, scope: Scope, where: str, accepted: Callable[[Value], Value]) -> Value:
    value = None if expression is None else _computed(expression, scope, where)
    try:
        return accepted(value)
    except TypeError as error:
        raise DecisionError(f"{where}{error}。") from error


def _computed(expression: Expression, scope: Scope, where: str) -> Value:
    try:
        return expression.evaluate(scope)
    except InvalidInput as error:
        raise DecisionError(f"{where}：{error.message}") from error


def _read(type_: Type, value: Value, where: str) -> Value:
    try:
        return type_.read(value)
    except TypeError as error:
        raise TypeError(f"{where}{error}") from error


def _inputs(table: DecisionTable, values: list[Value]) -> str:
    pairs = zip(table.inputs, values, strict=True)
    return "，".join(f"{column.label}={shown(value)}" for column, value in pairs)
