"""What a person reads when a field does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

REQUIRED = "此项必填"
CHOOSE = "请从列表中选择"
UNKNOWN = "表单没有这个字段"
_TYPES = {
    "string": "请填写文字",
    "number": "请填写数字",
    "integer": "请填写整数",
    "boolean": "请选择是或否",
    "array": "请按列表填写",
    "object": "格式不正确",
}
_FORMATS = {"date-time": "请填写有效的日期和时间", "date": "请填写有效的日期", "time": "请填写有效的时间"}
_BOUNDS = {
    "maxLength": "最多 {0} 个字",
    "minimum": "不能小于 {0}",
    "maximum": "不能大于 {0}",
    "exclusiveMinimum": "应大于 {0}",
    "exclusiveMaximum": "应小于 {0}",
    "multipleOf": "应为 {0} 的倍数",
    "maxItems": "最多 {0} 项",
}
# here the author's sentence says what to do; for the others ("too long") it would mislead
OWN_MESSAGE = frozenset({"required", "minLength", "minItems", "enum", "const", "pattern", "format"})


def of(error: ValidationError, field: Mapping[str, Any]) -> str:
    """The message for a violated keyword; the field's own x-message wins where it says what is wanted."""
    keyword, limit = str(error.validator), error.validator_value
    own = field.get("x-message")
    if own and keyword in OWN_MESSAGE:
        return str(own)
    if keyword in _BOUNDS:
        return _BOUNDS[keyword].format(limit) + _actual(keyword, error.instance)
    if keyword == "type":
        return _TYPES.get(str(limit), "格式不正确")
    if keyword == "format":
        return _FORMATS.get(str(limit), "格式不正确")
    if keyword in ("minLength", "minItems"):
        return REQUIRED if limit == 1 else f"至少 {limit} {'个字' if keyword == 'minLength' else '项'}"
    fixed = {
        "required": REQUIRED,
        "enum": CHOOSE,
        "const": CHOOSE,
        "pattern": "格式不正确",
        "uniqueItems": "有重复的项",
    }
    return fixed.get(keyword, "不符合要求")


def _actual(keyword: str, value: object) -> str:
    if keyword == "maxLength" and isinstance(value, str):
        return f"（现有 {len(value)} 个字）"
    if keyword == "maxItems" and isinstance(value, list):
        return f"（现有 {len(value)} 项）"
    return ""
