"""A user task's JSON Schema as fields to show, and what came back as data for the engine to validate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from engine import forms as engine_forms
from engine.working_days import SHANGHAI
from web.posted import text, texts

Schema = Mapping[str, Any]
FEW_CHOICES = 5  # more than this is a list instead of buttons
MANY_OPTIONS = 12  # from here on a list can be filtered by typing
LONG_TEXT = 120
YES = "true"


@dataclass(frozen=True)
class Field:
    """One property, ready for the template."""

    name: str
    schema: Schema
    widget: str
    required: bool
    shown: bool
    value: Any
    options: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def label(self) -> str:
        return str(self.schema.get("title", self.name))

    @property
    def help(self) -> str:
        return str(self.schema.get("x-help") or self.schema.get("description") or "")

    @property
    def clause(self) -> str | list[str]:
        clause: str | list[str] = self.schema.get("x-clause", "")
        return clause

    @property
    def show_when(self) -> Mapping[str, Any] | None:
        condition: Mapping[str, Any] | None = self.schema.get("x-show-when")
        return condition

    @property
    def filterable(self) -> bool:
        return len(self.options) >= MANY_OPTIONS

    @property
    def read_only(self) -> bool:
        return bool(self.schema.get("readOnly"))


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: list[Field]

    @property
    def shown(self) -> bool:
        return any(item.shown for item in self.fields)


def sections(
    schema: Schema,
    values: Mapping[str, Any],
    catalogues: Mapping[str, Mapping[str, str]],
    errors: Mapping[str, str] | None = None,
) -> list[Section]:
    """The form as the template draws it; a change of `x-section` starts a new section."""
    errors = errors or {}
    shown = visible(schema, values)
    needed = set(schema.get("required", ())) | conditionally_required(schema)
    found: list[Section] = []
    for name, part in schema.get("properties", {}).items():
        title = str(part.get("x-section", found[-1].title if found else ""))
        if not found or title != found[-1].title:
            found.append(Section(title, []))
        found[-1].fields.append(
            Field(
                name=name,
                schema=part,
                widget=widget_of(part),
                required=name in needed,
                shown=name in shown,
                value=to_show(part, values.get(name, part.get("default"))),
                options=options_of(part, catalogues),
                error=errors.get(name, ""),
            )
        )
    return found


def labels(schema: Schema) -> dict[str, str]:
    """Property → its title, for the list of errors."""
    return {name: str(part.get("title", name)) for name, part in schema.get("properties", {}).items()}


def widget_of(part: Schema) -> str:
    """What draws a property: its x-widget, else what its type suggests."""
    if "x-widget" in part:
        return str(part["x-widget"])
    kind = part.get("type")
    if kind == "boolean":
        return "checkbox"
    if kind == "array":
        return "multiselect"
    if "enum" in part:
        return "radio" if len(part["enum"]) <= FEW_CHOICES else "select"
    if "x-options" in part:
        return "select"
    if kind in ("integer", "number"):
        return "number"
    if part.get("format") in ("date", "date-time"):
        return "date" if part["format"] == "date" else "datetime"
    return "textarea" if part.get("maxLength", 0) > LONG_TEXT else "text"


def options_of(part: Schema, catalogues: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Value → label, from the schema's own list or from a catalogue."""
    inner = part.get("items", {}) if part.get("type") == "array" else part
    catalogue = part.get("x-options") or inner.get("x-options")
    if catalogue:
        return dict(catalogues.get(catalogue, {}))
    shown = part.get("x-labels") or inner.get("x-labels") or {}
    return {str(value): str(shown.get(str(value), value)) for value in inner.get("enum", ())}


def visible(schema: Schema, values: Mapping[str, Any]) -> set[str]:
    """Names of the properties that show; one that hangs on a hidden one is hidden too."""
    properties = schema.get("properties", {})
    shown = set(properties)
    while True:
        answers = {name: value for name, value in values.items() if name in shown}
        hidden = {name for name in shown if not engine_forms.is_shown(properties[name], answers)}
        if not hidden:
            return shown
        shown -= hidden


def conditionally_required(schema: Schema) -> set[str]:
    """Properties that must be filled in whenever they show: asked for by the answer that makes them show."""
    needed = set()
    for branch in (*schema.get("allOf", ()), schema):
        asked = branch.get("if", {}).get("properties", {})
        for name in branch.get("then", {}).get("required", ()):
            show_when = schema.get("properties", {}).get(name, {}).get("x-show-when")
            if show_when and show_when["field"] in asked:
                needed.add(name)
    return needed


def file_fields(schema: Schema) -> Iterator[str]:
    """Properties whose values are ids of attachments."""
    for name, part in schema.get("properties", {}).items():
        if widget_of(part) == "files":
            yield name


def coerce(schema: Schema, posted: FormData) -> dict[str, Any]:
    """Posted text as the types the schema names; empty and hidden fields are left out.

    Names the schema does not know are kept as they came, so that validation can refuse them.
    """
    properties = schema.get("properties", {})
    data: dict[str, Any] = {}
    for name, part in properties.items():
        value = _read(part, posted, name)
        if value is not None:
            data[name] = value
    shown = visible(schema, data)
    data = {name: value for name, value in data.items() if name in shown}
    unknown = [name for name in dict.fromkeys(posted) if name not in properties and not name.startswith("_")]
    return data | {name: text(posted, name) for name in unknown}


def _read(part: Schema, posted: FormData, name: str) -> Any:
    kind = part.get("type")
    if kind == "boolean":
        return _boolean(part, text(posted, name))
    if kind == "array":
        items = [_scalar(part.get("items", {}), value) for value in texts(posted, name)]
        return items or None
    value = text(posted, name)
    return _scalar(part, value) if value else None


def _boolean(part: Schema, value: str) -> bool | None:
    if widget_of(part) == "checkbox":
        return value == YES
    return {YES: True, "false": False}.get(value)


def _scalar(part: Schema, value: str) -> Any:
    value = value.replace("\r\n", "\n")
    kind = part.get("type")
    try:
        if kind == "integer":
            return int(value)
        if kind == "number":
            return float(value)
        if part.get("format") == "date-time" or widget_of(part) == "datetime":
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).isoformat()
    except ValueError:
        return value  # validation says in words what is wrong with it
    return value


def to_show(part: Schema, value: Any) -> Any:
    if widget_of(part) == "datetime" and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
        except ValueError:
            return value
    if isinstance(value, bool):
        return YES if value else "false"
    return value
