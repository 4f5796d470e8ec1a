"""Input cells fit what they say, or are refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decisions.cells import CellError, read_cell
from engine.decisions.types import KINDS
from engine.feel import Scope

NOTHING = Scope({}, {})


def fits(text, value, kind=""):
    return read_cell(text, kind).fits(value, NOTHING)


@pytest.mark.parametrize(
    ("text", "fitting", "other"),
    [
        ("", [1, "a", None, True], []),
        ("-", [1, "a", None, True], []),
        ('"a"', ["a"], ["b", None, 1]),
        ('"a","b"', ["a", "b"], ["c", "a,b", None]),
        ('"a,b"', ["a,b"], ["a"]),
        ('"a\\"b"', ['a"b'], ["ab"]),
        ('"a)", "(b"', ["a)", "(b"], ["a"]),
        ("5", [5, 5.0], [6, True, "5", None]),
        ("1", [1, 1.0], [True, "1"]),
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
        ("not(5)", [4, None], [5, "5"]),
        ('not("a","b")', ["c", None], ["a", "b"]),
        ("not([1..5])", [0, 6], [1, 3, None]),
        ("not(> 3)", [3], [4, None]),
        ("not(null)", [0, "a"], [None]),
        (
            'date("2026-01-01")',
            ["2026-01-01", "2026-01-01T10:00:00+08:00", "2025-12-31T16:00:00+00:00"],
            ["2026-01-02", None],
        ),
        ('< date("2026-01-01")', ["2025-12-31", "2025-12-31T23:59:59+08:00"], ["2026-01-01", "2025-12-31T16:00:00Z"]),
        ('[date("2026-01-01")..date("2026-12-31")]', ["2026-06-01"], ["2027-01-01"]),
        ('>= "2026-01-01T00:00:00+08:00"', ["2026-06-01T00:00:00+08:00"], ["2025-06-01T00:00:00+08:00"]),
        ('string length("ab")', [2], [3]),
        ("1 + 2, 10 / 4", [3, 2.5], [1]),
        ("0.3", [0.3], [0.30000000000000004]),
        ('["a", "b"], "c"', ["a", "c"], ["d"]),
        ("? > 3 and ? < 9, 20", [4, 20], [3, 9, None]),
        ("not(? > 3)", [3], [4, None]),
        ("modulo(?, 2) = 0", [4], [5]),
        ("if ? > 3 then ? < 9 else ? = 0", [0, 4], [1, 9]),
        ('date and time("2026-01-01T08:00:00+08:00")', ["2026-01-01T00:00:00Z"], ["2026-01-01T08:00:00Z"]),
        ('>= time("09:00:00")', ["09:30:00"], ["08:59:59+08:00"]),
        ('<= duration("P1DT2H")', ["PT26H", "P1D"], ["P2D"]),
        ('> duration("P1Y")', ["P13M"], ["P12M"]),
        ('@"2026-01-01", @"P3D"', [], [None]),
    ],
)
def test_an_input_cell_fits_what_it_says(text, fitting, other):
    assert [value for value in fitting if not fits(text, value)] == []
    assert [value for value in other if fits(text, value)] == []


@pytest.mark.parametrize(
    ("text", "type_ref", "message"),
    [
        ("urgent", "string", "双引号"),
        ('"a",,"b"', "string", "逗号之间是空的"),
        ('"a",', "string", "逗号之间是空的"),
        ('"a', "string", "引号没有配对"),
        ("“a”", "string", "英文引号"),
        ("'a'", "string", "英文双引号"),
        ('"a"，"b"', "string", "英文引号"),
        ("5", "string", "不是文字"),
        ('"5"', "number", "不是数"),
        ("1", "boolean", "不是是否"),
        ("true", "number", "不是数"),
        ("[5..1]", "number", "起点大于终点"),
        ("[1..5", "number", "结尾"),
        ("[1..]", "number", "写法有误"),
        ("< true", "", "比较大小"),
        ("> null", "", "比较大小"),
        (">", "number", "写法有误"),
        ("= 5", "number", "写法有误"),
        ("!= 5", "number", "写法有误"),
        ('date("2026-13-01")', "date", "不是有效的日期"),
        ('"2026-01-01"', "date", "不是日期"),
        ("[1]", "string", "不是文字"),
        ("__import__", "", "下划线"),
        ("__import__('os')", "", "写法有误"),
        ('"a".__class__', "", "文字没有"),
        ("().__class__", "", "写法有误"),
        ("9**9**9**9", "", "数值过大"),
        ("a > 5", "number", "用 [?] 表示本列"),
        ("count > 5", "number", "用 [?] 表示本列"),
        ("some x in y satisfies x", "", "不支持 some"),
        ("[1..5] + 1", "", "区间只能"),
        ("[true..5]", "", "不能与是否比较大小"),
        ("not()", "string", "逗号之间是空的"),
        ('not("a"), not("b")', "string", "写法有误"),
    ],
)
def test_a_cell_that_would_not_decide_as_written_is_refused(text, type_ref, message):
    with pytest.raises(CellError, match=message):
        read_cell(text, KINDS.get(type_ref, ""), type_name=type_ref)


def test_a_condition_must_come_out_true_or_false():
    with pytest.raises(TypeError, match="应得出是否，而不是数"):
        fits("? + 1", 3)


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
    assert fits(f"{opening}{low}..{high}{closing}", value, "数") is expected
    assert fits(f"not({opening}{low}..{high}{closing})", value, "数") is not expected


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters='\\"\n\r\x00')), min_size=1, max_size=5))
def test_any_list_of_quoted_texts_fits_exactly_those_texts(texts):
    cell = read_cell(", ".join(f'"{text}"' for text in texts), "文字")
    assert all(cell.fits(text, NOTHING) for text in texts)
    assert not cell.fits("".join(texts) + "!", NOTHING)


@given(st.text(max_size=40))
def test_any_cell_text_is_read_or_refused_but_never_crashes(text):
    with suppress(CellError):
        read_cell(text)
