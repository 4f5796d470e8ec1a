"""Decisions are shown in the office's words: tables with their hit policy, expressions as one row, what comes first."""

from engine.decisions import model, parse, tables
from tests.engine.decision_documents import (
    answer,
    column,
    decision,
    decision_table,
    definitions,
    literal,
    requires,
    rule,
)
from web.decision_words import AGGREGATIONS, HIT_POLICIES, DecisionWords

WORDS = DecisionWords({"team": "城管中队"}, {"kind": {"a": "甲类"}}, {"opened_at": "立案时间"})


def test_a_table_is_shown_with_its_policy_and_what_is_decided_before():
    table = decision_table(
        [column("kind", "kind", label="类别"), column("urgent", "urgent", label="加急")],
        [answer("lead")],
        [rule(1, ['"a","b"', "true"], ['"team"']), rule(2, ["-", "false"], ["opened_at"], "3.1.1-1")],
        policy="COLLECT",
        aggregation="COUNT",
        annotations='<annotation name="条款"/>',
    )
    content = definitions(decision("urgent", literal("true")), decision("lead", table, before=requires("urgent")))
    shown = WORDS.decision(parse(content)["lead"])
    assert shown == {
        "name": "lead",
        "requires": "urgent",
        "policy": "收集所有适用的规则，计数",
        "inputs": ["类别", "加急"],
        "outputs": ["lead"],
        "rules": [
            {"number": 1, "inputs": ["甲类、b", "是"], "outputs": ["城管中队"], "clauses": []},
            {"number": 2, "inputs": ["", "否"], "outputs": ["立案时间"], "clauses": ["3.1.1-1"]},
        ],
    }


def test_an_expression_is_shown_as_one_row_without_conditions():
    shown = WORDS.decision(parse(definitions(decision("fee", literal("days * 2"))))["fee"])
    assert (shown["policy"], shown["inputs"], shown["outputs"]) == ("由表达式得出", [], ["fee"])
    assert [row["outputs"] for row in shown["rules"]] == [["days * 2"]]


def test_every_policy_and_aggregation_has_words():
    assert set(HIT_POLICIES) == set(tables.HIT_POLICIES)
    assert set(AGGREGATIONS) == {"", *model.AGGREGATIONS}
