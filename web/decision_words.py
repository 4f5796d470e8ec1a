"""Decision tables in words: ids of departments, classes and rules become what people call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.decisions import Decision, DecisionTable, LiteralDecision
from engine.decisions.cells import split
from engine.rule_data import Rule
from engine.transaction import Transaction
from engine.working_days import SHANGHAI
from hotline import office_data, organisation

HIT_POLICIES = {
    "UNIQUE": "只有一条规则适用",
    "FIRST": "自上而下，第一条适用的规则",
    "ANY": "适用的规则结果相同",
    "PRIORITY": "适用的规则中优先级最高的",
    "COLLECT": "收集所有适用的规则",
    "OUTPUT ORDER": "按优先级收集所有适用的规则",
    "RULE ORDER": "按顺序收集所有适用的规则",
}
AGGREGATIONS = {"": "", "SUM": "，求和", "MIN": "，取最小", "MAX": "，取最大", "COUNT": "，计数"}
UNITS = {"workdays": "个工作日", "days": "个自然日", "hours": "小时", "percent": "%"}
START_VARIABLES = {"reported_at": "市平台接报时间", "received_at": "收件时间", "accepted_at": "受理时间"}
_QUOTED = re.compile(r'"([^"]*)"')
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class DecisionWords:
    """What ids are called: everywhere (departments, rules), or in a column (the choices of a form's field)."""

    known: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]

    @classmethod
    def of(cls, tx: Transaction, forms: Iterable[Mapping[str, Any]]) -> DecisionWords:
        """The office's vocabulary as it is today, with that of a definition's own forms."""
        fields = office_data.read("ticket_fields.yaml")
        on = tx.now.astimezone(SHANGHAI).date()
        known = {rule.id: _rule(rule) for rule in tx.runtime.working_days.rules.all(on)} | organisation.names(tx)
        columns: dict[str, Mapping[str, str]] = {"ticket_kind": fields["kind"], "matter_class": fields["matter_class"]}
        variables = dict(START_VARIABLES)
        for form in forms:
            for name, part in form.get("properties", {}).items():
                variables.setdefault(name, f"（{part.get('title', name)}）")
                columns.setdefault(name, part.get("x-labels", {}))
        return cls(known, columns, variables)

    def decision(self, decision: Decision) -> dict[str, Any]:
        """A decision ready for the template."""
        requires = "、".join(required.name for required in decision.requires)
        shown: dict[str, Any] = {}
        if isinstance(decision, DecisionTable):
            shown = self._table(decision)
        elif isinstance(decision, LiteralDecision):
            shown = self._expression(decision)
        return {"name": decision.name, "requires": requires, "outputs": list(decision.labels.values()), **shown}

    def _expression(self, decision: LiteralDecision) -> dict[str, Any]:
        """A decision without a table, as a table of one row without conditions."""
        row = {"number": 1, "inputs": [], "outputs": [decision.expression.source], "clauses": []}
        return {"policy": "由表达式得出", "inputs": [], "rules": [row]}

    def _table(self, table: DecisionTable) -> dict[str, Any]:
        asked = [column.expression for column in table.inputs]
        answered = [column.name for column in table.outputs]
        return {
            "policy": HIT_POLICIES[table.hit_policy] + AGGREGATIONS[table.aggregation],
            "inputs": [column.label for column in table.inputs],
            "rules": [
                {
                    "number": rule.number,
                    "inputs": [self.cell(name, cell.text) for name, cell in zip(asked, rule.cells, strict=True)],
                    "outputs": [self.cell(name, text) for name, text in zip(answered, rule.outputs, strict=True)],
                    "clauses": list(rule.clauses),
                }
                for rule in table.rules
            ],
        }

    def cell(self, column: str, text: str) -> str:
        """A cell in words; what is not understood stays as it was written."""
        text = text.strip()
        if text in ("", "-", "null", "[]", '""'):
            return ""
        if text in ("true", "false"):
            return "是" if text == "true" else "否"
        items = text[1:-1] if text.startswith("[") and text.endswith("]") and '"' in text else text
        return "、".join(self._item(column, item.strip()) for item in split(items)) if items else text

    def _item(self, column: str, item: str) -> str:
        quoted = _QUOTED.fullmatch(item)
        if quoted:
            return self.columns.get(column, {}).get(quoted[1]) or self.known.get(quoted[1], quoted[1])
        return self.variables.get(item, item) if _NAME.fullmatch(item) else item


def _rule(rule: Rule) -> str:
    value = "、".join(map(str, rule.value)) if isinstance(rule.value, list) else rule.value
    return f"{rule.label}（{value}{UNITS.get(rule.unit, '')}）"
