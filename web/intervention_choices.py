"""What the pages of 流程干预 offer: tokens to cancel, elements to start at, steps to go back to, participants."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from engine import modifications
from engine.diagram import ACTIVITIES
from engine.errors import InvalidInput
from engine.process_instance_rows import ProcessInstance
from engine.spiff.standing import StandingScope, StandingToken
from engine.transaction import Transaction
from hotline import organisation, persons
from hotline.roles import HANDLING_KINDS
from web.diagrams import open_tasks

Pointer = tuple[str, str, str | None]  # process key, element id, a user task that names the scope


@dataclass(frozen=True)
class StandingRow:
    """One token as the page lists it."""

    process: str
    name: str
    held: bool
    who: str


@dataclass(frozen=True)
class Choices:
    """Options of every form, value → label, and the rows of the overview."""

    rows: list[StandingRow] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    earlier: dict[str, str] = field(default_factory=dict)
    several: dict[str, str] = field(default_factory=dict)
    leaving: dict[str, str] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)


def choices(tx: Transaction, instance: ProcessInstance) -> Choices:
    """For the instance as it stands now."""
    found = Choices()
    if instance.ended:
        return found
    names, who = organisation.names(tx), _who(tx, instance)
    for scope in modifications.standing(tx, instance.id):
        for token in scope.tokens:
            _add_token(found, scope, token, names, who)
        around = who.get(scope.user_task_id or "") if scope.process_key != instance.definition_key else ""
        for element in scope.startable:
            pointer = pack(scope.process_key, element.id, scope.user_task_id)
            label = _label(scope.name, element.name or element.id, around)
            found.before[pointer] = label
            if element.type in ACTIVITIES or element.type.startswith("intermediate"):
                found.after[pointer] = label
    for key, element in modifications.done_user_tasks(tx, instance):
        found.earlier[pack(key, element.id, None)] = element.name or element.id
    kinds = organisation.all_departments(tx, HANDLING_KINDS)
    found.departments.update({each.id: each.name for each in kinds if each.active})
    return found


def _who(tx: Transaction, instance: ProcessInstance) -> dict[str, str]:
    """User task → whom it waits for."""
    tasks = open_tasks(tx, instance)
    groups = organisation.group_labels(tx)
    people = persons.names(tx, [task.assignee for task in tasks if task.assignee])
    return {
        task.id: people.get(task.assignee, task.assignee)
        if task.assignee
        else "、".join(groups.get(group, group) for group in task.candidate_groups)
        for task in tasks
    }


def _label(process: str, name: str, who: str | None) -> str:
    return f"{process} · {name}（{who}）" if who else f"{process} · {name}"


def _add_token(
    found: Choices, scope: StandingScope, token: StandingToken, names: dict[str, str], who: dict[str, str]
) -> None:
    pointer = pack(token.process_key, token.element.id, token.user_task_id or scope.user_task_id)
    name = token.element.name or token.element.id
    people = [names.get(str(item), str(item)) for item in token.participants or ()]
    waits_for = "、".join(people) or who.get(token.user_task_id or "", "")
    label = _label(scope.name, name, waits_for)
    found.rows.append(StandingRow(scope.name, name, token.held, waits_for))
    found.tokens[pointer] = label
    if token.participants is not None:
        found.several[pointer] = label
        for item, person in zip(token.participants, people, strict=True):
            found.leaving[json.dumps([pointer, item], ensure_ascii=False)] = f"{name} · {person}"


def pack(process_key: str, element_id: str, user_task_id: str | None) -> str:
    """A pointer as the value of an option."""
    return json.dumps([process_key, element_id, user_task_id])


def unpack(value: str, name: str) -> Pointer:
    """The pointer in a posted value; InvalidInput naming the field when it is none."""
    try:
        process_key, element_id, user_task_id = json.loads(value)
        return str(process_key), str(element_id), None if user_task_id is None else str(user_task_id)
    except (ValueError, TypeError):
        raise InvalidInput("请从列表中选择", {name: "请从列表中选择"}) from None


def unpack_leaving(value: str) -> tuple[Pointer, Any]:
    """A participant's activity and item."""
    try:
        pointer, item = json.loads(value)
    except (ValueError, TypeError):
        raise InvalidInput("请选择参与者", {"leaving": "请选择参与者"}) from None
    return unpack(str(pointer), "leaving"), item
