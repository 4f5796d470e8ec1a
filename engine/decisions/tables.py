"""Reads one decision table; whatever would not be decided as written is refused with its rule and cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lxml import etree

from engine.decisions.cells import Cell, CellError, read_cell
from engine.decisions.item_definitions import Fault, ItemDefinitions
from engine.decisions.model import AGGREGATIONS, BY_PRIORITY, MANY_RESULTS, ONE_RESULT, Input, Output, Rule
from engine.decisions.types import Type
from engine.errors import InvalidInput
from engine.feel import NOTHING, Expression, Value, read_expression

HIT_POLICIES = (*ONE_RESULT, *MANY_RESULTS)
CLAUSE_COLUMNS = ("条款", "clause")
LANGUAGE = re.compile(r"feel|s-feel|https?://www\.omg\.org/spec/DMN/\d{8}/S?-?FEEL/?", re.IGNORECASE)
_CLAUSE_TEXT = re.compile(r"\s*(?:条款|clause)\s*[:：]\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass
class Sources:
    """Reads the FEEL of one decision: which names it may use, what it used, and where faults go."""

    namespace: str
    types: ItemDefinitions
    fault: Fault
    known: Collection[str] = ()  # input data, results of required decisions, components
    functions: Collection[str] = ()  # business knowledge models
    cell_names: Collection[str] = ()  # what a cell may name without quotes
    names: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    def children(self, node: etree._Element, name: str) -> Iterator[etree._Element]:
        """The children of one name."""
        return node.iterchildren(f"{self.namespace}{name}")

    def text(self, node: etree._Element | None) -> str:
        """The text inside an expression, without spaces around it."""
        return (node.findtext(f"{self.namespace}text") or "").strip() if node is not None else ""

    def expression(self, node: etree._Element, place: str, source: str) -> Expression | None:
        """What was read; None after telling the fault."""
        try:
            read = read_expression(source, self.known, self.functions)
        except InvalidInput as error:
            self.fault(node, "expression", f"{place}：{error.message}")
            return None
        self.names |= read.names
        self.calls |= read.calls
        return read

    def cell(self, node: etree._Element, place: str, text: str, type_: Type) -> Cell:
        """An input cell, or a list of allowed values; one that fits everything after telling the fault."""
        try:
            cell = read_cell(text, type_.kind, names=self.cell_names, functions=self.functions, type_name=type_.name)
        except CellError as error:
            self.fault(node, "cell", f"{place}“{text}”无法识别：{error}")
            return Cell()
        self.names |= cell.names
        self.calls |= cell.calls
        return cell

    def language(self, node: etree._Element | None, place: str) -> None:
        """Refuse another language than FEEL, which is what the standard means when nothing is said."""
        language = "" if node is None else (node.get("expressionLanguage") or "").strip()
        if node is not None and language and not LANGUAGE.fullmatch(language):
            self.fault(node, "language", f"{place}的表达式语言 {language} 不支持，请改用 FEEL 并去掉此设置")


class TableReader:
    """Reads one decisionTable element."""

    def __init__(self, sources: Sources, result_name: str) -> None:
        self._sources = sources
        self._result_name = result_name

    def read(self, node: etree._Element) -> dict[str, Any]:
        """The parts of a DecisionTable."""
        sources = self._sources
        columns = list(sources.children(node, "output"))
        inputs = tuple(self._input(child) for child in sources.children(node, "input"))
        policy = node.get("hitPolicy") or "UNIQUE"
        aggregation = node.get("aggregation") or ""
        many = policy in MANY_RESULTS and not aggregation
        outputs = tuple(self._output(child, len(columns) == 1, many) for child in columns)
        self._hit_policy(node, policy, aggregation, outputs)
        self._shape(node, inputs, outputs)
        rules = self._rules(node, inputs, outputs)
        return {
            "hit_policy": policy,
            "aggregation": aggregation,
            "inputs": inputs,
            "outputs": outputs,
            "rules": rules,
        }

    def _hit_policy(self, node: etree._Element, policy: str, aggregation: str, outputs: tuple[Output, ...]) -> None:
        fault = self._sources.fault
        if policy not in HIT_POLICIES:
            fault(node, "hit-policy", f"不支持命中策略 {policy}，可用：{'、'.join(HIT_POLICIES)}")
        if aggregation and aggregation not in AGGREGATIONS:
            fault(node, "hit-policy", f"不支持汇总方式 {aggregation}，可用：{'、'.join(AGGREGATIONS)}")
        elif aggregation and policy != "COLLECT":
            fault(node, "hit-policy", f"只有 COLLECT 能汇总（{aggregation}），请改命中策略或去掉汇总")
        elif aggregation and len(outputs) != 1:
            fault(node, "hit-policy", f"汇总（{aggregation}）只能有一个输出列")
        if policy in BY_PRIORITY and not any(column.allowed.values for column in outputs):
            fault(node, "hit-policy", f"{policy} 按输出列的可选值（outputValues）排优先级，请至少给一列列出可选值")

    def _shape(self, node: etree._Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> None:
        names = [output.name for output in outputs]
        if not inputs or not outputs:
            self._sources.fault(node, "decision-format", "决策表至少要有一个输入列和一个输出列")
        for name in sorted(set(names)):
            if not name:
                self._sources.fault(node, "output-name", "有多个输出列时，每列都要有名称")
            elif names.count(name) > 1:
                self._sources.fault(node, "output-name", f"两个输出列都叫“{name}”")

    def _input(self, node: etree._Element) -> Input:
        sources = self._sources
        expression = node.find(f"{sources.namespace}inputExpression")
        source = sources.text(expression)
        label = node.get("label") or source
        place = f"输入列“{label}”"
        type_ = sources.types.find((expression.get("typeRef") or "") if expression is not None else "", node, place)
        sources.language(expression, place)
        read = sources.expression(node, place, source) or NULL
        allowed = sources.cell(node, f"{place}的可选值", self._listed(node, "inputValues"), type_)
        return Input(node.get("id") or "", label, source, read, type_, allowed)

    def _output(self, node: etree._Element, alone: bool, many: bool) -> Output:
        sources = self._sources
        name = node.get("name") or (self._result_name if alone else "")
        label = node.get("label") or name
        place = f"输出列“{label}”"
        type_ = sources.types.find(node.get("typeRef") or "", node, place)
        allowed = sources.cell(node, f"{place}的可选值", self._listed(node, "outputValues"), type_)
        column = Output(node.get("id") or "", name, label, type_, allowed)
        entry = node.find(f"{sources.namespace}defaultOutputEntry")
        if entry is None or not sources.text(entry):
            return column
        sources.language(entry, f"{place}的默认值")
        accepted = partial(column.accepted_default, many=many)
        default = self._answer(entry, f"{place}的默认值", sources.text(entry), accepted)
        return Output(column.id, name, label, type_, allowed, default)

    def _listed(self, node: etree._Element, name: str) -> str:
        return self._sources.text(node.find(f"{self._sources.namespace}{name}"))

    def _rules(self, node: etree._Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> tuple[Rule, ...]:
        columns = [column.get("name") or "" for column in self._sources.children(node, "annotation")]
        rules = []
        for number, rule in enumerate(self._sources.children(node, "rule"), start=1):
            entries = list(self._sources.children(rule, "inputEntry"))
            answers = list(self._sources.children(rule, "outputEntry"))
            if (len(entries), len(answers)) != (len(inputs), len(outputs)):
                self._sources.fault(rule, "rule-shape", f"第{number}条规则的单元格数与列数不符")
                continue
            asked = list(zip(entries, inputs, strict=True))
            answered = list(zip(answers, outputs, strict=True))
            rules.append(self._rule(rule, number, asked, answered, columns))
        if not rules:
            self._sources.fault(node, "rule-shape", "决策表没有规则")
        return tuple(rules)

    def _rule(
        self,
        node: etree._Element,
        number: int,
        entries: list[tuple[etree._Element, Input]],
        answers: list[tuple[etree._Element, Output]],
        columns: list[str],
    ) -> Rule:
        sources = self._sources
        for entry in [entry for entry, _ in entries] + [entry for entry, _ in answers]:
            sources.language(entry, f"第{number}条规则")
        return Rule(
            node.get("id") or "",
            number,
            tuple(
                sources.cell(entry, _place(number, column.label), sources.text(entry), column.type)
                for entry, column in entries
            ),
            tuple(sources.text(entry) for entry, _ in answers),
            tuple(
                self._answer(entry, _place(number, column.label), sources.text(entry), column.accepted)
                for entry, column in answers
            ),
            self._clauses(node, columns),
        )

    def _answer(
        self, entry: etree._Element, place: str, source: str, accepted: Callable[[Value], Value]
    ) -> Expression | None:
        """An output entry; a constant one is checked at once."""
        read = self._sources.expression(entry, place, source) if source else None
        if read is not None and read.constant:
            try:
                accepted(read.compute(NOTHING))
            except TypeError as error:
                self._sources.fault(entry, "output-value", f"{place}{error}")
        return read

    def _clauses(self, rule: etree._Element, columns: list[str]) -> tuple[str, ...]:
        entries = [self._sources.text(entry) for entry in self._sources.children(rule, "annotationEntry")]
        texts = [text for name, text in zip(columns, entries, strict=False) if name.strip() in CLAUSE_COLUMNS]
        described = _CLAUSE_TEXT.fullmatch(rule.findtext(f"{self._sources.namespace}description") or "")
        if described:  # the only annotation column the usual editor can edit
            texts.append(described[1])
        clauses = [clause.strip() for text in texts for clause in re.split("[,，、;；\n]", text)]
        return tuple(dict.fromkeys(filter(None, clauses)))


NULL = Expression("null", frozenset(), frozenset(), True, lambda _: None)


def _place(number: int, column: str) -> str:
    return f"第{number}条规则的“{column}”"
