"""Decisions that require others: evaluated first, seen by name; what leads nowhere or in a circle is refused."""

import pytest

from engine.decisions import DecisionError, LiteralDecision, evaluate, parse, review
from engine.errors import DefinitionRefused
from tests.engine.decision_documents import (
    answer,
    cell,
    column,
    decision,
    decision_table,
    definitions,
    input_data,
    item_definition,
    knowledge,
    literal,
    requires,
    rule,
    variable,
)

RISK = decision(
    "risk",
    decision_table(
        [column("age", "age", "number")],
        [answer("level", '"high", "low"')],
        [rule(1, ["< 18"], ['"high"'], description="条款：3.1.1-1"), rule(2, [">= 18"], ['"low"'])],
    ),
    before=requires("age", kind="Input"),
)
FEE = decision(
    "fee",
    decision_table(
        [column("risk", "risk", "string"), column("days", "days", "number")],
        [answer("fee")],
        [
            rule(1, ['"high"', "-"], ["days * rate"], description="条款：3.2.1-1"),
            rule(2, ['"low"', "<= days_free"], ["0"]),
            rule(3, ['"low"', "> days_free"], ["days"]),
        ],
    ),
    before=requires("risk", "rate", "days_free") + requires("days", kind="Input"),
)
RATE = decision("rate", literal("2.5"))
FREE = decision("days_free", literal("3"))
OLD = requires("age", kind="Input")
BOTH = requires("rate") + OLD
AGE, DAYS = input_data("age", "number"), input_data("days", "number")


def read(*content):
    return parse(definitions(*content))


def refused(*content):
    with pytest.raises(DefinitionRefused) as error:
        read(*content)
    return [(finding.rule, finding.element, finding.message) for finding in error.value.findings]


def test_required_decisions_come_first_and_are_seen_by_name():
    fee = read(FEE, RISK, RATE, FREE, AGE, DAYS)["fee"]
    result = evaluate(fee, {"age": 17, "days": 4})
    assert result.outputs == {"fee": 10}
    assert result.rule_ids == ("rule_1", "rule_1")
    assert result.clauses == ("3.1.1-1", "3.2.1-1")
    assert evaluate(fee, {"age": 18, "days": 4}).outputs == {"fee": 4}
    assert evaluate(fee, {"age": 18, "days": 3}).outputs == {"fee": 0}


def test_a_decision_needs_what_it_and_the_required_ones_read_from_the_process():
    fee = read(FEE, RISK, RATE, FREE, AGE, DAYS)["fee"]
    assert fee.names == {"age", "days"}
    assert [one.id for one in fee.requires] == ["risk", "rate", "days_free"]


def test_a_result_of_this_evaluation_hides_a_variable_of_that_name():
    fee = read(FEE, RISK, RATE, FREE, AGE, DAYS)["fee"]
    assert evaluate(fee, {"age": 18, "days": 4, "risk": "high", "rate": 99}).outputs == {"fee": 4}


def test_a_required_table_that_does_not_decide_stops_the_decision():
    fee = read(FEE, RISK, RATE, FREE, AGE, DAYS)["fee"]
    with pytest.raises(DecisionError, match="决策表“risk”（risk）没有适用的规则：age=null"):
        evaluate(fee, {"age": None, "days": 4})


def test_a_result_of_several_outputs_is_an_object_and_of_many_rows_a_list():
    two = decision_table(
        [column("n", "n")],
        [answer("a"), answer("b")],
        [rule(1, ["> 0"], ["n", "n + 1"]), rule(2, ["> 1"], ["10", "20"])],
        policy="RULE ORDER",
    )
    both = read(
        decision("pairs", two),
        decision("last", literal("pairs[-1].b + count(pairs.a)"), before=requires("pairs")),
    )
    assert evaluate(both["pairs"], {"n": 2}).value == [{"a": 2, "b": 3}, {"a": 10, "b": 20}]
    assert evaluate(both["last"], {"n": 2}).outputs == {"last": 22}


def test_names_may_have_spaces_and_signs():
    content = (
        input_data("Monthly Salary", "number", "i1"),
        decision("Net/Gross", literal("Monthly   Salary * 0.5"), id_="d1", before=requires("i1", kind="Input")),
        decision("total", literal("12 * Net/Gross"), before=requires("d1")),
    )
    assert evaluate(read(*content)["total"], {"Monthly Salary": 1000}).value == 6000


