"""Decision tables decide as written, or say which row and cell stands in the way."""

import pytest

from engine.decisions import DecisionError, evaluate, parse
from engine.errors import DefinitionRefused
from tests.engine.decision_documents import DMN_13, answer, column, document, rule, table

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
        [column("count", "count(calls)", "number")],
        [answer("leader")],
        [rule(1, ['>= rule("escalation")'], ["earliest(due, other)"])],
    )
    assert needs.names == {"calls", "due", "other"}
    assert needs.calls == {"rule", "earliest"}
    functions = {"rule": lambda _: 3, "earliest": min}
    variables = {"calls": [1, 2, 3], "due": "b", "other": "a"}
    assert evaluate(needs, variables, functions).outputs == {"leader": "a"}
    with pytest.raises(DecisionError, match="没有适用的规则"):
        evaluate(needs, {**variables, "calls": []}, functions)


def test_a_refused_cell_is_named_with_its_row_and_column_and_all_faults_come_at_once():
    broken = document(
        [column("class", "matter_class", "string")],
        [answer("limit")],
        [rule(1, ["urgent"], ['"a"']), rule(2, ['"b"'], ["9 +"]), rule(3, ['"c"', '"d"'], ["1"])],
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
        (document(*ONE, policy="BEST"), "不支持命中策略 BEST"),
        (document(*ONE, policy="PRIORITY"), "请至少给一列列出可选值"),
        (document(*ONE, policy="OUTPUT ORDER"), "请至少给一列列出可选值"),
        (document(ONE[0], [answer("b", "[1..2]")], ONE[2], policy="PRIORITY"), "请至少给一列列出可选值"),
        (document(*ONE, policy="COLLECT", aggregation="MEAN"), "不支持汇总方式 MEAN"),
        (document(*ONE, policy="FIRST", aggregation="SUM"), "只有 COLLECT 能汇总"),
        (
            document(
                ONE[0], [answer("b"), answer("c")], [rule(1, ['"x"'], ["1", "2"])], policy="COLLECT", aggregation="MAX"
            ),
            "只能有一个输出列",
        ),
        (document(*ONE, namespace="http://example.com/"), "不是 DMN"),
        (document([column("a", "a", "context")], *ONE[1:]), "类型 context 不支持"),
        (document([column("a", "")], *ONE[1:]), "表达式为空"),
        (document([column("a", "a.[b]")], *ONE[1:]), "写法有误"),
        (document(ONE[0], [answer(""), answer("c")], [rule(1, ['"x"'], ["1", "2"])]), "每列都要有名称"),
        (document(ONE[0], [answer("b", type_ref="string")], ONE[2]), "应为 string（文字），而不是 1"),
        (document(ONE[0], [answer("b", "1, 2", default="3")], ONE[2]), "默认值为 3，不在可选值"),
        (document(ONE[0], [answer("b"), answer("b")], [rule(1, ['"x"'], ["1", "2"])]), "都叫“b”"),
        (document(ONE[0], [answer("b", '"x","y"')], [rule(1, ['"x"'], ['"z"'])]), "不在可选值"),
        (document(ONE[0], ONE[1], []), "没有规则"),
        (document([], ONE[1], [rule(1, [], ["1"])]), "至少要有一个输入列"),
        (document(*ONE).replace(b"<inputExpression", b'<inputExpression expressionLanguage="juel"'), "juel 不支持"),
        (document(*ONE).replace(b"<outputEntry", b'<outputEntry expressionLanguage="python"'), "python 不支持"),
        (document(*ONE).replace(b"decisionTable", b"relation"), "不支持关系表"),
        (document(*ONE).replace(b"decisionTable", b"somethingElse"), "应当正好有一张决策表"),
        (document(*ONE).replace(b' id="limits"', b""), "缺少标识"),
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


def test_an_output_of_the_wrong_type_is_an_error_with_its_row():
    typed = table(ONE[0], [answer("b", type_ref="date")], [rule(1, ['"x"'], ["found"])])
    assert evaluate(typed, {"a": "x", "found": "2026-03-02T23:00:00Z"}).outputs == {"b": "2026-03-03"}
    with pytest.raises(DecisionError, match='第1条规则的输出“b”应为 date（日期），而不是 "soon"'):
        evaluate(typed, {"a": "x", "found": "soon"})


def test_comparing_what_cannot_be_compared_names_the_cell():
    untyped = table([column("a", "a")], ONE[1], [rule(1, ["> 5"], ["1"])])
    with pytest.raises(DecisionError, match=r"第1条规则的“a”（> 5）.*类型不同"):
        evaluate(untyped, {"a": "many"})
    dated = table([column("a", "a")], ONE[1], [rule(1, ['> date("2026-01-01")'], ["1"])])
    with pytest.raises(DecisionError, match="不是有效的时间"):
        evaluate(dated, {"a": "soon"})
