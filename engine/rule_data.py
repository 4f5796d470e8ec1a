"""The regulation's numbers as dated data: each value with its effective date, clause and citation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from engine.errors import InvalidInput

Value = int | float | str | list[Any]
UNITS = ("workdays", "days", "hours", "percent", "")
ENTRY_KEYS = {"label", "unit", "clause", "cite", "conflict", "note", "values"}


class UnknownRule(InvalidInput):
    """No rule of that id is in force on that day."""


class MalformedData(InvalidInput):
    """A data file does not have the shape it must have; the message names the entry."""


@dataclass(frozen=True)
class Rule:
    """A regulated value in force on a day, and where it comes from."""

    id: str
    label: str
    value: Value
    unit: str
    clause: str
    cite: str
    effective_from: date
    conflict: str = ""
    note: str = ""


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML silently keeps the last of two equal keys; a regulated number must not vanish like that."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise MalformedData(f"第{node.start_mark.line + 1}行起：“{key}”写了两次，请只保留一处。")
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a data file; raises MalformedData when it is not one or a key stands twice."""
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise MalformedData(f"{path.name} 不是有效的 YAML：{error}") from error
    except MalformedData as error:
        raise MalformedData(f"{path.name} {error.message}") from error
    if not isinstance(content, dict):
        raise MalformedData(f"{path.name} 的最外层应为“名称: 内容”。")
    return content


class RuleData:
    """All dated values of one regulation file."""

    def __init__(self, rules: Mapping[str, list[Rule]]) -> None:
        self._rules = {rule_id: sorted(dated, key=_effective_from) for rule_id, dated in rules.items()}

    @classmethod
    def from_file(cls, path: Path) -> RuleData:
        """Read a regulation file; raises MalformedData naming the entry that does not fit."""
        return cls({rule_id: _read_entry(rule_id, entry) for rule_id, entry in read_yaml(path).items()})

    def rule(self, rule_id: str, on: date) -> Rule:
        """The value in force on a day; raises UnknownRule."""
        dated = self._rules.get(rule_id)
        if dated is None:
            raise UnknownRule(f"规则数据中没有“{rule_id}”，请在 processes/regulation.yaml 中补充。")
        for rule in reversed(dated):
            if rule.effective_from <= on:
                return rule
        first = dated[0]
        raise UnknownRule(
            f"规则“{first.label}”（{rule_id}）自{first.effective_from}起施行，{on}尚无有效数值。",
            clause=first.clause or None,
        )

    def all(self, on: date) -> list[Rule]:
        """Every value in force on a day, in the order of the file."""
        return [self.rule(rule_id, on) for rule_id, dated in self._rules.items() if dated[0].effective_from <= on]

    def every_version(self) -> list[Rule]:
        """Every dated value, whether in force or not."""
        return [rule for dated in self._rules.values() for rule in dated]


def _effective_from(rule: Rule) -> date:
    return rule.effective_from


def _read_entry(rule_id: str, entry: object) -> list[Rule]:
    if not isinstance(entry, dict) or not entry.get("label") or not entry.get("values"):
        raise MalformedData(f"规则“{rule_id}”须写明 label 和 values。")
    unknown = set(entry) - ENTRY_KEYS
    if unknown:
        raise MalformedData(f"规则“{rule_id}”有不认识的项：{'、'.join(sorted(map(str, unknown)))}。")
    unit = entry.get("unit", "")
    if unit not in UNITS:
        raise MalformedData(f"规则“{rule_id}”的单位“{unit}”不认识，应为 {'、'.join(filter(None, UNITS))} 或不写。")
    rules = [_read_value(rule_id, unit, entry, dated) for dated in entry["values"]]
    if len({rule.effective_from for rule in rules}) < len(rules):
        raise MalformedData(f"规则“{rule_id}”有两个数值自同一日起施行。")
    return rules


def _read_value(rule_id: str, unit: str, entry: Mapping[str, Any], dated: object) -> Rule:
    if not isinstance(dated, dict) or set(dated) != {"from", "value"} or type(dated["from"]) is not date:
        raise MalformedData(f"规则“{rule_id}”的每个数值须写明 from（日期）和 value，别无其他。")
    value = dated["value"]
    if not _fits(value, unit):
        raise MalformedData(f"规则“{rule_id}”的数值“{value}”与单位不符。")
    return Rule(
        id=rule_id,
        label=str(entry["label"]),
        value=value,
        unit=unit,
        clause=str(entry.get("clause", "")),
        cite=str(entry.get("cite", "")),
        effective_from=dated["from"],
        conflict=str(entry.get("conflict", "")),
        note=str(entry.get("note", "")),
    )


def _fits(value: object, unit: str) -> bool:
    if isinstance(value, bool):
        return False
    if unit in ("workdays", "days"):
        return isinstance(value, int) and value >= 0
    if unit in ("hours", "percent"):
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, int | float | str | list)
