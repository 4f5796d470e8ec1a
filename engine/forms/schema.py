"""Reads a form: a JSON Schema of which every keyword is understood, so that no typing error is silently ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from engine.errors import DefinitionRefused, Finding
from engine.expressions import RESERVED_NAMES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MOST_BYTES = 256 * 1024
TYPES = ("object", "array", "string", "number", "integer", "boolean")
FORMATS = ("date-time", "date", "time")
DESCRIBING = {"$schema", "title", "description", "default", "examples"}
STRUCTURE = {"type", "properties", "required", "additionalProperties", "items"}
CONDITIONS = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else"}
LIMITS = {
    *("enum", "const", "pattern", "format", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
WIDGETS = {
    "text",
    "textarea",
    "number",
    "select",
    "multiselect",
    "radio",
    "checkbox",
    "date",
    "datetime",
    "files",
    "phone",
}
SENTENCES = {"x-message", "x-options", "x-widget", "x-clause", "x-help", "x-section", "x-placeholder", "x-unit"}
KEYWORDS = DESCRIBING | STRUCTURE | CONDITIONS | LIMITS | SENTENCES | {"x-labels", "x-show-when", "x-rows", "x-prefill"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COMPOSED = ("allOf", "anyOf", "oneOf")
_SINGLE = ("if", "then", "else", "not", "items")


@lru_cache(maxsize=512)
def load(content: bytes) -> dict[str, Any]:
    """The form's schema, shared by all who load the same bytes: not to be changed.

    Raises DefinitionRefused with one finding per fault.
    """
    schema = _decode(content)
    findings = [Finding("form", field, "error", message) for field, message in _faults(schema)]
    if findings:
        raise DefinitionRefused(findings)
    return schema


def _decode(content: bytes) -> dict[str, Any]:
    try:
        if len(content) > MOST_BYTES:
            raise ValueError(f"表单超过 {MOST_BYTES // 1024} KB")
        schema = json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _refused(f"表单不是有效的 JSON：{error}") from error
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise _refused('表单的最外层应为 "type": "object"')
    fault = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if fault is not None:
        where = "/".join(map(str, fault.absolute_path))
        raise _refused(f"表单不符合 JSON Schema（{where}）：{fault.message[:200]}")
    return schema


def _refused(message: str) -> DefinitionRefused:
    return DefinitionRefused([Finding("form", "", "error", message)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"“{name}”写了两次")
    return dict(pairs)


def fields(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of an object schema by name."""
    properties: dict[str, dict[str, Any]] = schema.get("properties") or {}
    return properties


def referenced_catalogues(schema: Mapping[str, Any], names: Iterable[str] | None = None) -> set[str]:
    """The option catalogues a form, or these fields of it, choose from."""
    known = fields(schema)
    chosen = known.values() if names is None else [known[name] for name in names if name in known]
    return {part["x-options"] for field in chosen for _, part in _parts(field, "") if "x-options" in part}


def _parts(schema: object, field: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema inside a schema, with the top field it stands in."""
    if not isinstance(schema, dict):
        return
    yield field, schema
    for name, child in fields(schema).items():
        yield from _parts(child, field or name)
    for keyword in _COMPOSED:
        for child in schema.get(keyword) or []:
            yield from _parts(child, field)
    for keyword in _SINGLE:
        yield from _parts(schema.get(keyword), field)


def _faults(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if schema.get("$schema", DRAFT).rstrip("#") != DRAFT:
        yield "", f"$schema 应为 {DRAFT}"
    if not schema.get("title"):
        yield "", "表单缺少 title"
    for field, part in _parts(schema, ""):
        for keyword in sorted(set(part) - KEYWORDS):
            yield field, f"不认识的关键字 {keyword}"
        yield from ((field, message) for message in _part_faults(part))
    yield from _object_faults(schema, "")
    for field, part in _parts(schema, ""):
        for name in part.get("required") or []:
            if not _NAME.fullmatch(name) or (not field and name not in fields(schema)):
                yield field or name, f"required 里的“{name}”不是表单的字段"


def _part_faults(part: Mapping[str, Any]) -> Iterator[str]:
    kind = part.get("type")
    if kind is not None and kind not in TYPES:
        yield f"类型 {kind} 不支持，可用：{'、'.join(TYPES)}"
    if "format" in part and part["format"] not in FORMATS:
        yield f"格式 {part['format']} 不支持，可用：{'、'.join(FORMATS)}"
    if "pattern" in part:
        yield from _pattern_faults(part["pattern"])
    labels, values = part.get("x-labels"), part.get("enum") or (part.get("items") or {}).get("enum") or []
    if labels is not None and (not isinstance(labels, dict) or set(labels) != set(map(str, values))):
        yield "x-labels 应与 enum 的值一一对应"
    if isinstance(part.get("x-widget"), str) and part["x-widget"] not in WIDGETS:
        yield f"控件 {part['x-widget']} 不存在，可用：{'、'.join(sorted(WIDGETS))}"
    for keyword in sorted(SENTENCES & set(part)):
        if not isinstance(part[keyword], str) or not part[keyword]:
            yield f"{keyword} 应为文字"


def _pattern_faults(pattern: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"pattern 不是有效的正则表达式：{error}"
    if re.search(r"[+*}]\)?[+*{]", pattern):  # (a+)+ takes for ever on the right text
        yield "pattern 里不能嵌套重复，请改写"


def _object_faults(schema: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    """Faults of the objects that hold data: each must be closed and its names usable as variables."""
    if schema.get("additionalProperties") is not False:
        yield field, '须写明 "additionalProperties": false'
    for name, child in fields(schema).items():
        top = field or name
        if not _NAME.fullmatch(name) or name in RESERVED_NAMES:
            yield top, f"字段名“{name}”不能使用：应为小写英文和下划线，且不是函数名或保留字"
        if child.get("type") not in TYPES:
            yield top, f"字段“{name}”须写明 type"
        yield from ((top, message) for message in _show_when_faults(child, schema))
        inner = child.get("items") if child.get("type") == "array" else child
        if child.get("type") == "array" and not isinstance(inner, dict):
            yield top, f"列表字段“{name}”须写明 items"
        elif isinstance(inner, dict) and inner.get("type") == "object":
            yield from _object_faults(inner, top)


def _is_choice(values: object) -> bool:
    """A list of single values, not empty."""
    return isinstance(values, list) and bool(values) and not any(isinstance(one, dict | list) for one in values)


def _show_when_faults(child: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    condition = child.get("x-show-when")
    if condition is None:
        return
    shape_fits = isinstance(condition, dict) and set(condition) == {"field", "in"}
    if not shape_fits or not isinstance(condition["field"], str) or not _is_choice(condition["in"]):
        yield "x-show-when 应写作 {“field”: 字段, “in”: [值…]}"
        return
    controlling = fields(schema).get(condition["field"])
    if controlling is None or controlling is child:
        yield f"x-show-when 引用的字段“{condition['field']}”不存在"
    elif "enum" in controlling and not all(value in controlling["enum"] for value in condition["in"]):
        yield f"x-show-when 的值不在字段“{condition['field']}”的 enum 里"
