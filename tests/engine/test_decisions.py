"""Decision tables decide as written, or say which row and cell stands in the way."""

from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decisions import DecisionError, evaluate, parse, review
from engine.decisions.cells import CellError, read_cell
from engine.errors import DefinitionRefused

ROOT = Path(__file__).parents[2]
DMN_13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def cell(name, text, attributes=""):
    return f"<{name}{attributes}><text>{escape(text)}</text></{name}>"


def column(name, expression, type_ref="", allowed="", label=""):
    values = cell("inputValues", allowed) if allowed else ""
    typed = f" typeRef={quoteattr(type_ref)}" if type_ref else ""
    expression_node = cell("inputExpression", expression, typed)
    return f'<input id="in_{name}" label={quoteattr(label or name)}>{expression_node}{values}</input>'


def answer(name, allowed=""):
    values = cell("outputValues", allowed) if allowed else ""
    return f'<output id="out_{name}" name="{name}" label="{name}">{values}</output>'


def rule(number, inputs, outputs, clause=None, description=""):
    return (
        f'<rule id="rule_{number}">'
        + (f"<description>{escape(description)}</description>" if description else "")
        + "".join(cell("inputEntry", text, f' id="in_{number}_{i}"') for i, text in enumerate(inputs))
        + "".join(cell("outputEntry", text, f' id="out_{number}_{i}"') for i, text in enumerate(outputs))
        + (cell("annotationEntry", clause) if clause is not None else "")
        + "</rule>"
    )


def document(columns, answers, rules, *, policy="UNIQUE", namespace=DMN_13, annotations="", extra="", aggregation=""):
    collected = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{namespace}" id="d" name="d" namespace="n">'
        f'<decision id="limits" name="时限分类">{extra}'
        f'<decisionTable id="table" hitPolicy="{policy}"{collected}>'
        f"{''.join(columns)}{''.join(answers)}{annotations}{''.join(rules)}</decisionTable></decision></definitions>"
    ).encode()


def table(*args, **kwargs):
    return parse(document(*args, **kwargs))["limits"]


CLASSES = table(
    [column("kind", "ticket_kind", "string"), column("class", "matter_class", "string")],
    [answer("limit_rule"), answer("days")],
    [
        rule(1, ['"suishenpai"', "-"], ['"class_limit_suishenpai"', "5"], "3.1.2-1"),
        rule(2, ['"ordinary"', '"urgent","emergency"'], ['"class_limit_urgent"', "1"], "3.2.1-3, C1"),
        rule(3, ['"ordinary"', 'not("urgent","emergency")'], ["fallback", ""], ""),
    ],
    annotations='<annotation name="条款"/>',
)


def test_the_one_fitting_row_decides_and_names_its_clauses():
    result = evaluate(CLASSES, {"ticket_kind": "suishenpai", "matter_class": None})
    assert result.outputs == {"limit_rule": "class_limit_suishenpai", "days": 5}
    assert result.rule_ids == ("rule_1",)
    assert result.clauses == ("3.1.2-1",)


def test_quoted_values_with_commas_between_are_alternatives():
    for matter_class in ("urgent", "emergency"):
        result = evaluate(CLASSES, {"ticket_kind": "ordinary", "matter_class": matter_class})
        assert result.outputs["limit_rule"] == "class_limit_urgent"
    assert result.clauses == ("3.2.1-3", "C1")


def test_an_output_may_name_a_variable_and_an_empty_one_is_null():
    variables = {"ticket_kind": "ordinary", "matter_class": "inquiry", "fallback": "class_limit_inquiry"}
    assert evaluate(CLASSES, variables).outputs == {"limit_rule": "class_limit_inquiry", "days": None}


def test_no_fitting_row_is_an_error_that_shows_the_inputs():
    with pytest.raises(DecisionError, match=r'时限分类.*limits.*没有适用的规则：kind="letter"，class="urgent"'):
        evaluate(CLASSES, {"ticket_kind": "letter", "matter_class": "urgent"})


def test_a_missing_variable_is_named_with_its_column():
    with pytest.raises(DecisionError, match=r"输入“class”.*没有变量“matter_class”"):
        evaluate(CLASSES, {"ticket_kind": "ordinary"})
    with pytest.raises(DecisionError, match=r"第3条规则的输出“limit_rule”.*fallback"):
        evaluate(CLASSES, {"ticket_kind": "ordinary", "matter_class": "inquiry"})


