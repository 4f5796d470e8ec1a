"""Before a table decides: clashing rows, gaps, idle rows and missing functions are found, with an example."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import DecisionError, evaluate, parse, review
from engine.decisions.regions import Regions
from tests.engine.decision_documents import answer, column, decision, definitions, literal, rule, table

ROOT = Path(__file__).parents[2]
NUMBER = column("a", "a", "number")
TEXT = column("a", "a", "string")


def rows(*cells, outputs=None):
    """One rule per cell or list of cells."""
    outputs = outputs or [str(number) for number in range(len(cells))]
    listed = [cell if isinstance(cell, list) else [cell] for cell in cells]
    return [rule(n, cells, [text]) for n, (cells, text) in enumerate(zip(listed, outputs, strict=True), start=1)]


def found(columns, rules, which, *, policy="UNIQUE", answers=None, aggregation=""):
    """The findings of one rule of the review."""
    columns = columns if isinstance(columns, list) else [columns]
    reviewed = table(columns, answers or [answer("b")], rules, policy=policy, aggregation=aggregation)
    return [finding for finding in review(reviewed, {"rule"}) if finding.rule == which]


@pytest.mark.parametrize(
    ("column_", "first", "second", "clash"),
    [
        (NUMBER, ">= 3", ">= 10", "a=10"),
        (NUMBER, "[1..5]", "(5..9]", None),
        (NUMBER, "[1..5]", "[5..9]", "a=5"),
        (NUMBER, "(1..5)", "]4..9[", "a=4.5"),
        (column("a", "a", "integer"), "(1..5)", "]4..9[", None),  # no whole number lies between 4 and 5
        (NUMBER, "not(3)", "not(4)", "a=2"),
        (NUMBER, "not(3)", "3", None),
        (NUMBER, "< 0.3", "> 0.1 + 0.1", "a=0.25"),
        (TEXT, '"x","y"', '"y","z"', "a=y"),
        (TEXT, '"x"', '"z"', None),
        (TEXT, '"x"', "-", "a=x"),
        (TEXT, '["x", "y"]', '"y"', "a=y"),
        (TEXT, 'not("x")', 'not("y")', "a=（其他）"),
        (TEXT, '< "k"', '> "g"', "a=g0"),
        (column("a", "a", "string", '"x","y"'), 'not("x")', 'not("y")', None),
        (TEXT, "null", "-", "a=空"),
        (column("a", "a", "boolean"), "true", "false", None),
        (column("a", "a", "boolean"), "-", "-", "a=是"),
        (column("a", "a", "date"), '< date("2026-01-02")', '> date("2025-12-31")', "a=2026-01-01"),
        (column("a", "a", "date"), '<= date("2026-01-01")', '> date("2026-01-01")', None),
        (column("a", "a", "date"), '< date("2026-01-02")', '> date("2026-01-01")', None),  # no day between
        (column("a", "a", "dayTimeDuration"), '< duration("P2D")', '> duration("P1D")', "a=P1DT12H"),
        (column("a", "a", "yearMonthDuration"), '< duration("P2M")', '> duration("P1M")', None),
        (column("a", "a", "time"), '< time("10:00:00")', '> time("09:00:00")', "a=09:00:00.000001+08:00"),
        (column("a", "a"), '1, "x"', '2, "x"', "a=x"),
        (NUMBER, '> rule("x")', "> 5", None),  # unknown until it decides
        (NUMBER, "? > 3", "> 5", None),  # likewise
    ],
)
def test_rows_of_a_unique_table_that_fit_together_are_an_error_with_an_example(column_, first, second, clash):
    findings = found(column_, rows(first, second), "decision-overlap")
    if clash is None:
        assert findings == []
    else:
        (finding,) = findings
        assert (finding.element, finding.severity) == ("rule_2", "error")
        assert f"第1条与第2条会同时适用（如 {clash}）" in finding.message


def test_an_overlap_needs_every_column():
    both = [column("a", "a", "number"), column("c", "c", "string")]
    assert found(both, rows(["> 1", '"x"'], ["> 2", '"y"']), "decision-overlap") == []
    (finding,) = found(both, rows(["> 1", '"x"'], ["> 2", '"y"'], ["-", 'not("y")']), "decision-overlap")
    assert "第1条与第3条" in finding.message
    assert "a=2，c=x" in finding.message


@pytest.mark.parametrize(
    ("outputs", "clashing"), [(["1", "2"], True), (["1", "1.0"], False), (["x", "y"], False), (["", "null"], False)]
)
def test_rows_of_an_any_table_may_fit_together_with_one_answer_only(outputs, clashing):
    findings = found(NUMBER, rows("> 1", "> 2", outputs=outputs), "decision-overlap", policy="ANY")
    assert [finding.severity for finding in findings] == ["error"] * clashing
    assert all("结果却不同" in finding.message for finding in findings)


def test_priority_warns_where_only_the_order_of_rows_decides():
    answers = [answer("risk", '"high", "low"'), answer("code")]
    first, second = rule(1, ["> 1"], ['"high"', "1"]), rule(2, ["> 2"], ['"high"', "2"])
    (finding,) = found(NUMBER, [first, second], "decision-overlap", policy="PRIORITY", answers=answers)
    assert finding.severity == "warning"
    other = rule(2, ["> 2"], ['"low"', "2"])
    assert found(NUMBER, [first, other], "decision-overlap", policy="PRIORITY", answers=answers) == []


def test_other_policies_may_overlap():
    for policy in ("FIRST", "COLLECT", "RULE ORDER"):
        assert found(NUMBER, rows("> 1", "> 2"), "decision-overlap", policy=policy) == []


@pytest.mark.parametrize(
    ("column_", "cells", "gap"),
    [
        (NUMBER, ["< 18", "> 18"], "a=18"),
        (NUMBER, ["< 18", ">= 18"], None),
        (NUMBER, ["[1..5]", "[6..9]"], "a=0"),
        (column("a", "a", "number", "[1..9]"), ["[1..5]", "[6..9]"], "a=5.5"),
        (column("a", "a", "integer", "[1..9]"), ["[1..5]", "[6..9]"], None),
        (TEXT, ['"x"', '"y"'], "a=（其他）"),
        (TEXT, ['"x"', 'not("x")'], None),
        (column("a", "a", "string", '"x","y","z"'), ['"x"', '"y"'], "a=z"),
        (column("a", "a", "string", '"x","y"'), ['"x"', '"y"'], None),
        (column("a", "a", "boolean"), ["true"], "a=否"),
        (column("a", "a", "boolean"), ["true", "false"], None),
        (column("a", "a", "boolean"), ["true", "null"], "a=否"),
        (TEXT, ["null", '"x"', 'not(null, "x")'], None),
        (column("a", "a", "date"), ['< date("2026-01-01")', '> date("2026-01-01")'], "a=2026-01-01"),
        (TEXT, ["-"], None),
        (NUMBER, ["< 3", "> rule(1)"], None),  # may cover the rest
    ],
)
def test_a_combination_no_row_covers_is_shown(column_, cells, gap):
    findings = found(column_, rows(*cells), "decision-gap", policy="FIRST")
    if gap is None:
        assert findings == []
    else:
        (finding,) = findings
        assert (finding.element, finding.severity) == ("limits", "warning")
        assert f"没有规则适用于 {gap}，届时会报错" in finding.message


def test_a_gap_names_the_columns_that_matter():
    columns = [column("a", "a", "number", label="次数"), column("c", "c", "boolean", label="加急"), TEXT]
    cells = rows(["< 3", "-", "-"], [">= 3", "true", "-"], [">= 3", "false", '"x"'])
    (finding,) = found(columns, cells, "decision-gap")
    assert "没有规则适用于 次数=3，加急=否，a=（其他）" in finding.message
    (finding,) = found(columns, cells[:2], "decision-gap")
    assert "没有规则适用于 次数=3，加急=否，届时" in finding.message


def test_no_gap_is_reported_where_there_is_a_default_and_elsewhere_what_happens_then():
    def gaps(**kwargs):
        return found(NUMBER, rows("> 1"), "decision-gap", **kwargs)

    assert gaps(answers=[answer("b", default="0")]) == []
    for kwargs in ({"policy": "COLLECT"}, {"policy": "RULE ORDER"}, {"policy": "COLLECT", "aggregation": "COUNT"}):
        (finding,) = gaps(**kwargs)
        assert "届时结果为空" in finding.message
    (finding,) = gaps(policy="FIRST")
    assert "届时会报错" in finding.message


def test_a_table_too_large_to_prove_is_called_so_at_once():
    # Nine columns of eight values: two are always equal, so every combination is covered, which is hard to see.
    columns = [column(f"c{n}", f"c{n}", "number", "1, 2, 3, 4, 5, 6, 7, 8") for n in range(9)]
    pairs = [(one, other, value) for one, other in combinations(range(9), 2) for value in "12345678"]
    cells = rows(*[[value if n in (one, other) else "-" for n in range(9)] for one, other, value in pairs])
    (finding,) = found(columns, cells, "decision-too-large", policy="FIRST")
    assert finding.severity == "warning"
    assert "太大，无法证明" in finding.message


def test_too_many_columns_are_too_large_as_well():
    columns = [column(f"c{n}", f"c{n}", "number") for n in range(101)]
    (finding,) = found(columns, rows(["1"] * 101), "decision-too-large")
    assert "太大，无法证明" in finding.message
    assert found(columns[:100], rows(["1"] * 100), "decision-too-large") == []


def test_of_many_clashes_twenty_are_shown():
    assert len(found(NUMBER, rows(*["-"] * 10), "decision-overlap")) == 20


def test_the_functions_of_the_engine_are_known():
    assert review(table([TEXT], [answer("b")], rows("-", outputs=["coalesce(a, 1)"])), ()) == []


def test_a_function_nobody_has_is_an_error_before_the_table_decides():
    calling = table([column("a", "a")], [answer("b")], [rule(1, ['> rule("x")'], ["count(deadlin(a))"])])
    (error,) = [finding for finding in review(calling, {"rule", "deadline"}, "x.dmn") if finding.severity == "error"]
    assert (error.rule, error.element, error.file) == ("expression", "limits", "x.dmn")
    assert "deadlin" in error.message


@pytest.mark.parametrize("name", ["len", "_a", "a b", "1a", "deadline"])
def test_an_output_that_no_process_could_read_is_an_error(name):
    for named in (
        table([TEXT], [answer(name)], rows("-")),
        parse(definitions(decision(name, literal("1"), id_="limits")))["limits"],
    ):
        (error,) = review(named)
        assert (error.rule, error.severity) == ("output-name", "error")


def test_a_row_behind_one_that_includes_it_never_gets_its_turn():
    cells = rows(['"x","y"', "-"], ['"x"', "> 5"], ["-", "> 5"], ["-", '> rule("x")'], ['"z"', '> rule("x")'])
    findings = found([TEXT, column("n", "n", "number")], cells, "decision-unreachable", policy="FIRST")
    assert [(finding.element, finding.severity) for finding in findings] == [
        ("rule_2", "warning"),
        ("rule_5", "warning"),
    ]
    assert "第1条在前" in findings[0].message
    assert "第4条在前" in findings[1].message


@pytest.mark.parametrize("path", sorted((ROOT / "processes").glob("*/*.dmn")), ids=lambda path: path.stem)
def test_every_table_of_the_product_is_read_without_an_error(path):
    rules = {finding.rule for one in parse(path.read_bytes(), path.name).values() for finding in review(one)}
    assert rules <= {"decision-gap"}  # an input outside the regulation's list is refused while the process runs


CELLS = st.one_of(
    st.sampled_from(["-", "not(2)", "< 2", ">= 3", "1, 3", "(0..2]", "[1..3)", "not([1..2])", "not(0, 4)"]),
    st.integers(0, 4).map(str),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, st.integers(0, 2)), min_size=1, max_size=5))
def test_gaps_and_clashes_are_reported_exactly_where_trying_every_input_finds_them(written):
    columns = [column(name, name, "integer", "[0..4]") for name in ("a", "c")]
    rules = [rule(n, [a, c], [str(b)]) for n, (a, c, b) in enumerate(written, start=1)]
    collected = table(columns, [answer("b")], rules, policy="COLLECT")
    hits = [evaluate(collected, {"a": a, "c": c}) for a in range(5) for c in range(5)]
    has_gap = any(not hit.rule_ids for hit in hits)
    pairs = {(one, other) for hit in hits for one in hit.rule_ids for other in hit.rule_ids if one < other}
    assert bool(found(columns, rules, "decision-gap")) is has_gap
    assert len(found(columns, rules, "decision-overlap")) == len(pairs)
    differing = any(len(set(hit.value or [])) > 1 for hit in hits)
    assert bool(found(columns, rules, "decision-overlap", policy="ANY")) is differing


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
def test_an_example_shown_is_one_that_really_raises(written):
    decision = table([NUMBER, column("c", "c", "number")], [answer("b")], rows(*map(list, written)))
    regions = Regions(decision)
    for one, other in regions.overlapping():
        with pytest.raises(DecisionError, match="同时适用"):
            evaluate(decision, dict(regions.witness(one, other)))
    gap = regions.gap()
    if gap is not None:
        with pytest.raises(DecisionError, match="没有适用"):
            evaluate(decision, {"a": 0, "c": 0, **dict(gap)})
