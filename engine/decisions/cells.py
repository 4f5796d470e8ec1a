"""Input cells of decision tables: what a cell says, as a test of one value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.errors import InvalidInput
from engine.feel import Point, Scope, UnaryTests, Value, kind, plain, read_unary_tests


class CellError(ValueError):
    """The cell cannot be read; the message says why, in Chinese."""


@dataclass(frozen=True)
class Cell:
    """One input cell; without tests it fits everything."""

    text: str = ""
    tests: UnaryTests | None = None

    def fits(self, value: Value, scope: Scope) -> bool:
        """Whether a value fits; what is unknown does not. Raises what the test raises."""
        return self.tests is None or self.tests.test(value, scope) is True

    @property
    def calls(self) -> frozenset[str]:
        """The functions it calls."""
        return self.tests.calls if self.tests else frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The variables it reads."""
        return self.tests.names if self.tests else frozenset()

    @property
    def values(self) -> tuple[Value, ...] | None:
        """The values it lists, in order; None when it is anything but a list of values."""
        parts = self.tests.parts if self.tests and not self.tests.negated else None
        if parts is None or not all(isinstance(part, Point) for part in parts):
            return None
        return tuple(part.value for part in parts if isinstance(part, Point))


def read_cell(
    text: str, wanted: str = "", *, names: Collection[str] = (), functions: Collection[str] = (), type_name: str = ""
) -> Cell:
    """The cell of a column whose values are of the wanted kind; raises CellError.

    `names` are the variables it may read: a text without quotes is no variable by accident.
    """
    text = text.strip()
    if text in ("", "-"):
        return Cell(text)
    try:
        tests = read_unary_tests(text, names, functions)
    except InvalidInput as error:
        raise CellError(error.message.rstrip("。")) from error
    unknown = sorted(tests.names.difference(names))
    if unknown:
        raise CellError(f"“{unknown[0]}”：文字请加英文双引号，变量请先作为输入数据连到此决策")
    for value in tests.constants:
        if not _belongs(value, wanted):
            raise CellError(f"“{plain(value)}”不是{wanted}，与本列类型 {type_name or wanted} 不符")
    return Cell(text, tests)


def _belongs(value: Value, wanted: str) -> bool:
    if isinstance(value, list):
        return all(_belongs(one, wanted) for one in value)
    return value is None or not wanted or kind(value) == wanted


def split(text: str) -> list[str]:
    """The parts between commas, leaving quoted text, calls and intervals whole."""
    parts: list[str] = []
    current, depth, quoted, escaped = "", 0, False, False
    for character in text:
        if quoted:
            quoted = character != '"' or escaped
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character == "," and depth == 0:
            parts.append(current)
            current = ""
            continue
        elif character == "(" and current.strip():  # at the start it opens an interval, maybe closed by "]"
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        current += character
    return [*parts, current]