def test_a_table_says_which_variables_and_functions_it_needs():
    needs = table(
        [column("count", "len(calls)", "number")],
        [answer("leader")],
        [rule(1, ['>= rule("escalation")'], ["earliest(due, other)"])],
    )
    assert needs.names == {"calls", "due", "other"}
    assert needs.calls == {"len", "rule", "earliest"}
    functions = {"rule": lambda _: 3, "earliest": min}
    variables = {"calls": [1, 2, 3], "due": "b", "other": "a"}
    assert evaluate(needs, variables, functions).outputs == {"leader": "a"}
    with pytest.raises(DecisionError, match="没有适用的规则"):
        evaluate(needs, {**variables, "calls": []}, functions)


OVERLAPPING = {
    "columns": [column("count", "count", "number")],
    "answers": [answer("leader")],
    "rules": [rule(1, [">= 3"], ['"supervising"']), rule(2, [">= 10"], ['"main"']), rule(3, ["> 20"], ['"main"'])],
}


def overlapping(policy):
    return table(OVERLAPPING["columns"], OVERLAPPING["answers"], OVERLAPPING["rules"], policy=policy)


def test_unique_refuses_two_fitting_rows():
    assert evaluate(overlapping("UNIQUE"), {"count": 5}).outputs == {"leader": "supervising"}
    with pytest.raises(DecisionError, match="第1条、第2条同时适用：count=12"):
        evaluate(overlapping("UNIQUE"), {"count": 12})


def test_first_takes_the_first_fitting_row():
    assert evaluate(overlapping("FIRST"), {"count": 30}).rule_ids == ("rule_1",)


def test_any_wants_equal_answers():
    same = table(OVERLAPPING["columns"], OVERLAPPING["answers"], OVERLAPPING["rules"][1:], policy="ANY")
    assert evaluate(same, {"count": 30}).outputs == {"leader": "main"}
    with pytest.raises(DecisionError, match="第1条、第2条同时适用但结果不同"):
        evaluate(overlapping("ANY"), {"count": 30})


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_collecting_policies_list_every_answer_in_the_order_of_rows(policy):
    result = evaluate(overlapping(policy), {"count": 30})
    assert result.outputs == {"leader": ["supervising", "main", "main"]}
    assert result.rule_ids == ("rule_1", "rule_2", "rule_3")
    assert evaluate(overlapping(policy), {"count": 0}).outputs == {"leader": []}


@pytest.mark.parametrize(
    ("text", "fitting", "other"),
    [
        ("", [1, "a", None, True], []),
        ("-", [1, "a", None, True], []),
        ('"a"', ["a"], ["b", None, 1]),
        ("'a'", ["a"], ["b"]),
        ('"a","b"', ["a", "b"], ["c", "a,b", None]),
        ('"a,b"', ["a,b"], ["a"]),
        ('"a\\"b"', ['a"b'], ["ab"]),
        ('"a)", "(b"', ["a)", "(b"], ["a"]),
        ("5", [5, 5.0], [6, True, "5", None]),
        ("1", [1], [True, "1"]),
        ("-5", [-5], [5]),
        ("1, 2", [1, 2], [3]),
        ("true", [True], [False, 1, None]),
        ("false", [False], [True, 0, None]),
        ("1, true", [1, True], [0, False]),
        ("null", [None], [0, "", False]),
        ('null, ""', [None, ""], ["a"]),
        ("< 5", [4, -1.5], [5, None]),
        ("<= 5", [5], [5.1]),
        ("> 5", [5.1], [5]),
        (">=5", [5], [4]),
        ("[1..5]", [1, 5, 3], [0.9, 5.1, None]),
        ("]1..5[", [1.1, 4.9], [1, 5]),
        ("(1..5)", [3], [1, 5]),
        ("(1..5]", [5], [1]),
        ("[1..5[", [1], [5]),
        ("[1 .. 5], 9, > 100", [2, 9, 101], [6, 100]),
        ("(1..5], 9", [5, 9], [1, 8]),
        ("[-3..-1]", [-2], [0]),
        ("not(5)", [4, None, "5"], [5]),
        ('not("a","b")', ["c", None], ["a", "b"]),
        ("not([1..5])", [0, 6], [1, 3]),
        ("not(> 3)", [3], [4]),
        ("not(null)", [0, "a"], [None]),
        (
            'date("2026-01-01")',
            ["2026-01-01", "2026-01-01T10:00:00+08:00", "2025-12-31T16:00:00+00:00"],
            ["2026-01-02", None],
        ),
        ('< date("2026-01-01")', ["2025-12-31", "2025-12-31T23:59:59+08:00"], ["2026-01-01", "2025-12-31T16:00:00Z"]),
        ('[date("2026-01-01")..date("2026-12-31")]', ["2026-06-01"], ["2027-01-01"]),
        ('>= "2026-01-01T00:00:00+08:00"', ["2026-06-01T00:00:00+08:00"], ["2025-06-01T00:00:00+08:00"]),
        ('len("ab")', [2], [3]),
    ],
)
def test_an_input_cell_fits_what_it_says(text, fitting, other):
    test = read_cell(text).test or (lambda value, functions: True)
    assert [value for value in fitting if not test(value, {})] == []
    assert [value for value in other if test(value, {})] == []


