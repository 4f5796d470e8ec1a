"""A form's file decides what may be submitted, in words its user understands."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import forms
from engine.errors import DefinitionRefused, InvalidInput

ROOT = Path(__file__).parents[2]
OPTIONS = {
    "departments": {"office_service": "社区服务办", "office_safety": "社区平安办"},
    "areas": {"north": "北石片区"},
}


def schema(properties, required=(), **more):
    return {
        "title": "受理",
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def load(properties, required=(), **more):
    return forms.load(json.dumps(schema(properties, required, **more)).encode())


DECISION = {
    "title": "结论",
    "type": "string",
    "enum": ["accept", "refuse"],
    "x-labels": {"accept": "受理", "refuse": "不予受理"},
}
FORM = load(
    {
        "decision": DECISION,
        "reason": {
            "title": "理由",
            "type": "string",
            "maxLength": 10,
            "x-message": "请写明理由",
            "x-show-when": {"field": "decision", "in": ["refuse"]},
        },
        "lead": {"title": "主办", "type": "string", "x-options": "departments"},
        "helpers": {
            "title": "协办",
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 2,
            "uniqueItems": True,
            "x-options": "departments",
        },
        "count": {"title": "件数", "type": "integer", "minimum": 1, "maximum": 5},
        "urgent": {"title": "紧急", "type": "boolean"},
        "at": {"title": "时间", "type": "string", "format": "date-time"},
        "phone": {"title": "电话", "type": "string", "pattern": "^[0-9]{8,11}$"},
        "attempts": {
            "title": "联系",
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["slot"],
                "properties": {
                    "slot": {"title": "时段", "type": "string", "enum": ["morning", "evening"]},
                    "area": {"title": "片区", "type": "string", "x-options": "areas"},
                },
            },
        },
    },
    ["decision"],
    allOf=[
        {
            "if": {"properties": {"decision": {"const": "refuse"}}, "required": ["decision"]},
            "then": {"required": ["reason"]},
            "else": {"required": ["lead"]},
        }
    ],
)
ACCEPTED = {"decision": "accept", "lead": "office_service"}


def problems(data, form=FORM, options=OPTIONS):
    with pytest.raises(InvalidInput) as refused:
        forms.validate(form, data, options)
    return refused.value.fields


def refused_fields(data):
    """None when the submission is taken."""
    try:
        forms.validate(FORM, data, OPTIONS)
    except InvalidInput as error:
        return error.fields
    return None


def test_a_complete_form_passes():
    forms.validate(
        FORM,
        {
            **ACCEPTED,
            "helpers": ["office_safety"],
            "count": 3,
            "urgent": False,
            "at": "2026-03-02T09:00:00+08:00",
            "phone": "02112345678",
            "attempts": [{"slot": "morning", "area": "north"}],
        },
        OPTIONS,
    )


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"decision": "maybe"}, "decision", "请从列表中选择"),
        ({"decision": None}, "decision", "请填写文字"),
        ({"lead": "center"}, "lead", "请从列表中选择"),
        ({"lead": ["office_service"]}, "lead", "请填写文字"),
        ({"helpers": ["office_safety", "center"]}, "helpers", "请从列表中选择"),
        ({"helpers": ["office_safety", "office_safety"]}, "helpers", "有重复的项"),
        ({"helpers": ["office_safety", "office_service", "office_safety"]}, "helpers", "最多 2 项（现有 3 项）"),
        ({"helpers": "office_safety"}, "helpers", "请按列表填写"),
        ({"helpers": [["office_safety"]]}, "helpers", "第1项：请填写文字"),
        ({"count": 0}, "count", "不能小于 1"),
        ({"count": 6}, "count", "不能大于 5"),
        ({"count": "3"}, "count", "请填写整数"),
        ({"count": True}, "count", "请填写整数"),
        ({"count": 1.5}, "count", "请填写整数"),
        ({"urgent": "yes"}, "urgent", "请选择是或否"),
        ({"at": "yesterday"}, "at", "请填写有效的日期和时间"),
        ({"phone": "abc"}, "phone", "格式不正确"),
        ({"attempts": [{"slot": "morning"}, {"slot": "noon"}]}, "attempts", "第2项“时段”：请从列表中选择"),
        ({"attempts": [{}]}, "attempts", "第1项“时段”：此项必填"),
        ({"attempts": [{"slot": "morning", "area": "south"}]}, "attempts", "请从列表中选择"),
        ({"attempts": [{"slot": "morning", "actor": "someone"}]}, "attempts", "表单没有这个字段"),
        ({"attempts": ["morning"]}, "attempts", "第1项：格式不正确"),
    ],
)
def test_each_field_says_in_chinese_what_is_wrong_with_it(change, field, message):
    assert problems({**ACCEPTED, **change}) == {field: message}


def test_what_is_missing_is_asked_for():
    assert problems({}) == {"decision": "此项必填", "lead": "此项必填"}
    assert problems({"decision": "accept"}) == {"lead": "此项必填"}


def test_a_conditional_requirement_lands_on_its_field_with_the_authors_own_words():
    assert problems({"decision": "refuse"}) == {"reason": "请写明理由"}
    forms.validate(FORM, {"decision": "refuse", "reason": "超出辖区"}, OPTIONS)


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "　"])
def test_blanks_are_no_answer(blank):
    assert problems({"decision": "refuse", "reason": blank}) == {"reason": "请写明理由"}
    forms.validate(FORM, {**ACCEPTED, "phone": blank, "reason": blank}, OPTIONS)


def test_the_authors_words_do_not_hide_that_a_text_is_too_long():
    assert problems({"decision": "refuse", "reason": "很" * 11}) == {"reason": "最多 10 个字（现有 11 个字）"}


def test_a_field_the_form_did_not_show_may_not_carry_a_value():
    assert problems({**ACCEPTED, "reason": "藏在后面"}) == {"reason": "“结论”的选择下没有此项，请清空"}


def test_a_hidden_field_does_not_satisfy_anything():
    hidden_twice = load(
        {
            "first": {"title": "甲", "type": "boolean"},
            "second": {"title": "乙", "type": "boolean", "x-show-when": {"field": "first", "in": [True]}},
            "third": {"title": "丙", "type": "string", "x-show-when": {"field": "second", "in": [True]}},
        }
    )
    forms.validate(hidden_twice, {"first": True, "second": True, "third": "x"})
    assert set(problems({"first": False, "second": True, "third": "x"}, hidden_twice)) == {"second"}
    assert set(problems({"first": 1}, hidden_twice)) == {"first"}


def test_a_field_may_depend_on_one_of_several_choices():
    form = load(
        {
            "ways": {"title": "方式", "type": "array", "items": {"type": "string", "enum": ["sms", "visit"]}},
            "address": {"title": "地址", "type": "string", "x-show-when": {"field": "ways", "in": ["visit"]}},
        }
    )
    forms.validate(form, {"ways": ["sms", "visit"], "address": "x"})
    assert set(problems({"ways": ["sms"], "address": "x"}, form)) == {"address"}


@pytest.mark.parametrize("name", ["actor", "assignee", "__class__", "typename", "len", "x" * 5000])
def test_fields_the_form_does_not_have_are_refused(name):
    assert problems({**ACCEPTED, name: "x"}) == {name[:60]: "表单没有这个字段"}


def test_a_choice_without_its_catalogue_is_refused():
    assert problems(ACCEPTED, options={}) == {"lead": "请从列表中选择"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"bytes", "不能保存"),
        ({1, 2}, "不能保存"),
        (object(), "不能保存"),
        (("a",), "不能保存"),
        (float("nan"), "数值过大"),
        (float("inf"), "数值过大"),
        pytest.param(10**5000, "数值过大", id="huge integer"),
        ("a\x00b", "控制字符"),
        ("\ud800", "不完整的字符"),
        ({1: "a"}, "名称必须是文字"),
        ([[[[[[[[["deep"]]]]]]]]], "嵌套超过"),
        ("a" * 70_000, "内容过长"),
        (["a"] * 10_000, "内容过多"),
    ],
)
def test_what_is_no_json_or_too_large_is_refused_before_anything_else(value, message):
    assert message in problems({**ACCEPTED, "phone": value})["phone"]


def test_many_small_fields_together_are_capped_too():
    with pytest.raises(InvalidInput, match="最多 64 KB"):
        forms.validate(FORM, {f"f{i}": "很" * 1000 for i in range(30)}, OPTIONS)
    with pytest.raises(InvalidInput, match="必须是文字"):
        forms.validate(FORM, {1: "a"}, OPTIONS)


def test_a_bomb_of_nested_lists_is_refused_at_once():
    bomb: object = "x"
    for _ in range(100_000):
        bomb = [bomb]
    started = time.perf_counter()
    assert "嵌套" in problems({**ACCEPTED, "phone": bomb})["phone"]
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("properties", "more", "message"),
    [
        ({"a": {"type": "string", "maxLenght": 3}}, {}, "不认识的关键字 maxLenght"),
        ({"a": {"type": "string", "x-shown": True}}, {}, "不认识的关键字 x-shown"),
        ({"a": {"$ref": "http://169.254.169.254/"}}, {}, "不认识的关键字 $ref"),
        ({"a": {"type": "string"}}, {"additionalProperties": True}, "additionalProperties"),
        ({"a": {"type": "object", "properties": {}}}, {}, "additionalProperties"),
        ({"a": {"type": "array", "items": {"type": "object", "properties": {}}}}, {}, "additionalProperties"),
        ({"a": {"type": "array"}}, {}, "须写明 items"),
        ({"a": {}}, {}, "须写明 type"),
        ({"a": {"type": ["string", "null"]}}, {}, "不支持"),
        ({"a": {"type": "string", "format": "email"}}, {}, "格式 email 不支持"),
        ({"a": {"type": "string", "pattern": "("}}, {}, "正则表达式"),
        ({"a": {"type": "string", "pattern": "^(a+)+$"}}, {}, "嵌套重复"),
        ({"len": {"type": "string"}}, {}, "字段名“len”不能使用"),
        ({"typename": {"type": "string"}}, {}, "字段名“typename”不能使用"),
        ({"deadline": {"type": "string"}}, {}, "字段名“deadline”不能使用"),
        ({"_a": {"type": "string"}}, {}, "字段名“_a”不能使用"),
        ({"class": {"type": "string"}}, {}, "字段名“class”不能使用"),
        ({"甲": {"type": "string"}}, {}, "字段名“甲”不能使用"),
        ({"a": {"type": "string"}}, {"required": ["b"]}, "“b”不是表单的字段"),
        ({"a": {"type": "string"}}, {"allOf": [{"then": {"required": ["b"]}}]}, "“b”不是表单的字段"),
        ({"a": {"type": "string", "enum": ["x"], "x-labels": {"y": "乙"}}}, {}, "一一对应"),
        ({"a": {"type": "string", "x-show-when": {"field": "b", "in": ["x"]}}}, {}, "“b”不存在"),
        ({"a": {"type": "string", "x-show-when": {"field": "a", "in": ["x"]}}}, {}, "“a”不存在"),
        ({"a": {"type": "string", "x-show-when": "b"}}, {}, "x-show-when 应写作"),
        ({"a": DECISION, "b": {"type": "string", "x-show-when": {"field": "a", "in": ["maybe"]}}}, {}, "enum"),
        ({"a": {"type": "string", "x-message": ""}}, {}, "x-message 应为文字"),
        ({"a": {"type": "string"}}, {"title": ""}, "缺少 title"),
        ({"a": {"type": "string"}}, {"$schema": "http://json-schema.org/draft-07/schema#"}, "schema 应为"),
        ({"a": {"type": "string", "minLength": "1"}}, {}, "不符合 JSON Schema"),
        ({"a": "string"}, {}, "不符合 JSON Schema"),
        ({"a": {"type": "string"}}, {"type": "array"}, "最外层"),
    ],
)
def test_a_form_that_would_not_be_enforced_as_written_is_refused(properties, more, message):
    with pytest.raises(DefinitionRefused, match=message.replace("$", r"\$")):
        load(properties, **more)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"null", b'{"type": "object", "type": "object"}', b"\xff\xfe", b"[" * 100_000, b" " * 300_000],
)
def test_what_is_no_form_at_all_is_refused(content):
    with pytest.raises(DefinitionRefused, match="表单"):
        forms.load(content)


def test_all_faults_of_a_form_come_at_once_with_their_fields():
    with pytest.raises(DefinitionRefused) as refused:
        load({"a": {"type": "string", "maxLenght": 1}, "b": {"type": "string", "format": "uri"}})
    assert [(f.rule, f.element) for f in refused.value.findings] == [("form", "a"), ("form", "b")]


def test_the_catalogues_a_form_needs_are_known_wherever_they_stand():
    assert forms.referenced_catalogues(FORM) == {"departments", "areas"}
    assert forms.referenced_catalogues(load({"a": {"type": "string"}})) == set()


@pytest.mark.parametrize("path", sorted((ROOT / "forms").glob("*/*.json")), ids=lambda path: path.stem)
def test_every_form_of_the_product_can_be_enforced(path):
    form = forms.load(path.read_bytes())
    assert form["title"]
    for name, field in form["properties"].items():
        assert field.get("title"), name


@given(
    st.dictionaries(
        st.sampled_from([*FORM["properties"], "evil"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_any_submission_is_taken_or_refused_field_by_field(data):
    refused = refused_fields(data)
    assert refused != {}
    if refused is None:
        assert data["decision"] in ("accept", "refuse")
        assert set(data) <= set(FORM["properties"])
