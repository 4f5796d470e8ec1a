"""Reads DMN decision tables; whatever would not be decided as written is refused with its rule and cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from engine import expressions, hardened_xml
from engine.decisions.cells import TYPES, Cell, CellError, read_cell
from engine.decisions.table import MANY_RESULTS, ONE_RESULT, DecisionTable, Input, Output, Rule
from engine.errors import DefinitionRefused, Finding, InvalidInput

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
HIT_POLICIES = (*ONE_RESULT, *MANY_RESULTS)
UNTYPED = ("", "Any")
CLAUSE_COLUMNS = ("条款", "clause")
LANGUAGES = ("feel", "python")  # a declared other language would be read by other rules than its author knows
_CLAUSE_TEXT = re.compile(r"\s*(?:条款|clause)\s*[:：]\s*(.*)", re.IGNORECASE | re.DOTALL)
_ANYTHING = Cell("")


def parse(xml: bytes, file: str = "") -> dict[str, DecisionTable]:
    """Every decision table of a file, by id; raises DefinitionRefused with one finding per fault."""
    root = hardened_xml.parse(xml, file)
    namespace, _, local = str(root.tag)[1:].partition("}")
    if namespace not in NAMESPACES or local != "definitions":
        raise DefinitionRefused(
            [Finding("decision-format", "", "error", "不是 DMN 1.2 以上的决策文件，请从建模器重新导出", file)]
        )
    reader = _Reader(f"{{{namespace}}}", file)
    tables = [reader.decision(node) for node in root.iterchildren(f"{{{namespace}}}decision")]
    if not tables:
        reader.fault(root, "decision-format", "文件中没有决策（decision）")
    found = {table.id: table for table in tables if table is not None}
    if len(found) < len(tables):
        reader.fault(root, "decision-format", "决策缺少标识，或标识重复")
    if reader.findings:
        raise DefinitionRefused(reader.findings)
    return found


class _Reader:
    """Reads one file and gathers every fault, so that an author sees them all at once."""

    def __init__(self, namespace: str, file: str) -> None:
        self._namespace = namespace
        self._file = file
        self._decision = ""
        self._names: set[str] = set()
        self._calls: set[str] = set()
        self.findings: list[Finding] = []

    def fault(self, node: etree._Element, rule: str, message: str) -> None:
        """Remember what is wrong with a node, or with the decision around it."""
        element = node.get("id") or self._decision
        self.findings.append(Finding(rule, element, "error", message, self._file))

    def decision(self, node: etree._Element) -> DecisionTable | None:
        """The compiled table of a decision; None when it has none."""
        self._decision = node.get("id") or ""
        self._names, self._calls = set(), set()
        table = node.find(f"{self._namespace}decisionTable")
        if table is None or not self._decision:
            self.fault(node, "decision-format", "只支持带标识的决策表（decisionTable）")
            return None
        if node.find(f"{self._namespace}informationRequirement/{self._namespace}requiredDecision") is not None:
            self.fault(node, "decision-requirement", "不支持引用其他决策，请合并为一张表或在流程中先后调用")
        inputs = tuple(self._input(child) for child in self._children(table, "input"))
        outputs = tuple(self._output(child) for child in self._children(table, "output"))
        self._shape(table, inputs, outputs)
        return DecisionTable(
            id=self._decision,
            name=node.get("name") or self._decision,
            hit_policy=self._hit_policy(table),
            inputs=inputs,
            outputs=outputs,
            rules=self._rules(table, inputs, outputs),
            names=frozenset(self._names),
            calls=frozenset(self._calls),
        )

    def _children(self, node: etree._Element, name: str) -> Iterator[etree._Element]:
        return node.iterchildren(f"{self._namespace}{name}")

    def _text(self, node: etree._Element | None) -> str:
        return (node.findtext(f"{self._namespace}text") or "").strip() if node is not None else ""

    def _hit_policy(self, table: etree._Element) -> str:
        policy = table.get("hitPolicy") or "UNIQUE"
        if policy not in HIT_POLICIES:
            self.fault(table, "hit-policy", f"不支持命中策略 {policy}，可用：{'、'.join(HIT_POLICIES)}")
        if table.get("aggregation"):
            self.fault(table, "hit-policy", f"不支持汇总方式 {table.get('aggregation')}，请改用不汇总的 COLLECT")
        return policy

    def _shape(self, table: etree._Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> None:
        names = [output.name for output in outputs]
        if not inputs or not outputs:
            self.fault(table, "decision-format", "决策表至少要有一个输入列和一个输出列")
        for name in sorted(set(names)):
            if not name or not name.isidentifier() or name.startswith("_") or name in expressions.RESERVED_NAMES:
                self.fault(table, "output-name", f"输出列的名称“{name}”不能用作变量名")
            elif names.count(name) > 1:
                self.fault(table, "output-name", f"两个输出列都叫“{name}”")

    def _input(self, node: etree._Element) -> Input:
        expression = node.find(f"{self._namespace}inputExpression")
        source = self._text(expression)
        label = node.get("label") or source
        type_ref = (expression.get("typeRef") or "") if expression is not None else ""
        if type_ref not in TYPES and type_ref not in UNTYPED:
            self.fault(node, "type", f"输入列“{label}”的类型 {type_ref} 不支持，可用：{'、'.join(TYPES)}")
        self._language(expression, f"输入列“{label}”")
        self._expression(node, f"输入列“{label}”", source)
        allowed = self._cell(node, f"输入列“{label}”的可选值", self._listed(node, "inputValues"), type_ref)
        return Input(node.get("id") or "", label, source, type_ref, allowed)

    def _output(self, node: etree._Element) -> Output:
        name = node.get("name") or ""
        label = node.get("label") or name
        allowed = self._cell(node, f"输出列“{label}”的可选值", self._listed(node, "outputValues"), "")
        return Output(node.get("id") or "", name, label, allowed)

    def _listed(self, node: etree._Element, name: str) -> str:
        return self._text(node.find(f"{self._namespace}{name}"))

    def _rules(self, table: etree._Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> tuple[Rule, ...]:
        columns = [node.get("name") or "" for node in self._children(table, "annotation")]
        rules = []
        for number, node in enumerate(self._children(table, "rule"), start=1):
            entries = list(self._children(node, "inputEntry"))
            answers = list(self._children(node, "outputEntry"))
            if (len(entries), len(answers)) != (len(inputs), len(outputs)):
                self.fault(node, "rule-shape", f"第{number}条规则的单元格数与列数不符")
                continue
            cells = tuple(
                self._cell(entry, _place(number, column.label), self._written(entry, number), column.type_ref)
                for entry, column in zip(entries, inputs, strict=True)
            )
            texts = tuple(
                self._answer(entry, _place(number, column.label), column, number)
                for entry, column in zip(answers, outputs, strict=True)
            )
            rules.append(Rule(node.get("id") or "", number, cells, texts, self._clauses(node, columns)))
        if not rules:
            self.fault(table, "rule-shape", "决策表没有规则")
        return tuple(rules)

    def _written(self, entry: etree._Element, number: int) -> str:
        self._language(entry, f"第{number}条规则")
        return self._text(entry)

    def _answer(self, entry: etree._Element, place: str, column: Output, number: int) -> str:
        source = self._written(entry, number)
        if not source:
            return ""
        if self._expression(entry, place, source) and not expressions.names(source) | expressions.calls(source):
            value = expressions.evaluate(source, {})
            if column.allowed.test is not None and not column.allowed.test(value, {}):
                self.fault(entry, "output-value", f"{place}：{source} 不在可选值 {column.allowed.text} 之内")
        return source

    def _cell(self, node: etree._Element, place: str, text: str, type_ref: str) -> Cell:
        try:
            cell = read_cell(text, type_ref)
        except CellError as error:
            self.fault(node, "cell", f"{place}“{text}”无法识别：{error}")
            return _ANYTHING
        self._calls |= cell.calls
        return cell

    def _expression(self, node: etree._Element, place: str, source: str) -> bool:
        try:
            self._names |= expressions.names(source)
            self._calls |= expressions.calls(source)
        except InvalidInput as error:
            self.fault(node, "expression", f"{place}：{error.message}")
            return False
        return True

    def _language(self, node: etree._Element | None, place: str) -> None:
        language = "" if node is None else (node.get("expressionLanguage") or "")
        known = not language or language.lower() in LANGUAGES or "FEEL" in language  # FEEL's own name is a URL
        if node is not None and not known:
            self.fault(node, "language", f"{place}的表达式语言 {language} 不支持，请去掉此设置")

    def _clauses(self, rule: etree._Element, columns: list[str]) -> tuple[str, ...]:
        entries = [self._text(entry) for entry in self._children(rule, "annotationEntry")]
        texts = [text for name, text in zip(columns, entries, strict=False) if name.strip() in CLAUSE_COLUMNS]
        described = _CLAUSE_TEXT.fullmatch(rule.findtext(f"{self._namespace}description") or "")
        if described:  # the only annotation column the usual editor can edit
            texts.append(described[1])
        clauses = [clause.strip() for text in texts for clause in re.split("[,，、;；\n]", text)]
        return tuple(dict.fromkeys(filter(None, clauses)))


def _place(number: int, column: str) -> str:
    return f"第{number}条规则的“{column}”"