@pytest.mark.parametrize(
    ("text", "type_ref", "message"),
    [
        ("urgent", "string", "双引号"),
        ('"a",,"b"', "string", "逗号之间是空的"),
        ('"a",', "string", "逗号之间是空的"),
        ('"a', "string", "引号没有配对"),
        ("“a”", "string", "英文引号"),
        ('"a"，"b"', "string", "英文引号"),
        ("5", "string", "不是文字"),
        ('"5"', "number", "不是数"),
        ("1", "boolean", "不是是否"),
        ("true", "number", "不是数"),
        ("[5..1]", "number", "起点大于终点"),
        ("[1..5", "number", "结尾"),
        ("[1..]", "number", "为空"),
        ("< true", "", "比较大小"),
        ("> null", "", "比较大小"),
        (">", "number", "为空"),
        ("= 5", "number", "写法有误"),
        ("!= 5", "number", "写法有误"),
        ('date("2026-13-01")', "date", "不是有效的日期"),
        ('"2026-01-01"', "date", "不是日期"),
        ('["a"]', "string", "列表"),
        ('["a", "b"]', "string", "写法有误"),
        ("__import__('os')", "", "不允许"),
        ("9**9", "", "乘方"),
        ("().__class__", "", "属性访问"),
        ("? > 5", "number", "写法有误"),
        ("not()", "string", "逗号之间是空的"),
        ('not("a"), not("b")', "string", "写法有误"),
    ],
)
def test_a_cell_that_would_not_decide_as_written_is_refused(text, type_ref, message):
    with pytest.raises(CellError, match=message):
        read_cell(text, type_ref)


def test_a_refused_cell_is_named_with_its_row_and_column_and_all_faults_come_at_once():
    broken = document(
        [column("class", "matter_class", "string")],
        [answer("limit")],
        [rule(1, ["urgent"], ['"a"']), rule(2, ['"b"'], ["9**9"]), rule(3, ['"c"', '"d"'], ["1"])],
    )
    with pytest.raises(DefinitionRefused) as refused:
        parse(broken, "processes/x/limits.dmn")
    findings = refused.value.findings
    assert [(f.rule, f.element) for f in findings] == [
        ("cell", "in_1_0"),
        ("expression", "out_2_0"),
        ("rule-shape", "rule_3"),
    ]
    assert "第1条规则的“class”“urgent”无法识别" in findings[0].message
    assert "第2条规则的“limit”" in findings[1].message
    assert {f.file for f in findings} == {"processes/x/limits.dmn"}