def test_one_output_without_a_name_is_called_like_the_decision():
    content = decision("result", decision_table([column("n", "n")], [answer("")], [rule(1, ["-"], ["n"])]))
    assert evaluate(read(content)["result"], {"n": 2}).outputs == {"result": 2}


def test_a_decision_required_twice_is_made_once():
    calls = []
    content = (
        decision("base", literal("ask()")),
        decision("left", literal("base + 1"), before=requires("base")),
        decision("right", literal("base + 2"), before=requires("base")),
        decision("top", literal("left * right"), before=requires("left", "right")),
    )
    top = read(*content)["top"]
    assert top.calls == {"ask"}
    assert evaluate(top, {}, {"ask": lambda: calls.append(1) or 1}).value == 6
    assert calls == [1]


def test_a_missing_function_of_a_required_decision_is_found_before():
    content = (decision("base", literal("ask()")), decision("top", literal("base"), before=requires("base")))
    assert [finding.rule for finding in review(read(*content)["top"], {"rule"})] == ["expression"]


def test_functions_of_the_engine_get_and_give_what_json_holds():
    given = []
    content = decision("d", literal('ask(0.1 + 0.2, date("2026-01-01"), [1.5])'))
    evaluate(read(content)["d"], {}, {"ask": lambda *values: given.extend(values)})
    assert given == [0.3, "2026-01-01", [1.5]]
    assert type(given[0]) is float


# --- business knowledge models


def test_a_business_knowledge_model_is_a_function_of_its_parameters_only():
    content = (
        knowledge("half", ["x"], "x / 2"),
        knowledge("quarter", ["x"], "half(half(x))", before=requires("half", kind="Knowledge")),
        decision("d", literal("quarter(n) + 1"), before=requires("quarter", kind="Knowledge")),
    )
    assert evaluate(read(*content)["d"], {"n": 8, "x": 99}).value == 3
    assert read(*content)["d"].calls == frozenset()
    wrong = read(
        knowledge("half", ["x"], "x / 2"), decision("d", literal("half()"), before=requires("half", kind="Knowledge"))
    )
    with pytest.raises(DecisionError, match="“half”需要 1 个参数（x）"):
        evaluate(wrong["d"], {})


def test_a_business_knowledge_model_reads_nothing_else_and_needs_its_line():
    (finding,) = refused(knowledge("half", ["x"], "x / y"), decision("d", literal("1")))
    assert finding[:2] == ("expression", "half")
    assert "只能使用自己的参数，而不是“y”" in finding[2]
    (finding,) = refused(knowledge("half", ["x"], "other(x)"), decision("d", literal("1")))
    assert "没有连线的函数“other”" in finding[2]
    unconnected = read(knowledge("half", ["x"], "x / 2"), decision("d", literal("half(2)")))
    assert [finding.rule for finding in review(unconnected["d"])] == ["expression"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (knowledge("k", ["x", "x"], "x"), "两个同名的“x”"),
        (
            knowledge("k", ["x"], "x").replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">'),
            "只支持一个 FEEL",
        ),
    ],
)
def test_knowledge_that_is_no_function_of_feel_is_refused(wrong, message):
    assert message in refused(wrong, RATE)[0][2]


def test_every_place_that_may_name_a_language_is_checked():
    juel = ' expressionLanguage="juel"'
    spoken = knowledge("k", ["x"], "x").replace("<literalExpression", f"<literalExpression{juel}")
    assert "juel 不支持" in refused(spoken, RATE)[0][2]
    table = decision_table([column("n", "n")], [answer("b", default="1")], [rule(1, ["1"], ["1"])])
    spoken = table.replace("<defaultOutputEntry", f"<defaultOutputEntry{juel}")
    assert "juel 不支持" in refused(decision("a", spoken))[0][2]
    with pytest.raises(DefinitionRefused, match="文件的表达式语言 juel 不支持"):
        parse(definitions(RATE).replace(b"<definitions", f"<definitions{juel}".encode()))


def test_a_requirement_drawn_twice_counts_once_and_input_data_may_be_called_like_a_decision():
    twice = decision("a", literal("rate * 2"), before=requires("rate") * 2)
    assert evaluate(read(RATE, twice)["a"], {}).value == 5
    named = AGE.replace('name="age"', 'name="rate"')
    assert evaluate(read(RATE, named, decision("a", literal("rate * 2"), before=OLD))["a"], {"rate": 4}).value == 8


