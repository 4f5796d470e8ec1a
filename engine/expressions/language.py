"""The whitelist: builds a safe tree from the author's, compiles it once, and never evaluates raw source."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from engine.errors import InvalidInput
from engine.expressions.functions import GUARDS, PURE_FUNCTIONS

ENGINE_FUNCTIONS = frozenset(
    {"now", "workdays", "deadline", "rule", "earliest", "office_hours", "notify", "revise"}
)  # bound per transaction by the engine; listed here so that no form field takes their names
CONSTANTS = {"true": True, "false": False, "null": None}  # what authors of other engines write
RESERVED_NAMES = frozenset({*PURE_FUNCTIONS, *ENGINE_FUNCTIONS, *CONSTANTS, *keyword.kwlist, "typename"})

MAX_SOURCE = 4_000
MAX_DEPTH = 40
MAX_NUMBER = 10**15

_WRAPPED = re.compile(r"\s*[$#]\{(.*)\}\s*", re.DOTALL)
_ARITHMETIC = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "modulo",
}
_NODE_NAMES = {
    ast.Attribute: "属性访问",
    ast.Lambda: "lambda",
    ast.ListComp: "推导式",
    ast.SetComp: "推导式",
    ast.DictComp: "推导式",
    ast.GeneratorExp: "推导式",
    ast.JoinedStr: "f 字符串",
    ast.NamedExpr: "赋值",
    ast.Starred: "星号展开",
    ast.Set: "集合",
    ast.Slice: "切片",
    ast.Pow: "乘方",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}


class ExpressionRefused(InvalidInput):
    """The expression uses what is not allowed, or cannot be read at all."""


@dataclass(frozen=True)
class Expression:
    """A checked, compiled expression: what it reads, what it calls, and the function that computes it."""

    source: str
    names: frozenset[str]
    calls: frozenset[str]
    compute: Callable[[Mapping[str, Any], Mapping[str, Callable[..., Any]]], Any]


@lru_cache(maxsize=8192)
def strip(source: str) -> str:
    """The expression inside `${…}`; plain text stays as it is."""
    wrapped = _WRAPPED.fullmatch(source)
    return wrapped[1].strip() if wrapped else source.strip()


@lru_cache(maxsize=8192)
def compiled(source: str) -> Expression:
    """The compiled expression; raises ExpressionRefused naming the piece that is not allowed."""
    text = strip(source)
    if not text:
        raise ExpressionRefused("表达式为空。")
    if len(text) > MAX_SOURCE:
        raise ExpressionRefused(f"表达式太长（{len(text)} 字符，最多 {MAX_SOURCE}）：“{short(text)}”。")
    translator = _Translator(text)
    try:
        body = translator.translate(ast.parse(text, mode="eval").body, 0)
        lambda_ = ast.Lambda(args=_arguments("variables", "functions"), body=body)
        code = compile(ast.fix_missing_locations(ast.Expression(lambda_)), "<expression>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        raise ExpressionRefused(f"表达式“{short(text)}”写法有误：{_syntax_hint(text)}。") from error
    # The tree holds nothing but what the translator built from its whitelist.
    compute = eval(code, {"__builtins__": {}, **GUARDS, **PURE_FUNCTIONS})  # noqa: S307
    return Expression(text, frozenset(translator.names), frozenset(translator.calls), compute)


def _arguments(*argument_names: str) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[ast.arg(name) for name in argument_names],
        args=[],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )


def short(text: str) -> str:
    """Enough of a source to recognise it."""
    return text if len(text) <= 80 else f"{text[:77]}…"


def _syntax_hint(text: str) -> str:
    if "&&" in text or "||" in text or re.search(r"!(?!=)", text):
        return "请用 and、or、not"
    if re.search(r"(?<![=!<>])=(?!=)", text):
        return "相等请写 =="
    if "${" in text:
        return "一处只能写一个 ${…}"
    return "请检查括号、引号和运算符"


class _Translator:
    """Builds the tree to compile out of the author's tree; a node it does not know is refused."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names: set[str] = set()
        self.calls: set[str] = set()

    def translate(self, node: ast.expr, depth: int) -> ast.expr:
        """The safe counterpart of a node."""
        if depth > MAX_DEPTH:
            raise ExpressionRefused(f"表达式嵌套超过 {MAX_DEPTH} 层：“{short(self.source)}”。")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            self._refuse(node, _NODE_NAMES.get(type(node), type(node).__name__))
        translated: ast.expr = method(node, depth + 1)
        return translated

    def _refuse(self, node: ast.AST, what: str) -> NoReturn:
        piece = ast.get_source_segment(self.source, node) or self.source
        raise ExpressionRefused(f"表达式“{short(self.source)}”不允许{what}：“{short(piece)}”。")

    def _all(self, nodes: list[ast.expr], depth: int) -> list[ast.expr]:
        return [self.translate(node, depth) for node in nodes]

    def _constant(self, node: ast.Constant, depth: int) -> ast.expr:
        value = node.value
        if isinstance(value, bytes | complex) or value is ...:
            self._refuse(node, "此类常量")
        if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            self._refuse(node, "过大的数")
        return ast.Constant(value)

    def _name(self, node: ast.Name, depth: int) -> ast.expr:
        if node.id in CONSTANTS:
            return ast.Constant(CONSTANTS[node.id])
        if node.id.startswith("_"):
            self._refuse(node, "以下划线开头的名称")
        if node.id in RESERVED_NAMES:
            self._refuse(node, "把函数名或保留字用作变量")
        self.names.add(node.id)
        return ast.Subscript(_load("variables"), ast.Constant(node.id), ast.Load())

    def _call(self, node: ast.Call, depth: int) -> ast.expr:
        if not isinstance(node.func, ast.Name) or node.func.id.startswith("_"):
            self._refuse(node, "这样的调用")
        if node.keywords:
            self._refuse(node, "具名参数")
        name = node.func.id
        self.calls.add(name)
        function = (
            _load(name) if name in PURE_FUNCTIONS else ast.Subscript(_load("functions"), ast.Constant(name), ast.Load())
        )
        return ast.Call(function, self._all(node.args, depth), [])

    def _boolop(self, node: ast.BoolOp, depth: int) -> ast.expr:
        return ast.BoolOp(node.op, self._all(node.values, depth))

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> ast.expr:
        if not isinstance(node.op, ast.Not | ast.USub | ast.UAdd):
            self._refuse(node, "按位运算")
        return ast.UnaryOp(node.op, self.translate(node.operand, depth))

    def _binop(self, node: ast.BinOp, depth: int) -> ast.expr:
        guard = _ARITHMETIC.get(type(node.op))
        if guard is None:
            self._refuse(node, _NODE_NAMES.get(type(node.op), "此运算"))
        return ast.Call(_load(f"_{guard}"), self._all([node.left, node.right], depth), [])

    def _compare(self, node: ast.Compare, depth: int) -> ast.expr:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot) and not _is_none(right):
                self._refuse(node, "与 None 以外的值作 is 比较")
        return ast.Compare(self.translate(node.left, depth), node.ops, self._all(node.comparators, depth))

    def _ifexp(self, node: ast.IfExp, depth: int) -> ast.expr:
        return ast.IfExp(*self._all([node.test, node.body, node.orelse], depth))

    def _list(self, node: ast.List, depth: int) -> ast.expr:
        return ast.List(self._all(node.elts, depth), ast.Load())

    def _tuple(self, node: ast.Tuple, depth: int) -> ast.expr:
        return ast.Tuple(self._all(node.elts, depth), ast.Load())

    def _dict(self, node: ast.Dict, depth: int) -> ast.expr:
        keys: list[ast.expr | None] = []
        for key in node.keys:
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                self._refuse(key or node, "文字以外的字典键")
            keys.append(ast.Constant(key.value))
        return ast.Dict(keys, self._all(node.values, depth))

    def _subscript(self, node: ast.Subscript, depth: int) -> ast.expr:
        key = node.slice
        negative = isinstance(key, ast.UnaryOp) and isinstance(key.operand, ast.Constant)
        if not (negative or isinstance(key, ast.Constant | ast.Name)):
            self._refuse(node, "常量或变量以外的下标")
        return ast.Call(_load("_item"), self._all([node.value, key], depth), [])


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _is_none(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id == "null")