ONE = ([column("a", "a", "string")], [answer("b")], [rule(1, ['"x"'], ["1"])])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (document(*ONE, policy="PRIORITY"), "不支持命中策略 PRIORITY"),
        (document(*ONE, policy="OUTPUT ORDER"), "不支持命中策略"),
        (document(*ONE, policy="COLLECT", aggregation="SUM"), "不支持汇总方式 SUM"),
        (document(*ONE, namespace="http://example.com/"), "不是 DMN"),
        (document([column("a", "a", "context")], *ONE[1:]), "类型 context 不支持"),
        (document([column("a", "")], *ONE[1:]), "表达式为空"),
        (document([column("a", "a.b")], *ONE[1:]), "属性访问"),
        (document(ONE[0], [answer("len")], ONE[2]), "不能用作变量名"),
        (document(ONE[0], [answer("")], ONE[2]), "不能用作变量名"),
        (document(ONE[0], [answer("b"), answer("b")], [rule(1, ['"x"'], ["1", "2"])]), "都叫“b”"),
        (document(ONE[0], [answer("b", '"x","y"')], [rule(1, ['"x"'], ['"z"'])]), "不在可选值"),
        (document(ONE[0], ONE[1], []), "没有规则"),
        (document([], ONE[1], [rule(1, [], ["1"])]), "至少要有一个输入列"),
        (
            document(*ONE, extra='<informationRequirement><requiredDecision href="#x"/></informationRequirement>'),
            "不支持引用其他决策",
        ),
        (document(*ONE).replace(b"<inputExpression", b'<inputExpression expressionLanguage="juel"'), "juel 不支持"),
        (document(*ONE).replace(b"decisionTable", b"literalExpression"), "只支持带标识的决策表"),
        (f'<definitions xmlns="{DMN_13}"/>'.encode(), "没有决策"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "DOCTYPE"),
        (b"<definitions", "XML"),
        (b"", "XML"),
        (b" " * (3 * 1024 * 1024), "超过"),
    ],
)
def test_what_cannot_be_decided_faithfully_is_refused_at_deploy(content, message):
    with pytest.raises(DefinitionRefused, match=message):
        parse(content)


def test_two_tables_of_one_id_are_refused():
    doubled = document(*ONE).replace(b"</definitions>", document(*ONE).split(b'namespace="n">')[1])
    with pytest.raises(DefinitionRefused, match="标识重复"):
        parse(doubled)


@pytest.mark.parametrize("namespace", ["http://www.omg.org/spec/DMN/20180521/MODEL/", DMN_13])
def test_both_namespaces_of_the_modelers_are_read(namespace):
    assert evaluate(table(*ONE, namespace=namespace), {"a": "x"}).outputs == {"b": 1}


def test_the_column_an_ordinary_editor_offers_can_carry_the_clause():
    described = table(*ONE[:2], [rule(1, ['"x"'], ["1"], description="条款：3.2.1-3、3.2.1-4")])
    assert evaluate(described, {"a": "x"}).clauses == ("3.2.1-3", "3.2.1-4")
    remark = table(*ONE[:2], [rule(1, ['"x"'], ["1"], description="只是说明")])
    assert evaluate(remark, {"a": "x"}).clauses == ()


def test_only_the_annotation_column_named_clause_is_a_clause():
    remark = table(*ONE[:2], [rule(1, ['"x"'], ["1"], "3.2.1-3")], annotations='<annotation name="说明"/>')
    assert evaluate(remark, {"a": "x"}).clauses == ()


@pytest.mark.parametrize(
    ("type_ref", "value"), [("string", 5), ("number", "5"), ("number", True), ("boolean", 1), ("date", 5)]
)
def test_an_input_of_the_wrong_type_is_an_error_and_no_silent_mismatch(type_ref, value):
    typed = table([column("a", "a", type_ref, label="甲")], ONE[1], [rule(1, ["-"], ["1"])])
    with pytest.raises(DecisionError, match=f"输入“甲”应为 {type_ref}"):
        evaluate(typed, {"a": value})
    assert evaluate(typed, {"a": None}).outputs == {"b": 1}


def test_values_outside_the_listed_ones_are_refused():
    listed = table(
        [column("a", "a", "string", '"x","y"')],
        [answer("b", "1, 2")],
        [rule(1, ['"x"'], ["count"]), rule(2, ['"y"'], ["1"])],
    )
    assert evaluate(listed, {"a": "y"}).outputs == {"b": 1}
    with pytest.raises(DecisionError, match='为 "z"，不在可选值 "x","y" 之内'):
        evaluate(listed, {"a": "z"})
    with pytest.raises(DecisionError, match="第1条规则的输出“b”为 3"):
        evaluate(listed, {"a": "x", "count": 3})


def test_comparing_what_cannot_be_compared_names_the_cell():
    untyped = table([column("a", "a")], ONE[1], [rule(1, ["> 5"], ["1"])])
    with pytest.raises(DecisionError, match=r"第1条规则的“a”（> 5）.*类型不同"):
        evaluate(untyped, {"a": "many"})
    dated = table([column("a", "a")], ONE[1], [rule(1, ['> date("2026-01-01")'], ["1"])])
    with pytest.raises(DecisionError, match="不是有效的时间"):
        evaluate(dated, {"a": "soon"})


