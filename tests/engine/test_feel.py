"""FEEL computes as DMN 1.3 says, or refuses by name what it does not support; no source is run as code."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.feel import FeelRefused, Scope, plain, read_expression, read_unary_tests

VARIABLES = {
    "n": 3,
    "none": None,
    "text": "abc",
    "items": [10, 20, 30],
    "case": {"kind": "x", "parts": [{"size": 1}, {"size": 2}], "due at": 5},
    "day": "2026-03-02",
    "at": "2026-03-02T09:00:00+08:00",
}


def value(source, functions=None, **variables):
    known = {*VARIABLES, "due at"}
    scope = Scope({**VARIABLES, **variables}, functions or {})
    return plain(read_expression(source, known).evaluate(scope))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # literals (10.3.1.2)
        ("1", 1),
        ("-.872", -0.872),
        ("1.5e2", 150),
        ('"a\\"b\\n\\u6a2a\\\\"', 'a"b\n横\\'),
        ("true", True),
        ("null", None),
        ("[1, [2], null]", [1, [2], None]),
        ("[]", []),
        ('{a: 1, "b c": n + 1}', {"a": 1, "b c": 4}),
        # arithmetic (10.3.2.12): decimals, null from null and from division by zero, minus binds tightest
        ("1 + 2 * 3 - 4 / 2", 5),
        ("10 - 2 - 3", 5),
        ("2 ** 3 ** 2", 64),
        ("-2 ** 2", 4),
        ("5 - -n", 8),
        ("--n", 3),
        ("0.1 + 0.2", 0.3),
        ("1 / 3 * 3 = 1", False),
        ("(1 + 2) * (3 + 4)", 21),
        ("none + 1", None),
        ("1 - none", None),
        ("none * none", None),
        ("2 / none", None),
        ("none ** 2", None),
        ("-none", None),
        ("1 / 0", None),
        ("(-1) ** 0.5", None),
        ("0 ** 0", None),
        ('"a" + "b"', "ab"),
        # comparison (tables 53 and 54)
        ("n = 3.0", True),
        ("n != 3", False),
        ('n = "3"', None),
        ('n != "3"', None),
        ("none = null", True),
        ("n = null", False),
        ("n > none", None),
        ("[1, 2] = [1, 2.0]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [1, 2]", False),
        ("{a: 1} = {a: 1}", True),
        ("{a: 1} = {b: 1}", False),
        ('"a" < "b"', True),
        ("n between 1 and 3", True),
        ("n between 4 and 5", False),
        ("none between 4 and 5", None),
        ("n in [1..3)", False),
        ("n in (1..3]", True),
        ("n in (1, 2, 3)", True),
        ("n in (< 2, > 4)", False),
        ("n in > 2 and true", True),
        ("n in items", False),
        ("20 in items", True),
        ("null in items", False),
        ("[1] in [[1], 2]", True),
        ("true in [1, false]", False),
        ("n in (5)", False),
        ("n in ([1..3])", True),
        ("n in ([4..5], 3)", True),
        ("n in (1, [2..3])", True),
        ("items in items", True),
        ("n in ((1..3], 9)", True),
        ("n in (not(true), 3)", True),
        ("n in (? > 2 and ? < 9)", True),
        # ternary logic (table 50)
        ("true and null", None),
        ("false and null", False),
        ("null and false", False),
        ("true or null", True),
        ("null or true", True),
        ("false or null", None),
        ("true and true or false", True),
        ("true or false and false", True),
        ("not(true)", False),
        ("not(null)", None),
        # if
        ('if n > 2 then "big" else "small"', "big"),
        ('if null then "yes" else "no"', "no"),
        ("1 + (if n > 2 then 10 else 20)", 11),
        # components and elements, from 1
        ("case.kind", "x"),
        ("case.parts.size", [1, 2]),
        ("case.parts[2].size", 2),
        ("case.due at + 1", 6),
        ("items[1]", 10),
        ("items[-1]", 30),
        ("items[4]", None),
        ("items[0]", None),
        ("n[1]", 3),
        ("none.kind", None),
        ("[10, 20][n - 1]", 20),
        # days, times, durations (10.3.2.3)
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('duration("P1Y2M") + date("2026-01-31")', "2027-03-31"),
        ('date("2026-03-01") - duration("P1M")', "2026-02-01"),
        ('date("2026-03-01") - duration("P1D")', "2026-02-28"),
        ('date("2026-03-01") - date("2026-02-01")', "P28D"),
        ('date("2026-03-01") - duration("PT1H")', "2026-02-28"),
        ('date("2026-03-01") + duration("PT23H")', "2026-03-01"),
        ('date and time("2026-03-01T00:00:00Z") = date("2026-03-01")', None),
        ('date and time("2026-03-01T00:00:00+08:00") + duration("PT36H")', "2026-03-02T12:00:00+08:00"),
        ('date and time("2026-03-02T00:00:00Z") - date and time("2026-03-01T23:00:00Z")', "PT1H"),
        ('date and time(date("2026-03-01"), time("08:30:00"))', "2026-03-01T08:30:00+08:00"),
        ('duration("P1Y") + duration("P2M")', "P1Y2M"),
        ('duration("P1D") - duration("PT1H")', "PT23H"),
        ('-duration("P1DT0.5S")', "-P1DT0.5S"),
        ('duration("P0M")', "P0M"),
        ('duration("PT0S")', "P0D"),
        ('date(2026, 3, 2) = @"2026-03-02"', True),
        ('@"2026-03-02T09:00:00+08:00" = date and time("2026-03-02T01:00:00Z")', True),
        ('@"09:00:00" < @"10:00:00" and @"PT1H" < @"P1D"', True),
        ('date("2026-03-02").year + date("2026-03-02").weekday', 2027),
        ('time("09:30:15").minute', 30),
        ('date("2026-03-02") = day', True),
        ('day < date("2026-03-03")', True),
        ("date(at) = day", True),
        ('date and time("2026-03-02T01:00:00Z") = at', True),
        ('date(day) + duration("P1D")', "2026-03-03"),
        # functions (10.3.4)
        ("min(items)", 10),
        ("max(1, n, 2)", 3),
        ("min([])", None),
        ("max(1, null)", None),
        ("sum(items)", 60),
        ("sum([])", None),
        ("sum(0.1, 0.2)", 0.3),
        ("mean(items)", 20),
        ("mean([])", None),
        ("count([])", 0),
        ("all([true, null])", None),
        ("all([null, false])", False),
        ("any([false, true, null])", True),
        ("any([false, null])", None),
        ("list contains(items, 20)", True),
        ("list contains([1, null], null)", True),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("concatenate([1], [2, 3])", [1, 2, 3]),
        ("abs(-2.5)", 2.5),
        ("floor(-1.5)", -2),
        ("ceiling(1.2)", 2),
        ("decimal(2.5, 0)", 2),
        ("decimal(1/3, 2)", 0.33),
        ("round half up(2.5, 0)", 3),
        ("modulo(-12, 5)", 3),
        ("modulo(12, -5)", -3),
        ("modulo(1, 0)", None),
        ("string(1.50)", "1.5"),
        ("string(true)", "true"),
        ('string(date("2026-03-02"))', "2026-03-02"),
        ('number("1.5") + 1', 2.5),
        ('number("x")', None),
        ('string length("民呼")', 2),
        ('upper case("ab") + lower case("CD")', "ABcd"),
        ('substring("foobar", 3)', "obar"),
        ('substring("foobar", 3, 3)', "oba"),
        ('substring("foobar", -2, 1)', "a"),
        ('contains(text, "b") and starts with(text, "a") and ends with(text, "c")', True),
    ],
)
def test_an_expression_has_the_value_of_the_standard(source, expected):
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('"a" + 1', "“[+]”不能用于文字和数"),
        ("n + true", "“[+]”不能用于数和是否"),
        ('n - "a"', "“-”不能用于数和文字"),
        ("text * 2", "“[*]”不能用于文字和数"),
        ("-text", "“-”不能用于文字"),
        ('n > "a"', "类型不同，不能比较大小"),
        ("true < false", "是否不能比较大小"),
        ("[1] < [2]", "列表不能比较大小"),
        ('day > date("x")', "不是有效的时间"),
        ('text > date("2026-01-01")', "不是有效的时间"),
        ('date("2026-02-30")', "不是有效的日期"),
        ('time("25:00:00")', "不是有效的钟点"),
        ('duration("P")', "不是有效的时长"),
        ('duration("P1Y1D")', "不是有效的时长"),
        ('duration("P1Y") < duration("P400D")', "类型不同"),
        ('date("2026-01-01") + 1', "不能用于日期和数"),
        ('date("9999-12-31") + duration("P1D")', "超出范围"),
        ('date("9999-12-31") + duration("P1M")', "超出范围"),
        ("1 and true", "“and”只能用于是否"),
        ('substring("a", 0)', "从 1 起"),
        ("if 1 then 2 else 3", "“if”只能用于是否"),
        ("not(1)", "not\\(…\\) 只能用于是否"),
        ("case.size", "没有“size”这一项（有：kind"),
        ("n.size", "数没有“size”"),
        ("items[1.5]", "下标应是整数"),
        ("items[true]", "不支持按条件筛选"),
        ("unknown + 1", "没有变量“unknown”"),
        ("unknown(1)", "没有函数“unknown”"),
        ("abs()", "abs 的参数个数不对"),
        ("abs(1, 2)", "abs 的参数个数不对"),
        ("abs(text)", "应为数，而不是文字"),
        ("count(null)", "应为列表"),
        ("all(true, 1)", "应为是否"),
        ("any([1])", "应为是否"),
        ("all()", "缺少参数"),
        ('time("09:00:00+19:00")', "时区超出"),
        ('date and time("2026-03-01T09:00:00-19:00")', "时区超出"),
        ('date and time("2026-03-01T00:00:00Z") - date("2026-03-01")', "不能用于时间和日期"),
        ('date and time("2026-03-01T00:00:00Z") > date("2026-03-01")', "类型不同"),
        ("contains(items, 1)", "列表请用 list contains"),
        ("decimal(1, 99)", "位数应是"),
        ("9 ** 9 ** 9", "数值过大"),
        ("1e15 * 1e18", "数值过大"),
        ("append(items, 1) = big", "没有变量“big”"),
    ],
)
def test_what_has_no_value_is_an_error_that_says_why(source, message):
    with pytest.raises(InvalidInput, match=message):
        value(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "表达式为空"),
        ("1 +", "写法有误"),
        ('"a" + 1', "不能用于文字和数"),
        ("(1", "写法有误"),
        ("1 2", "写法有误"),
        ("a b", "写法有误"),
        ("1 == 1", "相等请写 ="),
        ("a && b", "请用 and、or、not"),
        ("!a", "请用 and、or、not"),
        ("'a'", "文字请用英文双引号"),
        ("“a”", "请用英文引号"),
        ("5 % 2", "余数请用 modulo"),
        ("7 // 2", "不支持注释"),
        ("1 /* x */", "不支持注释"),
        ('"a', "引号没有配对"),
        ('"\\ud800"', "不是有效的字符"),
        ("for x in items return x", "不支持 for"),
        ("some x in items satisfies x", "不支持 some"),
        ("every x in items satisfies x", "不支持 every"),
        ("function(x) x", "不支持 函数定义"),
        ("n instance of number", "写法有误"),
        ("f(a: 1)", "不支持具名参数"),
        ("{a: 1, a: 2}", "写了两次"),
        ("[1..3]", "区间只能"),
        ("[[1..3]]", "区间只能"),
        ("1 + [1..3]", "区间只能"),
        ("n in [3..1]", "起点大于终点"),
        ("? > 1", "[?] 只能用在输入单元格里"),
        ("__import__", "不能以下划线开头"),
        ("1e99", "数值过大"),
        ("lambda: 1", "写法有误"),
        ("[x for x in items]", "写法有误"),
        ("import os", "写法有误"),
        ("(" * 100 + "1" + ")" * 100, "嵌套超过"),
        ("[" * 100 + "1" + "]" * 100, "嵌套超过"),
        ("if true then " * 100 + "1" + " else 2" * 100, "嵌套超过"),
        ("-" * 100 + "1", "负号太多"),
        ("n in (" * 100 + "1" + ")" * 100, "嵌套超过"),
        ("a" * 4001, "表达式太长"),
    ],
)
def test_what_is_not_supported_is_refused_before_it_runs(source, message):
    with pytest.raises(FeelRefused, match=message):
        read_expression(source)


@pytest.mark.parametrize(
    "source",
    ["+".join(["n"] * 1500), " and ".join(["true"] * 400), "n" + "[1]" * 1000, "*".join(["1"] * 1900), "-1" * 1500],
)
def test_a_long_but_flat_expression_is_computed(source):
    assert value(source) is not None


def test_a_long_name_is_one_word_only_where_it_is_known():
    assert read_expression("due at + 1", {"due at"}).names == {"due at"}
    assert read_expression("due  at+1", {"due at"}).names == {"due at"}
    assert read_expression("a-b", {"a-b"}).names == {"a-b"}
    assert read_expression("a-b-c", {"a-b", "a-b-c"}).names == {"a-b-c"}
    assert read_expression("a-b").names == {"a", "b"}
    assert read_expression("due attic", {"due at", "due attic"}).names == {"due attic"}
    assert read_expression("date and time", {"date and time"}).names == {"date and time"}
    with pytest.raises(FeelRefused):
        read_expression("due attic", {"due at"})


def test_texts_do_not_grow_without_bound():
    with pytest.raises(InvalidInput, match="相加的结果太长"):
        value("long + long", long="x" * 60_000)


def test_functions_are_found_by_name_and_a_variable_never_hides_them():
    assert value("double(n) + 1", {"double": lambda number: number * 2}) == 7
    assert value("sum(items)", {"sum": lambda items: 0}, sum=1) == 60
    assert read_expression("sum + double(n)").names == {"sum", "n"}
    assert read_expression("sum + double(n)").calls == {"double"}


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.integers(-50, 50).map(lambda n: (f"({n})", Fraction(n))),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda t: (
                f"({t[0][0]} {t[1]} {t[2][0]})",
                {"+": t[0][1] + t[2][1], "-": t[0][1] - t[2][1], "*": t[0][1] * t[2][1]}[t[1]],
            )
        ),
        max_leaves=8,
    )
)
def test_arithmetic_agrees_with_fractions(pair):
    source, expected = pair
    assert Fraction(Decimal(value(source))) == expected


WORDS = (
    '1 n "a" [ ] ( ) { } .. , + - * / ** < >= = != . : and or not if then else in between null true ? @ date min items'
)
ALPHABET = st.sampled_from(WORDS.split())


@settings(max_examples=150, deadline=None)
@given(st.lists(ALPHABET, max_size=25).map(" ".join))
def test_any_words_are_read_or_refused_and_computed_or_refused_but_never_crash(source):
    with suppress(InvalidInput):
        value(source)
    with suppress(InvalidInput):
        read_unary_tests(source)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_but_never_crashes(source):
    with suppress(FeelRefused):
        read_expression(source)
