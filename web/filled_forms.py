"""What earlier steps wrote down, read from the process's variables with the labels of their forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import forms as engine_forms
from engine import process_definitions
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from web.forms import Schema, options_of, widget_of
from web.rendering import local_time

Catalogues = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Entry:
    """One answer: label, text, or the files it names (id → name)."""

    label: str
    text: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FilledForm:
    """A form as it was answered; open when it stands before the present step, which judges or continues it."""

    title: str
    entries: list[Entry]
    open: bool = True


def schemas(tx: Transaction, task: UserTask) -> dict[tuple[str, str], Schema]:
    """Every form of the task's definition: (process key, form key) → schema, in the diagrams' order."""
    found: dict[tuple[str, str], Schema] = {}
    for process_key in process_definitions.process_keys(tx, task.definition_id):
        for element in process_definitions.diagram(tx, task.definition_id, process_key).elements.values():
            form_key = element.camunda.get("formKey")
            schema = process_definitions.form(tx, task.definition_id, process_key, form_key)
            if form_key and schema:
                found[process_key, form_key] = schema
    return found


def catalogues_of(tx: Transaction, task: UserTask, found: Mapping[tuple[str, str], Schema]) -> Catalogues:
    """The options all these forms choose from, each read once."""
    names = {name for schema in found.values() for name in engine_forms.referenced_catalogues(dict(schema))}
    return {
        name: tx.runtime.option_catalogues[name](tx, task.business_key)
        for name in names
        if name in tx.runtime.option_catalogues
    }


def of_process(
    task: UserTask, found: Mapping[tuple[str, str], Schema], variables: Mapping[str, Any], catalogues: Catalogues
) -> list[FilledForm]:
    """The other steps of the same process that already said something."""
    own, filled, earlier = (task.process_key, task.form_key), [], True
    for key, schema in found.items():
        if key == own:
            earlier = False
        elif key[0] == task.process_key:
            filled.append(FilledForm(str(schema["title"]), list(answers(schema, variables, catalogues)), earlier))
    return [form for form in filled if form.entries]


def of_reports(
    found: Mapping[tuple[str, str], Schema],
    variables: Mapping[str, Any],
    catalogues: Catalogues,
    names: Mapping[str, str],
) -> list[FilledForm]:
    """What each department reported: the variable `reports` that the dispatched departments fill."""
    properties = {
        name: part
        for schema in found.values()
        for name, part in schema.get("properties", {}).items()
        if name not in ("dispatch_note", "acceptance_note")
    }
    reports = variables.get("reports")
    filled = []
    for report in reports if isinstance(reports, list) else []:
        if isinstance(report, Mapping):
            department = str(report.get("department", ""))
            title = f"{names.get(department, department)}的结案报告"
            filled.append(FilledForm(title, list(answers({"properties": properties}, report, catalogues))))
    return [form for form in filled if form.entries]


def answers(schema: Schema, values: Mapping[str, Any], catalogues: Catalogues) -> Iterator[Entry]:
    """The properties that have a value, in the form's order."""
    for name, part in schema.get("properties", {}).items():
        value = values.get(name)
        if value in (None, "", [], {}) or (value is False and widget_of(part) == "checkbox"):
            continue
        if part.get("type") in ("integer", "number") and value == 0:
            continue
        label, options = str(part.get("title", name)), options_of(part, catalogues)
        if widget_of(part) == "files" and isinstance(value, list):
            yield Entry(label, "", {str(one): options.get(str(one), "附件") for one in value})
        else:
            yield Entry(label, _text(part, value, options))


def _text(part: Schema, value: Any, options: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_text({}, one, options) for one in value)
    if widget_of(part) == "datetime" and isinstance(value, str):
        try:
            return local_time(value)
        except ValueError:
            return value
    return options.get(str(value), str(value))
