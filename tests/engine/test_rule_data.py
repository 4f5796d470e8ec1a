"""Regulated numbers are dated, cited, and refused when their file cannot be right."""

from datetime import date
from pathlib import Path

import pytest

from engine.rule_data import MalformedData, RuleData, UnknownRule

ROOT = Path(__file__).parents[2]
RULES = RuleData.from_file(ROOT / "processes" / "regulation.yaml")
TODAY = date(2026, 11, 24)

DATED = """
limit:
  label: 时限
  unit: workdays
  clause: "9.9"
  cite: 附件九
  values: [{from: 2026-01-01, value: 5}, {from: 2024-01-01, value: 3}]
"""


def rules_from(folder, text):
    path = folder / "regulation.yaml"
    path.write_text(text, "utf-8")
    return RuleData.from_file(path)


def test_a_rule_has_the_value_in_force_on_the_day(tmp_path):
    rules = rules_from(tmp_path, DATED)
    assert rules.rule("limit", date(2025, 12, 31)).value == 3
    assert rules.rule("limit", date(2026, 1, 1)).value == 5
    assert rules.rule("limit", date(2026, 1, 1)).effective_from == date(2026, 1, 1)
    assert [rule.value for rule in rules.every_version()] == [3, 5]


def test_a_day_before_the_first_value_has_no_rule(tmp_path):
    rules = rules_from(tmp_path, DATED)
    with pytest.raises(UnknownRule, match="自2024-01-01起施行") as refused:
        rules.rule("limit", date(2023, 12, 31))
    assert refused.value.clause == "9.9"
    assert rules.all(date(2023, 12, 31)) == []


def test_an_unknown_rule_is_named():
    with pytest.raises(UnknownRule, match="no_such_rule"):
        RULES.rule("no_such_rule", TODAY)


@pytest.mark.clause("3.2.1-3")
@pytest.mark.parametrize(
    ("rule_id", "value", "unit"),
    [
        ("first_contact_level_1", 1, "workdays"),
        ("first_contact_level_2", 1, "workdays"),
        ("contact_attempt_slots", 3, ""),
        ("class_limit_urgent", 1, "workdays"),
        ("class_limit_inquiry", 3, "workdays"),
        ("class_target_complex", 5, "workdays"),
        ("class_limit_complex", 7, "workdays"),
        ("department_limit_difficult", 12, "workdays"),
        ("class_limit_difficult", 15, "workdays"),
        ("class_limit_recheck", 3, "workdays"),
        ("class_limit_suishenpai", 5, "days"),
        ("department_limit_suishenpai", 3, "days"),
        ("rework", 3, "workdays"),
        ("attachment_max_megabytes", 10, ""),
        ("attachment_max_count", 3, ""),
        ("escalation_reassigned_supervising_leader", 3, ""),
        ("escalation_reassigned_main_leader", 10, ""),
    ],
)
def test_the_regulations_numbers_stand_as_the_source_says(rule_id, value, unit):
    rule = RULES.rule(rule_id, TODAY)
    assert (rule.value, rule.unit) == (value, unit)
    assert rule.clause
    assert rule.cite


def test_every_rule_names_its_source_and_only_product_settings_lack_a_clause():
    for rule in RULES.all(TODAY):
        assert rule.label
        assert rule.cite
        assert rule.clause or rule.cite == "产品设定", rule.id


def test_a_department_never_has_more_time_than_the_whole_ticket():
    for kind in ("urgent", "inquiry", "complex", "difficult", "recheck", "suishenpai"):
        whole = RULES.rule(f"class_limit_{kind}", TODAY)
        department = RULES.rule(f"department_limit_{kind}", TODAY)
        assert department.unit == whole.unit
        assert department.value <= whole.value


def test_contradictions_name_both_citations_and_the_choice():
    conflicts = [rule for rule in RULES.all(TODAY) if rule.conflict]
    assert {rule.conflict.split("：")[0] for rule in conflicts} == {"C1", "C5", "C10", "C14"}
    for rule in conflicts:
        assert "；取：" in rule.conflict


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limit: 3", "label 和 values"),
        ("limit: {label: a}", "label 和 values"),
        ("limit: {label: a, unit: weeks, values: [{from: 2024-01-01, value: 3}]}", "weeks"),
        ("limit: {label: a, unit: days, values: [{from: 2024-01-01, value: -3}]}", "与单位不符"),
        ("limit: {label: a, unit: days, values: [{from: 2024-01-01, value: 1.5}]}", "与单位不符"),
        ("limit: {label: a, unit: days, values: [{from: 2024-01-01, value: '3'}]}", "与单位不符"),
        ("limit: {label: a, unit: hours, values: [{from: 2024-01-01, value: true}]}", "与单位不符"),
        ("limit: {label: a, values: [{from: 2024-01-01, value: {}}]}", "与单位不符"),
        ("limit: {label: a, values: [{from: '2024-01-01', value: 3}]}", "from（日期）"),
        ("limit: {label: a, values: [{value: 3}]}", "from（日期）"),
        ("limit: {label: a, values: [{from: 2024-01-01, value: 3, until: 2025-01-01}]}", "from（日期）"),
        ("limit: {label: a, color: red, values: [{from: 2024-01-01, value: 3}]}", "color"),
        ("limit: {label: a, values: [{from: 2024-01-01, value: 3}, {from: 2024-01-01, value: 4}]}", "同一日"),
        ("limit: {label: a, values: [{from: 2024-01-01, value: 3}]}\nlimit: {label: b}", "写了两次"),
        ("- limit", "最外层"),
        ("a: [", "不是有效的 YAML"),
        ("a: !!python/object/apply:os.system ['true']", "不是有效的 YAML"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(tmp_path, text, message):
    with pytest.raises(MalformedData, match=message):
        rules_from(tmp_path, text)
