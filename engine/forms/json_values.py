"""What may come in as form data: plain JSON of bounded size and depth."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidInput

MOST_BYTES = 64 * 1024
MOST_LEVELS = 8
MOST_NODES = 2_000
LARGEST_NUMBER = 10**15


def check(data: Mapping[str, Any]) -> None:
    """Raises InvalidInput naming the field whose value is no JSON, too deep or too large."""
    remaining = MOST_NODES
    for name, value in data.items():
        if not isinstance(name, str):
            raise InvalidInput("字段名称必须是文字。")
        queue: list[tuple[object, int]] = [(value, 1)]
        while queue:
            current, level = queue.pop()
            remaining -= 1
            message = _fault(current, level)
            if message or remaining < len(queue):
                _refuse(name, message or "内容过多")
            if isinstance(current, dict):
                queue.extend((part, level + 1) for pair in current.items() for part in pair)
            elif isinstance(current, list):
                queue.extend((part, level + 1) for part in current)
    size = len(json.dumps(dict(data), ensure_ascii=False).encode())
    if size > MOST_BYTES:
        raise InvalidInput(
            f"提交的内容共 {size // 1024} KB，最多 {MOST_BYTES // 1024} KB，请删减；照片请作为附件上传。"
        )


def _fault(value: object, level: int) -> str:
    if level > MOST_LEVELS:
        return f"嵌套超过 {MOST_LEVELS} 层"
    if isinstance(value, str):
        return _text_fault(value)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return "" if abs(value) <= LARGEST_NUMBER and math.isfinite(value) else "数值过大"
    if isinstance(value, dict):
        return "" if all(isinstance(key, str) for key in value) else "名称必须是文字"
    return "" if isinstance(value, list) else "含有不能保存的值"


def _text_fault(text: str) -> str:
    if len(text) > MOST_BYTES:
        return "内容过长"
    if "\x00" in text:
        return "含有不可见的控制字符"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "含有不完整的字符"
    return ""


def _refuse(name: str, message: str) -> None:
    raise InvalidInput(f"“{name[:60]}”{message}。", {name[:60]: message})
