"""A ticket's audit chain as rows people read: who did what when, under which clause, with what was entered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import process_definitions
from engine.audit import AuditEntry
from engine.process_instance_rows import ProcessInstance
from engine.transaction import SYSTEM, Transaction
from hotline import office_data, organisation, persons
from hotline.caller import mask_text
from web.audit_words import ACTIONS, DETAILS, TONES
from web.forms import options_of
from web.rendering import local_time

Line = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One line of the timeline; `touched` names every element the step entered, as process/element."""

    number: int
    at: datetime
    who: str
    what: str
    tone: str
    clause: str | None
    process_key: str | None
    element_id: str | None
    lines: list[Line] = field(default_factory=list)
    touched: str = ""


def rows(
    tx: Transaction,
    entries: Sequence[AuditEntry],
    instances: Sequence[ProcessInstance],
    files: Mapping[str, str],
) -> list[Row]:
    """Oldest first. `instances`: that of the ticket itself first; `files`: attachment id → name."""
    people = _people(tx, entries)
    words = {each.id: _Words(tx, each, files, people) for each in instances}
    own = next(iter(words.values()), _Words(tx, None, files, people))
    return [words.get(entry.detail.get("instance", ""), own).row(entry) for entry in entries]


def words_of(entry: AuditEntry, name: str = "") -> str:
    """An action in words; `name` is what it was done to."""
    words = ACTIONS.get(entry.action, entry.action)
    return words.format(name=name or entry.detail.get("name", "")).rstrip("：") if "{name}" in words else words


def plain_lines(entry: AuditEntry, names: Mapping[str, str] | None = None) -> list[Line]:
    """The details that need no form or diagram to be understood."""
    lines = []
    for name, label in DETAILS.items():
        value = entry.detail.get(name)
        if value in (None, "", [], {}) or isinstance(value, dict):
            continue
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        lines.append((label, mask_text((names or {}).get(text, text))))
    return [*lines, *_before_and_after(entry)]


def _before_and_after(entry: AuditEntry) -> list[Line]:
    """What a correction changed, when it says what was and what is."""
    before, after = entry.detail.get("from"), entry.detail.get("to")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    classes = office_data.read("ticket_fields.yaml")["matter_class"]
    lines = []
    if "matter_class" in after:
        was, now = (classes.get(each.get("matter_class"), "未定") for each in (before, after))
        lines.append(("类别", f"{was} → {now}"))
    if after.get("due_at"):
        lines.append(("时限", f"{local_time(before.get('due_at')) or '未设'} → {local_time(after['due_at'])}"))
    return lines


def _people(tx: Transaction, entries: Iterable[AuditEntry]) -> dict[str, str]:
    logins = {entry.actor for entry in entries}
    for entry in entries:
        logins |= {entry.detail[name] for name in ("from", "to") if isinstance(entry.detail.get(name), str)}
    return {SYSTEM.id: SYSTEM.name, **persons.names(tx, logins)}


