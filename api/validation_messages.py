"""Chinese messages for what pydantic finds wrong with a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

OTHER = "格式不正确"
MESSAGES = {  # pydantic's error type -> message; {names} come from its context
    "missing": "必须填写",
    "extra_forbidden": "不允许提交这一项",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": OTHER,
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "datetime_type": "应为日期时间，如 2026-03-02T09:00:00+08:00",
    "datetime_parsing": "应为日期时间，如 2026-03-02T09:00:00+08:00",
    "datetime_from_date_parsing": "应为日期时间，如 2026-03-02T09:00:00+08:00",
    "timezone_aware": "日期时间必须带时区，如 2026-03-02T09:00:00+08:00",
    "date_type": "应为日期，如 2026-03-02",
    "date_parsing": "应为日期，如 2026-03-02",
    "date_from_datetime_parsing": "应为日期，如 2026-03-02",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为 JSON 对象，请求头 Content-Type 应为 application/json",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "json_invalid": "不是合法的 JSON",
    "uuid_parsing": "应为 UUID",
}
OUTER = {"body": "请求内容", "query": "查询参数", "path": "地址", "header": "请求头"}


def field_messages(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field name -> Chinese message; nested fields are joined with dots."""
    return {_name(error["loc"]): _message(error) for error in errors}


def _name(location: tuple[str | int, ...]) -> str:
    outer, *inner = location
    if not inner or (outer == "body" and isinstance(inner[0], int) and len(inner) == 1):
        return OUTER.get(str(outer), str(outer))
    return ".".join(str(part) for part in inner)


def _message(error: Mapping[str, Any]) -> str:
    context = dict(error.get("ctx") or {})
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", "、").replace(", ", "、")
    return MESSAGES.get(error["type"], OTHER).format_map(context)
