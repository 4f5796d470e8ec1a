"""Fills any form of forms/ so that it passes: wanted values first, then whatever the schema still asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from engine import forms
from engine.errors import InvalidInput
from tests.conftest import ROOT

MOST_ROUNDS = 20

# what leads a ticket along the main path; a test overrides what it is about
MAIN_PATH: dict[str, Any] = {
    "acceptance": "accept",
    "matter_class": "complex",
    "contact_result": "reached",
    "time_slot": "morning",
    "attempted_at": "2026-03-02T09:00:00+08:00",
    "dispatch_decision": "dispatch",
    "dispatch_basis": "override",
    "override_lead": "office_self_governance",
    "override_co": ["enforcement_team"],
    "area": "area_zhenguang",
    "has_site": "no",
    "demand_matches": "yes",
    "fact_finding": "substantiated",
    "demand_finding": "reasonable",
    "handling_result": "resolved",
    "closing_determination": "none",
    "reply_method": "phone",
    "reply_satisfaction": "satisfied",
    "responsible_phone": "021-52850001",
    "review_decision": "pass",
    "satisfaction": "satisfied",
    "resolution": "resolved",
    "further_action": "rework",
}


@cache
def schema_of(process_key: str, form_key: str) -> dict[str, Any]:
    """The form as it stands in the repository."""
    path = ROOT / "forms" / process_key / f"{form_key}.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def fill(
    schema: Mapping[str, Any],
    wanted: Mapping[str, Any] | None = None,
    options: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Data the form accepts; `wanted` wins over the main path. Raises InvalidInput when it cannot be done."""
    values = {**MAIN_PATH, **(wanted or {})}
    choices = {name: dict(found) for name, found in (options or {}).items()}
    for name in forms.referenced_catalogues(dict(schema)):
        choices.setdefault(name, _Anything())
    properties = schema["properties"]
    asked = set(schema.get("required", [])) | (set(wanted or {}) & set(properties))
    data = {name: _value(name, properties[name], values, choices) for name in asked}
    for _ in range(MOST_ROUNDS):
        try:
            forms.validate(dict(schema), data, choices)
        except InvalidInput as error:
            missing = {name for name in error.fields if name in properties and name not in data}
            if not missing:
                raise
            data |= {name: _value(name, properties[name], values, choices) for name in missing}
        else:
            return data
    raise AssertionError(f"{schema.get('title')} cannot be filled: {data}")


def _value(name: str, field: Mapping[str, Any], values: Mapping[str, Any], choices: Mapping[str, Any]) -> Any:
    if name in values:
        return values[name]
    options = choices.get(field.get("x-options", ""))
    if field.get("type") == "array":
        return list(options)[:1] if options else []
    if options:
        first = next(iter(options))
        return int(first) if field.get("type") == "integer" else first
    if "enum" in field:
        return field["enum"][0]
    if field.get("type") == "boolean":
        return True
    if field.get("type") in ("integer", "number"):
        return field.get("minimum", 1)
    if field.get("x-widget") == "datetime":
        return "2026-03-02T09:00:00+08:00"
    return "已核实，依规办理"


class _Anything(dict[str, str]):
    """A catalogue the caller does not know: the server will check."""

    def __contains__(self, value: object) -> bool:
        return True
