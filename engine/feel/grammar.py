"""Reads FEEL on a whitelist and builds closures of our own; nothing of the source is ever run as code."""

from __future__ import annotations

from collections.abc import Callable

from engine.feel import values
from engine.feel.primaries import MAX_DEPTH, Node, Primaries, condition
from engine.feel.unary_tests import (
    NOTHING,
    Point,
    Scope,
    Span,
    Test,
    UnaryTest,
    alternatives,
    between,
    negated,
    ordered,
    same_as,
)
from engine.feel.values import Value, kind

ORDERS = ("<=", ">=", "<", ">")
COMPARISONS = (*ORDERS, "=", "!=")
Operators = dict[str, Callable[[Value, Value], Value]]
_ADDITIVE: Operators = {"+": values.add, "-": values.subtract}
_MULTIPLICATIVE: Operators = {"*": values.multiply, "/": values.divide}
_POWER: Operators = {"**": values.power}


class Reader(Primaries):
    """Reads one source by recursive descent, without ever going back."""

    def whole(self) -> Node:
        """One expression and nothing behind it."""
        node = self.value(self.expression())
        self._end()
        if self.asked:
            self.refuse("? 只能用在输入单元格里")
        return node

    def cell(self) -> tuple[Test, list[UnaryTest], bool]:
        """All tests of a cell as one, each of them, and whether they stand in `not(…)`."""
        excluded = self.sees("not") and self.peek(1).text == "("
        if excluded:
            self.next()
            self.next()
        tests = self._tests()
        if excluded:
            self.expect(")")
        self._end()
        test = alternatives(tests)
        return negated(test) if excluded else test, tests, excluded

    def _end(self) -> None:
        if self.peek().kind != "end":
            self.refuse()

    def _tests(self) -> list[UnaryTest]:
        tests = [self._test()]
        while self.take(","):
            tests.append(self._test())
        return tests

    def _test(self) -> UnaryTest:
        """One test: a comparison, an interval, a value, or a condition about `?`."""
        if self.sees(",", ")") or self.peek().kind == "end":
            self.refuse("逗号之间是空的")
        if self.sees(*ORDERS):
            return self._ordered(self.next().text, self.value(self._additive()))
        self.deeper()
        outer, self.asked = self.asked, False
        node = self.expression() if self.sees("if") else self._additive()
        if self.asked or self.sees(*COMPARISONS, "and", "or", "in", "between"):
            node = self.value(self._or(node))
            if not self.asked:
                self.refuse("条件请用 ? 表示本列的值，如 ? > 5")
            test = UnaryTest(condition(node.compute))
        else:
            test = self._plain_test(node)
        self.asked = outer
        self.depth -= 1
        return test

    def _plain_test(self, node: Node) -> UnaryTest:
        if node.interval is not None:
            return node.interval
        return UnaryTest(same_as(node.compute), Point(node.compute(NOTHING)) if node.constant else None)

    def _ordered(self, sign: str, bound: Node) -> UnaryTest:
        self.orderable(bound)
        return UnaryTest(ordered(sign, bound.compute), _side(sign, bound.compute(NOTHING)) if bound.constant else None)

    # --- expressions, from the loosest to the tightest

    def expression(self) -> Node:
        """`if`, or anything computed."""
        self.deeper()
        node = self._conditional() if self.take("if") else self._or()
        self.depth -= 1
        return node

    def _conditional(self) -> Node:
        asked = self.value(self.expression())
        self.expect("then")
        first = self.value(self.expression())
        self.expect("else")
        second = self.value(self.expression())

        def compute(scope: Scope) -> Value:
            return (first if _truth("if", asked.compute(scope)) else second).compute(scope)

        return Node(compute, asked.constant and first.constant and second.constant)

    def _or(self, left: Node | None = None) -> Node:
        return self._logical("or", self._and, True, left)

    def _and(self, left: Node | None = None) -> Node:
        return self._logical("and", self._comparison, False, left)

    def _logical(self, word: str, read: Callable[[Node | None], Node], deciding: bool, left: Node | None) -> Node:
        """Ternary logic (table 50): one deciding operand is enough, otherwise one unknown makes it unknown."""
        nodes = [read(left)]
        while self.take(word):
            nodes.append(read(None))
        if len(nodes) == 1:
            return nodes[0]
        computes = [self.value(node).compute for node in nodes]

        def compute(scope: Scope) -> bool | None:
            unknown = False
            for one in computes:
                answer = _truth(word, one(scope))
                if answer is deciding:
                    return deciding
                unknown = unknown or answer is None
            return None if unknown else not deciding

        return Node(compute, all(node.constant for node in nodes))

    def _comparison(self, left: Node | None = None) -> Node:
        """Two values compared, or one with `between` or `in`; a left side already read is taken over."""
        left = left or self._additive()
        if self.sees(*COMPARISONS):
            sign = self.next().text
            right = self.value(self._additive())
            if sign in ("=", "!="):
                return self._equality(left, right, sign == "=")
            return self._tested(left, ordered(sign, right.compute), right.constant)
        if self.take("between"):
            low = self.value(self._additive())
            self.expect("and")
            high = self.value(self._additive())
            test = between(ordered(">=", low.compute), ordered("<=", high.compute))
            return self._tested(left, test, low.constant and high.constant)
        if self.take("in"):
            return self._tested(left, alternatives(self._tests_after_in()), False)
        return left

    def _tests_after_in(self) -> list[UnaryTest]:
        if self.sees(*ORDERS):
            return [self._test()]
        if not self.sees("(") or self._interval_ahead():
            return [self._plain_test(self._additive())]
        self.next()
        tests = self._tests()
        self.expect(")")
        return tests

    def _interval_ahead(self) -> bool:
        """Whether the bracket ahead opens an interval, as in (1..5], and not a list of tests."""
        if self.peek(1).kind == "sign" and self.peek(1).text in ("[", "]"):
            return False
        depth, ahead = 0, 0
        while self.peek(ahead).kind != "end":
            text = self.peek(ahead).text if self.peek(ahead).kind == "sign" else ""
            depth += (text in ("(", "{")) - (text in (")", "}"))
            if depth == 0 or (depth == 1 and text == ","):
                return False
            if depth == 1 and text == "..":
                return True
            ahead += 1
        return False

    def _tested(self, left: Node, test: Test, constant: bool) -> Node:
        compute = self.value(left).compute
        return Node(lambda scope: test(compute(scope), scope), constant and left.constant)

    def _equality(self, left: Node, right: Node, wanted: bool) -> Node:
        one, other = self.value(left).compute, right.compute

        def compute(scope: Scope) -> bool | None:
            same = values.equal(one(scope), other(scope))
            return None if same is None else same is wanted

        return Node(compute, left.constant and right.constant)

    def _additive(self) -> Node:
        return self._chain(_ADDITIVE, self._multiplicative)

    def _multiplicative(self) -> Node:
        return self._chain(_MULTIPLICATIVE, self._power)

    def _power(self) -> Node:
        return self._chain(_POWER, self._negation)

    def _chain(self, operators: Operators, read: Callable[[], Node]) -> Node:
        """Operators of one rank from left to right, computed in one loop however many there are."""
        first = read()
        rest: list[tuple[Callable[[Value, Value], Value], Node]] = []
        while self.sees(*operators):
            operator = operators[self.next().text]
            rest.append((operator, self.value(read())))
        if not rest:
            return first
        start = self.value(first).compute
        steps = [(operator, node.compute) for operator, node in rest]

        def compute(scope: Scope) -> Value:
            value = start(scope)
            for operator, right in steps:
                value = operator(value, right(scope))
            return value

        return Node(compute, first.constant and all(node.constant for _, node in rest))

    def _negation(self) -> Node:
        """A minus binds tighter than any operator: -2 ** 2 is 4 (10.3.1.2, rule 4)."""
        signs = 0
        while self.take("-"):
            signs += 1
        if signs > MAX_DEPTH:
            self.refuse("负号太多")
        node = self.postfix()
        if not signs:
            return node
        positive = self.value(node).compute

        def compute(scope: Scope) -> Value:
            value = positive(scope)
            for _ in range(signs):
                value = values.negate(value)
            return value

        return Node(compute, node.constant)


def _truth(word: str, value: Value) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"“{word}”只能用于是否，而不是{kind(value)}")
    return value


def _side(sign: str, bound: Value) -> Span:
    included = sign.endswith("=")
    return Span(high=bound, high_included=included) if sign[0] == "<" else Span(low=bound, low_included=included)
