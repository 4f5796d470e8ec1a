"""The types of DMN: the built-in ones, and those a file defines itself; reading a value checks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from engine.decisions.cells import Cell
from engine.errors import InvalidInput
from engine.feel import NOTHING, Value, kind, plain, read_as

KINDS = {
    "string": "文字",
    "number": "数",
    "integer": "数",
    "long": "数",
    "double": "数",
    "boolean": "是否",
    "date": "日期",
    "time": "钟点",
    "dateTime": "时间",
    "date and time": "时间",
    "dayTimeDuration": "时长",
    "days and time duration": "时长",
    "yearMonthDuration": "月数",
    "years and months duration": "月数",
}
UNTYPED = ("", "Any", "<undefined>")
WHOLE = ("integer", "long")


@dataclass(frozen=True)
class Type:
    """A type; an empty kind takes everything, components make it an object."""

    name: str = ""
    kind: str = ""
    whole: bool = False
    collection: bool = False
    allowed: Cell = field(default_factory=Cell)
    components: tuple[tuple[str, Type], ...] = ()

    def read(self, value: Value) -> Value:
        """The value as this type has it: days and moments out of ISO texts, one item as a list of one, and back.

        Raises TypeError in Chinese. Null belongs to every type (DMN 1.3, 10.3.2.9).
        """
        if value is None:
            return None
        if self.collection:
            items = value if isinstance(value, list | tuple) else [value]
            return [self._item(item) for item in items]
        if isinstance(value, list | tuple) and len(value) == 1 and (self.kind or self.components):
            value = value[0]
        return self._item(value)

    def _item(self, value: Value) -> Value:
        if value is None:
            return None
        if self.components:
            value = self._object(value)
        elif self.kind:
            value = self._of_kind(value)
        if not self.allowed.fits(value, NOTHING):
            raise TypeError(f"为 {shown(value)}，不在可选值 {self.allowed.text} 之内")
        return value

    def _of_kind(self, value: Value) -> Value:
        try:
            read = read_as(self.kind, value)
        except (ValueError, InvalidInput) as error:
            raise TypeError(f"应为{self._label}，而不是 {shown(value)}") from error
        if kind(read) != self.kind or (self.whole and read != int(read)):
            raise TypeError(f"应为{self._label}，而不是 {shown(value)}")
        return read

    def _object(self, value: Value) -> Value:
        if not isinstance(value, dict):
            raise TypeError(f"应为对象（{self.name}），而不是 {shown(value)}")
        read = dict(value)
        for name, part in self.components:
            try:
                read[name] = part.read(value.get(name))
            except TypeError as error:
                raise TypeError(f"的“{name}”{error}") from error
        return read

    @property
    def _label(self) -> str:
        return f" {self.name}（{self.kind}）"


ANY = Type()


def shown(value: Any) -> str:
    """A value for a message, not too long."""
    text = json.dumps(plain(value), ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
