"""Decision tables in words: ids of departments, classes and rules become what people call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.decisions import DecisionTable
from engine.rule_data import Rule
from engine.transaction import Transaction
from engine.working_days import SHANGHAI
from hotline import office_data, organisation

HIT_POLICIES = {
    "UNIQUE": "只有一条规则适用",
    "FIRST": "自上而下，第一条适用的规则",
    "ANY": "适用的规则结果相同",
    "COLLECT": "收集所有适用的规则",
    "RULE ORDER": "按顺序收集所有适用的规则",
}
UNITS = {"workdays": "个工作日", "days": "个自然日", "hours": "小时", "percent": "%"}
VOCABULARIES = ("kind", "matter_class", "supervision", "satisfaction")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class DecisionWords:
    """What each quoted id is called."""

    known: Mapping[str, str]

    @classmethod
    def of(cls, tx: Transaction) -> DecisionWords:
        """The office's vocabulary as it is today."""
        fields = office_data.read("ticket_fields.yaml")
        on = tx.now.astimezone(SHANGHAI).date()
        known = {rule.id: _rule(rule) for rule in tx.runtime.working_days.rules.all(on)}
        known |= organisation.names(tx)
        for name in VOCABULARIES:
            known |= fields[name]
        return cls(known)

    def table(self, table: DecisionTable) -> dict[str, Any]:
        """A table ready for the template."""
        return {
            "name": table.name,
            "policy": HIT_POLICIES.get(table.hit_policy, table.hit_policy),
            "inputs": [column.label for column in table.inputs],
            "outputs": [column.label for column in table.outputs],
            "rules": [
                {
                    "number": rule.number,
                    "inputs": [self.cell(cell.text) for cell in rule.cells],
                    "outputs": [self.cell(text) for text in rule.outputs],
                    "clauses": list(rule.clauses),
                }
                for rule in table.rules
            ],
        }

    def cell(self, text: str) -> str:
        """A cell in words; what is not understood stays as it was written."""
        text = text.strip()
        if text in ("", "-", "null", "[]"):
            return ""
        if text in ("true", "false"):
            return "是" if text == "true" else "否"
        words = _QUOTED.sub(lambda match: self.known.get(match[1], match[1]), text)
        if words == text:
            return text
        return re.sub(r"\s*,\s*", "、", words).strip("[]")


def _rule(rule: Rule) -> str:
    value = "、".join(map(str, rule.value)) if isinstance(rule.value, list) else rule.value
    return f"{rule.label}（{value}{UNITS.get(rule.unit, '')}）"