class _Words:
    """Turns ids into words: people, elements, form fields, catalogue values, files."""

    def __init__(
        self,
        tx: Transaction,
        instance: ProcessInstance | None,
        files: Mapping[str, str],
        people: Mapping[str, str],
    ) -> None:
        self.tx = tx
        self.instance = instance
        self.files = files
        self.people = people
        self.names = {**organisation.names(tx), **people}
        self.catalogues: dict[str, Mapping[str, str]] = {}
        self.forms: dict[tuple[str, str], dict[str, Any]] = {}

    def row(self, entry: AuditEntry) -> Row:
        process_key, element_id = self._place(entry)
        element = self._element(process_key, element_id)
        return Row(
            number=entry.number,
            at=entry.at,
            who=self.people.get(entry.actor, entry.actor),
            what=words_of(entry, element),
            tone=TONES.get(entry.action, ""),
            clause=entry.clause,
            process_key=process_key,
            element_id=element_id,
            lines=[*self._detail_lines(entry), *self._data_lines(entry, process_key, element_id), *self._next(entry)],
            touched=" ".join(f"{key}/{each}" for key, each in entry.detail.get("entered", ())),
        )

    def _place(self, entry: AuditEntry) -> tuple[str | None, str | None]:
        """The element a row stands for; a timer's is the first one it entered."""
        if entry.element_id:
            return entry.process_key, entry.element_id
        entered = entry.detail.get("entered") or []
        return (entered[0][0], entered[0][1]) if entered else (entry.process_key, None)

    def _element(self, process_key: str | None, element_id: str | None) -> str:
        if self.instance is None or not process_key or not element_id:
            return ""
        diagram = process_definitions.diagram(self.tx, self.instance.definition_id, process_key)
        element = diagram.elements.get(element_id)
        return element.name if element else element_id

    def _detail_lines(self, entry: AuditEntry) -> list[Line]:
        notices = entry.detail.get("notices", ())
        return [
            *plain_lines(entry, self.names),
            *(("通知", mask_text(str(notice.get("title", "")))) for notice in notices),
        ]

    def _data_lines(self, entry: AuditEntry, process_key: str | None, element_id: str | None) -> list[Line]:
        """What was entered into the form, with the form's own labels."""
        data = entry.detail.get("data")
        if not isinstance(data, dict):
            return []
        properties = self._form(process_key, element_id).get("properties", {})
        lines = []
        for name in sorted(data, key=list(properties).index if set(data) <= set(properties) else str):
            part = properties.get(name, {})
            text = self._value(part, data[name])
            if text:
                lines.append((str(part.get("title", name)), mask_text(text)))
        return lines

    def _form(self, process_key: str | None, element_id: str | None) -> dict[str, Any]:
        if self.instance is None or not process_key or not element_id:
            return {}
        key = (process_key, element_id)
        if key not in self.forms:
            definition = self.instance.definition_id
            element = process_definitions.diagram(self.tx, definition, process_key).elements.get(element_id)
            form_key = element.camunda.get("formKey") if element else None
            self.forms[key] = process_definitions.form(self.tx, definition, process_key, form_key) or {}
        return self.forms[key]

    def _value(self, part: Mapping[str, Any], value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, list):
            inner = part.get("items", {})
            texts = (self._value({**inner, **_choices(part)}, each) for each in value)
            return "、".join(text for text in texts if text)
        if isinstance(value, dict):
            inner = part.get("properties", {})
            pairs = ((inner.get(name, {}), each) for name, each in value.items())
            return "，".join(text for text in (self._value(sub, each) for sub, each in pairs) if text)
        if part.get("format") == "date-time" or part.get("x-widget") == "datetime":
            return local_time(str(value))
        return self.files.get(str(value)) or self._options(part).get(str(value), str(value))

    def _options(self, part: Mapping[str, Any]) -> Mapping[str, str]:
        name = part.get("x-options")
        if name and name not in self.catalogues:
            catalogue = self.tx.runtime.option_catalogues.get(name)
            key = self.instance.business_key if self.instance else ""
            self.catalogues[name] = catalogue(self.tx, key) if catalogue else {}
        return options_of(part, self.catalogues)

    def _next(self, entry: AuditEntry) -> list[Line]:
        """The steps that opened for somebody."""
        where = {element: key for key, element in entry.detail.get("entered", ())}
        opened: dict[str, int] = {}
        for each in entry.detail.get("opened", ()):
            name = self._element(where.get(each["element"]), each["element"]) or each["element"]
            due = f"（时限 {local_time(each['due_at'])}）" if each.get("due_at") else ""
            opened[name + due] = opened.get(name + due, 0) + 1
        return [("转入", text if count == 1 else f"{text} × {count}") for text, count in opened.items()]


def _choices(part: Mapping[str, Any]) -> dict[str, Any]:
    """Options written on the list apply to each of its items."""
    return {name: part[name] for name in ("x-options", "x-labels", "enum") if name in part}
