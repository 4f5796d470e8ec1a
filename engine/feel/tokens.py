"""FEEL's words: splits a source into tokens, names with spaces or signs in them included (DMN 1.3, 10.3.1.2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NoReturn

from engine.errors import InvalidInput

MAX_SOURCE = 4_000

KEYWORDS = frozenset(
    {"true", "false", "null", "and", "or", "not", "if", "then", "else", "in", "between"}
    | {"for", "some", "every", "satisfies", "return", "function", "instance"}
)
_PATTERN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w])
      | (?P<text>"(?:[^"\\\n]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>\.\.|\*\*|<=|>=|!=|//|/\*|[-+*/=<>()\[\]{},.:?@])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPED = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


class FeelRefused(InvalidInput):
    """The expression uses what is not allowed, or cannot be read at all."""


@dataclass(frozen=True)
class Token:
    """One word: kind (number, text, name, keyword, sign, end), its text, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def tokens(source: str, names: Collection[str] = (), functions: Collection[str] = ()) -> list[Token]:
    """All words of a source; raises FeelRefused.

    Only names in `names`, and functions in `functions` before a bracket, may be more than one plain word.
    """
    if len(source) > MAX_SOURCE:
        raise FeelRefused(f"表达式太长（{len(source)} 字符，最多 {MAX_SOURCE}）：“{short(source)}”。")
    long_names = (*_long(frozenset(names), ""), *_long(frozenset(functions), r"(?=\s*\()"))
    return list(_tokens(source, long_names))


def unquoted(text: str) -> str:
    """What a quoted text says."""

    def replaced(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) > 1:
            point = int(code[1:], 16)
            if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
                raise FeelRefused(f"“{found[0]}”不是有效的字符。")
            return chr(point)
        return _ESCAPED.get(code, found[0])

    return _ESCAPE.sub(replaced, text[1:-1])


def short(text: str) -> str:
    """Enough of a source to recognise it."""
    return text if len(text) <= 80 else f"{text[:77]}…"


def normalized(name: str) -> str:
    """A name with single spaces."""
    return " ".join(name.split())


@lru_cache(maxsize=256)
def _long(names: frozenset[str], before: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A pattern for each long name, the longest first; spaces may be any, or none beside a sign."""
    found = []
    for name in sorted(names, key=lambda each: (-len(each), each)):
        words = re.findall(r"\w+|[^\w\s]", name)
        if len(words) > 1:
            ending = r"(?!\w)" if words[-1][-1].isalnum() or words[-1][-1] == "_" else ""
            gaps = [r"\s+" if one[-1].isalnum() and two[0].isalnum() else r"\s*" for one, two in pairwise(words)]
            pattern = re.escape(words[0]) + "".join(g + re.escape(w) for g, w in zip(gaps, words[1:], strict=True))
            found.append((re.compile(rf"\s*({pattern}){ending}{before}"), normalized(name)))
    return tuple(found)


def _tokens(source: str, long_names: tuple[tuple[re.Pattern[str], str], ...]) -> Iterator[Token]:
    position = 0
    while True:
        for pattern, name in long_names:
            long = pattern.match(source, position)
            if long:
                yield Token("name", name, long.start(1), long.end())
                position = long.end()
                break
        else:
            found = _PATTERN.match(source, position)
            if not found:
                raise FeelRefused(f"表达式“{short(source)}”写法有误：{hint(source)}。")
            kind = str(found.lastgroup)
            text = found[kind]
            if text in ("//", "/*"):
                raise FeelRefused(f"表达式“{short(source)}”写法有误：不支持注释；取整请用 floor(a / b)。")
            kind = "keyword" if kind == "name" and text in KEYWORDS else kind
            yield Token(kind, text, found.start(str(found.lastgroup)), found.end())
            position = found.end()
            if kind == "end":
                return


def hint(source: str) -> str:
    """What the author probably wants to correct."""
    if any(mark in source for mark in "“”‘’，（）"):
        return "请用英文引号、逗号和括号"
    if "==" in source:
        return "相等请写 ="
    if "&&" in source or "||" in source or re.search(r"!(?!=)", source):
        return "请用 and、or、not(…)"
    if "'" in source:
        return "文字请用英文双引号"
    if "%" in source:
        return "余数请用 modulo(a, b)"
    if source.count('"') % 2:
        return "引号没有配对"
    return "请检查括号、引号和运算符"


class Words:
    """The words of one source, read one after the other."""

    def __init__(self, source: str, names: Collection[str], functions: Collection[str]) -> None:
        self.source = source
        self._tokens = tokens(source, names, functions)
        self._at = 0

    def peek(self, ahead: int = 0) -> Token:
        """The next word, or one behind it, without taking it."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Take the next word."""
        token = self.peek()
        self._at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these signs or keywords."""
        token = self.peek()
        return token.kind in ("sign", "keyword") and token.text in texts

    def take(self, text: str) -> bool:
        """Take the next word if it is this sign or keyword."""
        found = self.sees(text)
        self._at += found
        return found

    def expect(self, text: str) -> None:
        """Take this sign or keyword, or refuse the source."""
        if not self.take(text):
            self.refuse()

    def refuse(self, why: str = "") -> NoReturn:
        """Say what stands in the way."""
        raise FeelRefused(f"表达式“{short(self.source)}”写法有误：{why or hint(self.source)}。")