def test_knowledge_in_a_circle_is_refused():
    one = knowledge("one", ["x"], "two(x)", before=requires("two", kind="Knowledge"))
    two = knowledge("two", ["x"], "one(x)", before=requires("one", kind="Knowledge"))
    ((rule_, _, message),) = refused(one, two, decision("d", literal("1")))
    assert rule_ == "decision-cycle"
    assert "one" in message


# --- what is refused


def test_decisions_in_a_circle_are_refused_by_name():
    ((rule_, element, message),) = refused(
        decision("a", literal("c"), before=requires("c")),
        decision("b", literal("a"), before=requires("a")),
        decision("c", literal("b"), before=requires("b")),
    )
    assert (rule_, element) in {("decision-cycle", one) for one in "abc"}
    assert "成环" in message
    assert " → " in message
    ((_, _, message),) = refused(decision("a", literal("1"), before=requires("a")))
    assert "a → a" in message


@pytest.mark.parametrize(
    ("content", "element", "message"),
    [
        ([decision("a", literal("1"), before=requires("gone"))], "needs_gone", "“a”引用的决策“gone”不在此文件中"),
        ([decision("a", literal("1"), before=requires("gone", kind="Input"))], "needs_gone", "输入数据“gone”不在"),
        ([decision("a", literal("1"), before=requires("gone", kind="Knowledge"))], "needs_gone", "业务知识模型“gone”"),
        ([AGE, decision("a", literal("1"), before=requires("age"))], "needs_age", "引用的决策“age”不在"),
        ([RATE, decision("a", literal("rate"))], "a", "使用了决策“rate”的结果，但没有连线"),
        ([AGE, RISK, decision("a", literal("level"), before=requires("risk"))], "a", "请写成“risk”"),
        ([RATE, RATE], "rate", "标识重复"),
        ([RATE, AGE.replace('id="age"', 'id="rate"')], "rate", "标识重复"),
        (
            [RATE, AGE.replace('name="age"', 'name="rate"'), decision("a", literal("1"), before=BOTH)],
            "a",
            "两个同名的“rate”",
        ),
        ([decision("a", literal("for x in y return x"))], "a", "不支持 for … return"),
        ([decision("a", literal("1", ' expressionLanguage="juel"'))], "a", "表达式语言 juel 不支持"),
        ([decision("a", literal(""))], "a", "表达式为空"),
        ([decision("a", literal("1") + literal("2"))], "a", "应当正好有一张决策表"),
        ([decision("a", "<context/>")], "a", "不支持上下文"),
        ([decision("a", "<invocation/>")], "a", "不支持调用表"),
        ([decision("a", "<relation/>")], "a", "不支持关系表"),
        ([decision("a", "<list/>")], "a", "不支持列表"),
        ([decision("a", "<functionDefinition/>")], "a", "不支持函数定义"),
        ([decision("a", "<conditional/>")], "a", "不支持条件表"),
        ([decision("a", "<literalExpression><importedValues/></literalExpression>")], "a", "不支持引入外部的值"),
        (['<import namespace="x" importType="y"/>', RATE], "d", "不支持引用其他 DMN 文件"),
        (['<businessKnowledgeModel id="k" name="k"/>', RATE], "k", "只支持一个 FEEL 表达式"),
        ([input_data("age", "money"), decision("a", literal("1"), before=OLD)], "age", "类型 money 不支持"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_or_is_not_supported_is_refused_by_name(content, element, message):
    findings = refused(*content)
    assert [found for _, found, text in findings if message in text] == [element], findings


def test_a_chain_too_long_is_refused():
    chain = [decision("d0", literal("1"))]
    chain += [decision(f"d{n}", literal(f"d{n - 1}"), before=requires(f"d{n - 1}")) for n in range(1, 51)]
    assert "超过 50 层" in refused(*chain)[0][2]
    assert evaluate(read(*chain[:50])["d49"], {}).value == 1


def test_a_cell_may_name_only_what_is_connected():
    table = decision_table([column("n", "n")], [answer("b")], [rule(1, ["limit"], ["1"])])
    ((_, element, message),) = refused(decision("a", table))
    assert element == "in_1_0"
    assert "“limit”：文字请加英文双引号" in message
    connected = read(input_data("limit"), decision("a", table, before=requires("limit", kind="Input")))
    assert evaluate(connected["a"], {"n": 3, "limit": 3}).value == 1


# --- types


def test_input_data_results_and_objects_have_the_declared_types():
    content = (
        item_definition("status", "string", '"open", "closed"'),
        item_definition("case", components=[("status", "status"), ("opened", "date"), ("count", "integer")]),
        item_definition("cases", "case", collection=True),
        input_data("cases", "cases"),
        decision(
            "result",
            variable("result", "number") + literal("cases[1].count + cases[1].opened.year"),
            before=requires("cases", kind="Input"),
        ),
    )
    result = read(*content)["result"]
    good = {"status": "open", "opened": "2026-03-01", "count": 1}
    assert evaluate(result, {"cases": [good]}).value == 2027
    assert evaluate(result, {"cases": good}).value == 2027  # one for a list of one, and back
    for wrong, message in (
        ({"status": "lost"}, r"的“status”为 \"lost\"，不在可选值"),
        ({"opened": "2026-13-01"}, "的“opened”应为 date（日期）"),
        ({"count": 1.5}, "的“count”应为 integer（数）"),
        ({"count": True}, "的“count”应为 integer（数）"),
    ):
        with pytest.raises(DecisionError, match=f"输入数据“cases”{message}"):
            evaluate(result, {"cases": [good | wrong]})
    with pytest.raises(DecisionError, match="应为对象（cases）"):
        evaluate(result, {"cases": ["x"]})


def test_a_result_of_the_wrong_type_is_an_error():
    wrong = read(decision("d", variable("d", "number") + literal("text")))["d"]
    assert isinstance(wrong, LiteralDecision)
    assert evaluate(wrong, {"text": 1}).value == 1
    assert evaluate(wrong, {"text": None}).value is None
    assert evaluate(wrong, {"text": [1]}).outputs == {"d": 1}
    with pytest.raises(DecisionError, match='决策“d”（d）的结果应为 number（数），而不是 "a"'):
        evaluate(wrong, {"text": "a"})


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (item_definition("a", "b") + item_definition("b", "a"), "引用了自己"),
        (item_definition("a", "nothing"), "类型 nothing 不支持"),
        (item_definition("a", "string") * 2, "重复定义"),
        (item_definition("string", "number"), "重复定义"),
        (item_definition("a", "number", '"x"'), "可选值.*不是数"),
        (item_definition("a", "b", collection=True) + item_definition("b", "number", collection=True), "列表的列表"),
        ('<itemDefinition name="a"><functionItem/></itemDefinition>', "不支持函数类型"),
    ],
)
def test_a_type_that_cannot_be_is_refused(definition, message):
    with pytest.raises(DefinitionRefused, match=message):
        read(definition, decision("d", literal("1")))


def test_days_and_durations_leave_as_texts():
    content = decision("d", literal('[date("2026-01-31") + duration("P1M"), duration("PT26H"), 1 / 4, 10 ** 2]'))
    assert evaluate(read(content)["d"], {}).value == ["2026-02-28", "P1DT2H", 0.25, 100]


def test_a_result_too_large_to_keep_is_an_error():
    with pytest.raises(DecisionError, match="决策“d”（d）的结果太大"):
        evaluate(read(decision("d", literal("append(n, 1)")))["d"], {"n": [0] * 30_000})


def test_lists_that_double_from_decision_to_decision_stop_before_they_eat_the_memory():
    chain = [decision("d0", literal("[1, 1]"))]
    chain += [decision(f"d{n}", literal(f"[d{n - 1}, d{n - 1}]"), before=requires(f"d{n - 1}")) for n in range(1, 40)]
    with pytest.raises(DecisionError, match="结果太大"):
        evaluate(read(*chain)["d39"], {})
    doubling = "count(" + "double(" * 20 + "[1]" + ")" * 21
    content = (
        knowledge("double", ["x"], "[x, x]"),
        decision("d", literal(doubling), before=requires("double", kind="Knowledge")),
    )
    with pytest.raises(DecisionError, match="太大"):
        evaluate(read(*content)["d"], {})


def test_knowledge_that_calls_itself_ever_more_often_stops():
    content = [knowledge("k0", ["x"], "x + 1")]
    content += [
        knowledge(f"k{n}", ["x"], f"k{n - 1}(x) + k{n - 1}(x)", before=requires(f"k{n - 1}", kind="Knowledge"))
        for n in range(1, 20)
    ]
    content.append(decision("d", literal("k19(1)"), before=requires("k19", kind="Knowledge")))
    with pytest.raises(DecisionError, match="调用业务知识模型超过"):
        evaluate(read(*content)["d"], {})


def test_texts_in_the_file_are_not_mistaken_for_elements():
    text = cell("description", "<decisionTable/>")
    assert evaluate(read(decision("d", text + literal("1")))["d"], {}).value == 1
