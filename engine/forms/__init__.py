"""Forms of user tasks: JSON Schema files that check on the server what the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from engine.errors import InvalidInput
from engine.forms import json_values, messages
from engine.forms.json_values import MOST_BYTES
from engine.forms.schema import fields, load, referenced_catalogues

__all__ = ["MOST_BYTES", "is_shown", "load", "referenced_catalogues", "validate"]

Schema = Mapping[str, Any]
Options = Mapping[str, Mapping[str, str]]

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@_FORMATS.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or time.fromisoformat(value) is not None


def validate(schema: Schema, data: Mapping[str, Any], options: Options | None = None) -> None:
    """Check a submission as it was sent; raises InvalidInput with one Chinese message per field.

    A text of nothing but blanks counts as not filled in. A field the form does not show for these answers may not
    carry a value: it would get past the people who read the form.
    """
    json_values.check(data)
    filled = {name: value for name, value in data.items() if not _is_blank(value)}
    found: dict[str, str] = {}
    for name, message in _problems(schema, filled, options or {}):
        found.setdefault(name, message)
    if found:
        titles = [_title(schema, name) for name in found]
        raise InvalidInput(f"请更正：{'、'.join(titles[:10])}。", found)


def is_shown(field: Schema, data: Mapping[str, Any]) -> bool:
    """Whether a field is part of the form, given the answers so far."""
    condition = field.get("x-show-when")
    if condition is None:
        return True
    value = data.get(condition["field"])
    chosen = value if isinstance(value, list) else [value]
    return any(_same(one, wanted) for one in chosen for wanted in condition["in"])


def _problems(schema: Schema, data: Mapping[str, Any], options: Options) -> Iterator[tuple[str, str]]:
    known = fields(schema)
    for name, value in data.items():
        field = known.get(name)
        if field is None:
            yield name[:60], messages.UNKNOWN
        elif not is_shown(field, data) and value != []:
            controlling = known[field["x-show-when"]["field"]]
            yield name, f"“{controlling.get('title', '')}”的选择下没有此项，请清空"
    hidden = {name for name, field in known.items() if not is_shown(field, data)}
    answers = {name: value for name, value in data.items() if name in known and name not in hidden}
    yield from _schema_problems(schema, answers)
    for name, value in answers.items():
        yield from ((name, message) for message in _option_problems(known[name], value, options))


def _schema_problems(schema: Schema, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    validator = Draft202012Validator(schema, format_checker=_FORMATS)
    errors = sorted(validator.iter_errors(dict(data)), key=_missing_first)
    for error in errors:
        yield from _field_messages(schema, error)


def _missing_first(error: ValidationError) -> bool:
    return error.validator != "required"


def _field_messages(schema: Schema, error: ValidationError) -> Iterator[tuple[str, str]]:
    """The top field an error belongs to, and its message; inside a list the message says which entry."""
    path = list(error.absolute_path)
    if error.validator == "required":
        path.append(error.message.split("'")[1])  # the library says which one only in its sentence
    elif error.validator == "additionalProperties" and path:
        yield str(path[0]), messages.UNKNOWN
        return
    if not path:
        yield "", "填写的内容互相矛盾，请核对"
        return
    field: Mapping[str, Any] = fields(schema).get(str(path[0]), {})
    places = []
    for step in path[1:]:
        if isinstance(step, int):
            places.append(f"第{step + 1}项")
            field = field.get("items", {})
        else:
            field = fields(field).get(step, {})
            places.append(f"“{field.get('title', step)}”")
    message = messages.of(error, field)
    yield str(path[0]), f"{''.join(places)}：{message}" if places else message


def _option_problems(field: Schema, value: object, options: Options) -> Iterator[str]:
    items = field.get("items") or {}
    catalogue = field.get("x-options") or items.get("x-options")
    if isinstance(value, list):
        for one in value:
            yield from _option_problems(items if isinstance(one, dict) else {"x-options": catalogue}, one, options)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _option_problems(fields(field).get(name, {}), one, options)
    elif catalogue and str(value) not in options.get(catalogue, {}):
        yield messages.CHOOSE


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _title(schema: Schema, name: str) -> str:
    return str(fields(schema).get(name, {}).get("title") or name or "表单")


def _same(left: object, right: object) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and left == right