@pytest.mark.parametrize(
    ("column_", "first", "second", "clash"),
    [
        (column("a", "a", "number"), ">= 3", ">= 10", "a=10"),
        (column("a", "a", "number"), "[1..5]", "(5..9]", None),
        (column("a", "a", "number"), "[1..5]", "[5..9]", "a=5"),
        (column("a", "a", "number"), "(1..5)", "]4..9[", None),  # only 4.5 and its like would fit both
        (column("a", "a", "number"), "not(3)", "not(4)", "a=2"),
        (column("a", "a", "number"), "not(3)", "3", None),
        (column("a", "a", "string"), '"x","y"', '"y","z"', "a=y"),
        (column("a", "a", "string"), '"x"', '"z"', None),
        (column("a", "a", "string"), '"x"', "-", "a=x"),
        (column("a", "a", "string"), 'not("x")', 'not("y")', "a=（其他）"),
        (column("a", "a", "string", '"x","y"'), 'not("x")', 'not("y")', None),
        (column("a", "a", "string"), "null", "-", "a=空"),
        (column("a", "a", "boolean"), "true", "false", None),
        (column("a", "a", "boolean"), "-", "-", "a=True"),
        (column("a", "a", "date"), '< date("2026-01-02")', '> date("2025-12-31")', "a=2026-01-01"),
        (column("a", "a", "number"), '> rule("x")', "> 5", None),  # unknown until it decides
    ],
)
def test_rows_of_a_unique_table_that_can_fit_together_are_shown_with_an_example(column_, first, second, clash):
    warnings = review(table([column_], ONE[1], [rule(1, [first], ["1"]), rule(2, [second], ["2"])]), {"rule"})
    if clash is None:
        assert warnings == []
    else:
        (warning,) = warnings
        assert (warning.rule, warning.element, warning.severity) == ("decision-overlap", "rule_2", "warning")
        assert f"第1条与第2条可能同时适用（如 {clash}）" in warning.message


def test_a_function_nobody_has_is_an_error_before_the_table_decides():
    calling = table([column("a", "a")], ONE[1], [rule(1, ['> rule("x")'], ["len(deadlin(a))"])])
    (error,) = review(calling, {"rule", "deadline"}, "x.dmn")
    assert (error.element, error.severity, error.file) == ("limits", "error", "x.dmn")
    assert "deadlin" in error.message


def test_an_overlap_shown_is_one_that_really_raises():
    clashing = overlapping("UNIQUE")
    assert len(review(clashing)) == 3
    with pytest.raises(DecisionError, match="同时适用"):
        evaluate(clashing, {"count": 10})
    assert review(overlapping("ANY")) == []


def test_a_row_behind_one_that_includes_it_never_gets_its_turn():
    rows = [rule(1, ['"x","y"', "-"], ["1"]), rule(2, ['"x"', "> 5"], ["2"]), rule(3, ["-", "> 5"], ["3"])]
    shadowing = table([column("a", "a", "string"), column("n", "n", "number")], ONE[1], rows, policy="FIRST")
    (warning,) = review(shadowing)
    assert (warning.rule, warning.element) == ("decision-unreachable", "rule_2")
    assert "第1条在前" in warning.message


@pytest.mark.parametrize("path", sorted((ROOT / "processes").glob("*/*.dmn")), ids=lambda path: path.stem)
def test_every_table_of_the_product_is_read_without_a_warning(path):
    for decision in parse(path.read_bytes(), path.name).values():
        assert review(decision) == []


@given(
    st.integers(-100, 100),
    st.integers(-100, 100),
    st.sampled_from("[]("),
    st.sampled_from("[])"),
    st.integers(-101, 101),
)
def test_intervals_agree_with_arithmetic(one, other, opening, closing, value):
    low, high = sorted((one, other))
    expected = (low <= value if opening == "[" else low < value) and (value <= high if closing == "]" else value < high)
    test = read_cell(f"{opening}{low}..{high}{closing}", "number").test
    assert test(value, {}) is expected
    assert read_cell(f"not({opening}{low}..{high}{closing})", "number").test(value, {}) is not expected


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters='\\"\n\r\x00')), min_size=1, max_size=5))
def test_any_list_of_quoted_texts_fits_exactly_those_texts(texts):
    test = read_cell(", ".join(f'"{text}"' for text in texts), "string").test
    assert all(test(text, {}) for text in texts)
    assert not test("".join(texts) + "!", {})


@given(st.text(max_size=40))
def test_any_cell_text_is_read_or_refused_but_never_crashes(text):
    with suppress(CellError):
        read_cell(text)
