"""FEEL's smallest pieces: constants, variables, calls, lists, objects, intervals, and what hangs on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import ChainMap
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.durations import read_date, read_duration, read_moment, read_time
from engine.feel.functions import BUILT_INS
from engine.feel.paths import component, element
from engine.feel.tokens import FeelRefused, Words, short, unquoted
from engine.feel.unary_tests import NOTHING, Compute, Scope, Span, Test, UnaryTest, between, ordered
from engine.feel.values import Value, compare, kind

MAX_DEPTH = 30
THIS = "?"  # the value a cell tests
_LONG_FUNCTIONS = [name for name in BUILT_INS if " " in name]
_CONSTANTS = {"true": True, "false": False, "null": None}
_REFUSED = {
    "for": "for … return",
    "some": "some … satisfies",
    "every": "every … satisfies",
    "function": "函数定义",
    "instance": "instance of",
}


@dataclass(frozen=True)
class Node:
    """A piece that was read: how to compute it, whether it is constant, and the test it is when an interval."""

    compute: Compute
    constant: bool = True
    interval: UnaryTest | None = None


class Primaries(Words, ABC):
    """Reads the smallest pieces; remembers the variables and functions they use."""

    def __init__(self, source: str, names: Collection[str] = (), functions: Collection[str] = ()) -> None:
        super().__init__(source, names, [*_LONG_FUNCTIONS, *functions])
        self.names: set[str] = set()
        self.calls: set[str] = set()
        self.depth = 0
        self.asked = False  # whether the tested value was named

    @abstractmethod
    def expression(self) -> Node:
        """Any expression."""

    def deeper(self) -> None:
        """Count a level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelRefused(f"表达式嵌套超过 {MAX_DEPTH} 层：“{short(self.source)}”。")

    def value(self, node: Node) -> Node:
        """The node, unless it is an interval, which is no value here."""
        if node.interval is not None:
            self.refuse("区间只能写在输入单元格里或 in 之后")
        return node

    def postfix(self) -> Node:
        """A value with its components and elements: a.b, a[1]."""
        node = self._primary()
        steps: list[Callable[[Value, Scope], Value]] = []
        constant = node.constant
        while node.interval is None:
            if self.take("."):
                token = self.next()
                if token.kind != "name":
                    self.refuse()
                steps.append(component(token.text))
            elif self.sees("[") and not self._closes_interval():
                self.next()
                index = self.value(self.expression())
                self.expect("]")
                steps.append(element(index.compute))
                constant = constant and index.constant
            else:
                break
        if not steps:
            return node
        start = node.compute

        def compute(scope: Scope) -> Value:
            value = start(scope)
            for step in steps:
                value = step(value, scope)
            return value

        return Node(compute, constant)

    def _closes_interval(self) -> bool:
        """In ]1..5[ the last bracket opens nothing."""
        token = self.peek(1)
        return token.kind == "end" or (token.kind in ("sign", "keyword") and token.text in (",", ")", "]", "and", "or"))

    def _primary(self) -> Node:
        token = self.next()
        if token.kind == "number":
            return self._number(token.text)
        if token.kind == "text":
            return _constant(unquoted(token.text))
        if token.kind == "name":
            return self._call(token.text) if self.sees("(") else self._variable(token.text)
        if token.kind == "keyword":
            return self._keyword(token.text)
        if token.text in ("(", "[", "]"):
            return self._bracket(token.text)
        if token.text == "{":
            return self._context()
        if token.text == "@":
            return self._at_literal()
        if token.text == THIS:
            self.asked = True
            return Node(lambda scope: scope.variables[THIS], False)
        self.refuse()

    def _number(self, text: str) -> Node:
        value = int(text) if text.isdecimal() else Decimal(text)
        if value and not -18 <= Decimal(value).adjusted() <= 18:
            self.refuse("数值过大或过小")
        return _constant(value)

    def _variable(self, name: str) -> Node:
        if name.startswith("_"):
            self.refuse(f"名称“{name}”不能以下划线开头")
        self.names.add(name)
        return Node(lambda scope: scope.variables[name], False)

    def _keyword(self, text: str) -> Node:
        if text in _CONSTANTS:
            return _constant(_CONSTANTS[text])
        if text == "not" and self.sees("("):
            return self._call("not")
        if text in _REFUSED:
            self.refuse(f"不支持 {_REFUSED[text]}")
        self.refuse()

    def _call(self, name: str) -> Node:
        self.expect("(")
        arguments: list[Node] = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.value(self.expression()))
            if self.sees(":"):
                self.refuse("不支持具名参数")
        computes = [argument.compute for argument in arguments]
        built_in = BUILT_INS.get(name)
        if built_in is not None:
            return Node(_built_in(name, built_in, computes), all(argument.constant for argument in arguments))
        self.calls.add(name)
        return Node(lambda scope: scope.functions[name](*[one(scope) for one in computes]), False)

    def _bracket(self, opening: str) -> Node:
        """A bracketed expression, a list, or an interval."""
        self.deeper()
        if opening == "[" and self.take("]"):
            self.depth -= 1
            return Node(lambda _: [])
        nodes = [self.expression()]
        if self.sees("."):
            self.refuse()
        if self.take(".."):
            node = self._interval(opening, self.value(nodes[0]))
        elif opening == "(":
            self.expect(")")
            node = self.value(nodes[0])
        elif opening == "[":
            while self.take(","):
                nodes.append(self.expression())
            self.expect("]")
            computes = [self.value(one).compute for one in nodes]
            node = Node(lambda scope: [one(scope) for one in computes], all(one.constant for one in nodes))
        else:
            self.refuse()
        self.depth -= 1
        return node

    def _interval(self, opening: str, low: Node) -> Node:
        high = self.value(self.expression())
        closing = self.next()
        if closing.kind != "sign" or closing.text not in ("]", ")", "["):
            self.refuse("区间应以 ]、) 或 [ 结尾")
        from_low, to_high = opening == "[", closing.text == "]"
        for bound in (low, high):
            self.orderable(bound)
        test = _between(low.compute, high.compute, from_low, to_high)
        if not (low.constant and high.constant):
            return Node(_no_value, False, UnaryTest(test))
        span = Span(low.compute(NOTHING), high.compute(NOTHING), from_low, to_high)
        if (compare(span.low, span.high) or 0) > 0:
            self.refuse("区间的起点大于终点")
        return Node(_no_value, True, UnaryTest(test, span))

    def orderable(self, bound: Node) -> None:
        """Refuse a constant that nothing can be compared with."""
        if bound.constant:
            value = bound.compute(NOTHING)
            if kind(value) in ("空值", "是否", "列表", "对象"):
                self.refuse(f"不能与{kind(value)}比较大小")

    def _context(self) -> Node:
        self.deeper()
        entries: dict[str, Node] = {}
        while not self.take("}"):
            if entries:
                self.expect(",")
            token = self.next()
            if token.kind not in ("name", "text"):
                self.refuse()
            self.expect(":")
            key = unquoted(token.text) if token.kind == "text" else token.text
            if key in entries:
                self.refuse(f"“{key}”写了两次")
            entries[key] = self.value(self.expression())
        self.depth -= 1
        computes = {key: node.compute for key, node in entries.items()}
        constant = all(node.constant for node in entries.values())
        return Node(lambda scope: {key: one(scope) for key, one in computes.items()}, constant)

    def _at_literal(self) -> Node:
        """@"2026-01-01": a day, moment, time or duration (10.3.1.2)."""
        token = self.next()
        if token.kind != "text":
            self.refuse()
        text = unquoted(token.text)
        if "P" in text[:2]:
            return _constant(read_duration(text))
        if ":" in text[:3]:
            return _constant(read_time(text))
        return _constant(read_moment(text) if "T" in text else read_date(text))


def condition(compute: Compute) -> Test:
    """A test that says itself what must be true of `?`."""

    def fits(value: Value, scope: Scope) -> bool | None:
        answer = compute(Scope(ChainMap({THIS: value}, scope.variables), scope.functions))  # type: ignore[arg-type]
        if answer is not None and not isinstance(answer, bool):
            raise TypeError(f"含 ? 的条件应得出是否，而不是{kind(answer)}")
        return answer

    return fits


def _constant(value: Value) -> Node:
    return Node(lambda _: value)


def _no_value(_: Scope) -> Value:
    raise TypeError("区间不是值")


def _between(low: Compute, high: Compute, from_low: bool, to_high: bool) -> Test:
    return between(ordered(">=" if from_low else ">", low), ordered("<=" if to_high else "<", high))


def _built_in(name: str, function: Callable[..., Value], computes: list[Compute]) -> Compute:
    def compute(scope: Scope) -> Value:
        given = [one(scope) for one in computes]
        try:
            return function(*given)
        except TypeError as error:
            if "argument" in str(error):
                raise TypeError(f"{name} 的参数个数不对") from error
            raise

    return compute
