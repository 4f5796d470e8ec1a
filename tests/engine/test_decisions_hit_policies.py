"""Hit policies and aggregations of decision tables, as DMN 1.3 says in 8.2.11."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import DecisionError, evaluate
from engine.errors import DefinitionRefused
from tests.engine.decision_documents import answer, column, rule, table

COUNT = [column("count", "count", "number")]
LEADERS = [rule(1, [">= 3"], ['"supervising"']), rule(2, [">= 10"], ['"main"']), rule(3, ["> 20"], ['"main"'])]
MANY = ["COLLECT", "RULE ORDER", "OUTPUT ORDER"]


def leaders(policy, listed='"main", "supervising"', default="", rows=LEADERS):
    return table(COUNT, [answer("leader", listed, default=default)], rows, policy=policy)


def amounts(aggregation, default="", outputs=("10", "7.5", "10"), type_ref="number"):
    tests = enumerate([">= 3", ">= 10", "> 20"])
    rows = [rule(number + 1, [test], [outputs[number]]) for number, test in tests]
    answers = [answer("amount", default=default, type_ref=type_ref)]
    return table(COUNT, answers, rows, policy="COLLECT", aggregation=aggregation)


def test_unique_refuses_two_fitting_rows():
    assert evaluate(leaders("UNIQUE"), {"count": 5}).outputs == {"leader": "supervising"}
    with pytest.raises(DecisionError, match="只能有一条规则适用，但第1条、第2条同时适用：count=12"):
        evaluate(leaders("UNIQUE"), {"count": 12})


def test_first_takes_the_first_fitting_row():
    result = evaluate(leaders("FIRST"), {"count": 30})
    assert (result.outputs, result.rule_ids, result.value) == ({"leader": "supervising"}, ("rule_1",), "supervising")


def test_first_stops_at_the_first_fitting_row():
    rows = [rule(1, [">= 3"], ["1"]), rule(2, ["? > nobody(?)"], ["2"])]
    assert evaluate(table(COUNT, [answer("a")], rows, policy="FIRST"), {"count": 5}).value == 1
    with pytest.raises(DecisionError, match="没有函数“nobody”"):
        evaluate(table(COUNT, [answer("a")], rows, policy="ANY"), {"count": 5})


def test_any_wants_equal_answers():
    assert evaluate(leaders("ANY", rows=LEADERS[1:]), {"count": 30}).outputs == {"leader": "main"}
    with pytest.raises(DecisionError, match="第1条、第2条同时适用但结果不同"):
        evaluate(leaders("ANY"), {"count": 30})


def test_priority_takes_the_answer_listed_first_whatever_the_order_of_rows():
    assert evaluate(leaders("PRIORITY"), {"count": 30}).outputs == {"leader": "main"}
    assert evaluate(leaders("PRIORITY"), {"count": 30}).rule_ids == ("rule_2",)
    turned = leaders("PRIORITY", '"supervising", "main"', rows=LEADERS[::-1])
    assert evaluate(turned, {"count": 30}).outputs == {"leader": "supervising"}


def test_output_order_lists_every_answer_by_priority_and_rules_of_one_priority_in_their_order():
    result = evaluate(leaders("OUTPUT ORDER"), {"count": 30})
    assert result.outputs == {"leader": ["main", "main", "supervising"]}
    assert result.rule_ids == ("rule_2", "rule_3", "rule_1")


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_collecting_policies_list_every_answer_in_the_order_of_rows(policy):
    result = evaluate(leaders(policy), {"count": 30})
    assert result.outputs == {"leader": ["supervising", "main", "main"]}
    assert result.rule_ids == ("rule_1", "rule_2", "rule_3")


COMPOUND = [
    rule(1, ["-"], ['"low"', '"b"', "1"]),
    rule(2, ["-"], ['"high"', '"b"', "2"]),
    rule(3, ["-"], ['"high"', '"a"', "3"]),
    rule(4, ["> 9"], ["", '"a"', "4"]),
]


def compound(policy):
    answers = [answer("risk", '"high", "low"'), answer("code", '"a", "b"'), answer("row")]
    return table(COUNT, answers, COMPOUND, policy=policy)


def test_several_outputs_are_ranked_from_left_to_right_and_columns_without_a_list_do_not_count():
    assert evaluate(compound("PRIORITY"), {"count": 1}).value == {"risk": "high", "code": "a", "row": 3}
    ordered = evaluate(compound("OUTPUT ORDER"), {"count": 10})
    assert ordered.outputs == {
        "risk": ["high", "high", "low", None],
        "code": ["a", "b", "b", "a"],
        "row": [3, 2, 1, 4],
    }
    assert ordered.value[0] == {"risk": "high", "code": "a", "row": 3}


@pytest.mark.parametrize(
    ("aggregation", "all_fit", "one_fits", "none_fits"),
    [("SUM", 27.5, 10, None), ("MIN", 7.5, 10, None), ("MAX", 10, 10, None), ("COUNT", 3, 1, None)],
)
def test_collect_makes_one_value_of_all_answers(aggregation, all_fit, one_fits, none_fits):
    decision = amounts(aggregation)
    for count, expected in ((30, all_fit), (3, one_fits), (0, none_fits)):
        result = evaluate(decision, {"count": count})
        assert (result.outputs, result.value) == ({"amount": expected}, expected)
    assert evaluate(decision, {"count": 30}).rule_ids == ("rule_1", "rule_2", "rule_3")


def test_sums_are_exact_in_tenths():
    assert evaluate(amounts("SUM", outputs=("0.1", "0.2", "0.3")), {"count": 30}).value == 0.6


def test_the_earliest_day_is_a_minimum_too_but_texts_and_numbers_have_none():
    days = amounts("MIN", outputs=('date("2026-03-01")', 'date("2026-02-01")', 'date("2026-04-01")'), type_ref="date")
    assert evaluate(days, {"count": 30}).value == "2026-02-01"
    for aggregation in ("SUM", "MAX"):
        mixed = amounts(aggregation, outputs=("1", '"a"', "2"), type_ref="")
        with pytest.raises(DecisionError, match=f"结果不能汇总（{aggregation}）"):
            evaluate(mixed, {"count": 30})


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY", "PRIORITY"])
def test_no_fitting_row_is_an_error_unless_there_is_a_default(policy):
    with pytest.raises(DecisionError, match="没有适用的规则：count=0"):
        evaluate(leaders(policy), {"count": 0})
    result = evaluate(leaders(policy, default='"supervising"'), {"count": 0})
    assert (result.outputs, result.rule_ids) == ({"leader": "supervising"}, ())


@pytest.mark.parametrize("policy", MANY)
def test_policies_of_many_results_give_null_or_the_default_where_nothing_fits(policy):
    result = evaluate(leaders(policy), {"count": 0})
    assert (result.outputs, result.value) == ({"leader": None}, None)
    assert evaluate(leaders(policy, default='"main"'), {"count": 0}).outputs == {"leader": "main"}
    assert evaluate(leaders(policy, default='["main", "supervising"]'), {"count": 0}).value == ["main", "supervising"]
    assert evaluate(leaders(policy, default="[]"), {"count": 0}).value == []
    with pytest.raises(DefinitionRefused, match="不在可选值"):
        leaders(policy, default='["main", "other"]')


def test_an_aggregation_of_nothing_is_the_default_when_there_is_one():
    assert evaluate(amounts("SUM", default="5"), {"count": 0}).value == 5
    assert evaluate(amounts("COUNT", default="5"), {"count": 0}).value == 5


def test_a_default_of_one_column_leaves_the_others_null_and_may_be_computed():
    decision = table(COUNT, [answer("a", default="count + 1"), answer("b")], [rule(1, ["1"], ["1", "2"])])
    assert evaluate(decision, {"count": 0}).outputs == {"a": 1, "b": None}


def test_a_default_is_not_computed_while_a_row_fits():
    decision = table(COUNT, [answer("a", default="missing")], [rule(1, ["1"], ["7"])])
    assert evaluate(decision, {"count": 1}).outputs == {"a": 7}
    with pytest.raises(DecisionError, match=r"默认值.*没有变量“missing”"):
        evaluate(decision, {"count": 0})


# A second, naive reading of the standard, on rows "low <= x < high" with one or two outputs.

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from("abc"), st.integers(0, 3)), min_size=1, max_size=6
)


def naive(policy, rows, x):
    """The list of (text, number) the policy gives, "error" or "none"."""
    hits = [(text, number) for low, high, text, number in rows if min(low, high) <= x < max(low, high)]
    if policy in ("COLLECT", "RULE ORDER"):
        return hits
    ranked = sorted(hits, key=lambda hit: ("bca".index(hit[0]), hit[1]))
    if policy == "OUTPUT ORDER":
        return ranked
    if not hits:
        return "none"
    if policy == "UNIQUE":
        return hits if len(hits) == 1 else "error"
    if policy == "ANY":
        return hits[:1] if len(set(hits)) == 1 else "error"
    return hits[:1] if policy == "FIRST" else ranked[:1]


def tabled(policy, rows, **kwargs):
    written = [
        rule(n, [f"[{min(low, high)}..{max(low, high)})"], [f'"{text}"', str(number)])
        for n, (low, high, text, number) in enumerate(rows, start=1)
    ]
    answers = [answer("text", '"b", "c", "a"'), answer("number", "0, 1, 2, 3")]
    return table([column("x", "x", "number")], answers, written, policy=policy)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(["UNIQUE", "FIRST", "ANY", "PRIORITY", *MANY]))
def test_every_policy_agrees_with_a_naive_reading_of_the_standard(rows, policy):
    decision = tabled(policy, rows)
    for x in range(7):
        expected = naive(policy, rows, x)
        if isinstance(expected, str):
            with pytest.raises(DecisionError, match="没有适用的规则" if expected == "none" else "同时适用"):
                evaluate(decision, {"x": x})
            continue
        if policy in MANY and not expected:
            assert evaluate(decision, {"x": x}).value is None
            continue
        outputs = evaluate(decision, {"x": x}).outputs
        if policy in MANY:
            assert list(zip(outputs["text"], outputs["number"], strict=True)) == expected
        else:
            assert [(outputs["text"], outputs["number"])] == expected


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(["SUM", "MIN", "MAX", "COUNT"]))
def test_every_aggregation_agrees_with_a_naive_reading_of_the_standard(rows, aggregation):
    written = [
        rule(n, [f"[{min(low, high)}..{max(low, high)})"], [str(number)])
        for n, (low, high, _, number) in enumerate(rows, start=1)
    ]
    decision = table([column("x", "x", "number")], [answer("n")], written, policy="COLLECT", aggregation=aggregation)
    for x in range(7):
        hits = [number for low, high, _, number in rows if min(low, high) <= x < max(low, high)]
        expected = {"SUM": sum, "MIN": min, "MAX": max, "COUNT": len}[aggregation](hits) if hits else None
        assert evaluate(decision, {"x": x}).value == expected
