"""What a form's field may choose from: catalogue name → (transaction, ticket number) → {value: label}."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import cache

from sqlalchemy import select

from engine.transaction import OptionCatalogue, Transaction
from hotline import office_data, organisation, roles
from hotline.tables import attachment, department, membership, person, ticket_department

RESPONSIBILITY_FILE = "responsibility_items.csv"
MEMORY = "departments to choose from"  # several catalogues of one form read them
REFUSAL_FILE = "refusal_categories.yaml"


def responsibility_items(_tx: Transaction, _number: str) -> Mapping[str, str]:
    """The items of annex 4 with what they cover."""
    return _responsibility_items()


@cache
def _responsibility_items() -> dict[str, str]:
    path = office_data.processes_folder() / RESPONSIBILITY_FILE
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["number"]: _item_label(row) for row in csv.DictReader(file)}


def _item_label(row: Mapping[str, str]) -> str:
    scope = f"（{row['scope']}）" if row["scope"] and row["scope"] != row["label"] else ""
    return f"{row['number']}. {row['label']}{scope}"


def refusal_categories(_tx: Transaction, _number: str) -> Mapping[str, str]:
    """The ten cases of 三（一）1 in which a ticket is not accepted."""
    categories = office_data.read(REFUSAL_FILE)
    return {key: f"（{position}）{entry['label']}" for position, (key, entry) in enumerate(categories.items(), 1)}


def _departments_of(*kinds: str) -> OptionCatalogue:
    def catalogue(tx: Transaction, _number: str) -> Mapping[str, str]:
        if MEMORY not in tx.memory:
            tx.memory[MEMORY] = organisation.all_departments(tx)
        return {each.id: each.name for each in tx.memory[MEMORY] if each.kind in kinds}

    return catalogue


def people(tx: Transaction, _number: str) -> Mapping[str, str]:
    """Everybody with a post: login → name and department."""
    rows = tx.connection.execute(
        select(person.c.login, person.c.name, department.c.name.label("department"))
        .join(membership, membership.c.person_id == person.c.id)
        .join(department, department.c.id == membership.c.department_id)
        .where(person.c.active)
        .order_by(department.c.id, person.c.login)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        places = found.setdefault(row.login, [row.name])
        if row.department not in places:
            places.append(row.department)
    return {login: f"{name}（{'、'.join(places)}）" for login, (name, *places) in found.items()}


def ticket_attachments(tx: Transaction, number: str) -> Mapping[str, str]:
    """The files of this ticket and of no other."""
    rows = tx.connection.execute(
        select(attachment.c.id, attachment.c.name)
        .where(attachment.c.ticket_number == number)
        .order_by(attachment.c.uploaded_at, attachment.c.name, attachment.c.id)
    )
    return {row.id: row.name for row in rows}


def ticket_departments(tx: Transaction, number: str) -> Mapping[str, str]:
    """The departments this ticket was dispatched to."""
    rows = tx.connection.execute(
        select(department.c.id, department.c.name)
        .join(ticket_department, ticket_department.c.group_id == department.c.id)
        .where(ticket_department.c.ticket_number == number, ticket_department.c.role.in_(("lead", "co")))
        .order_by(ticket_department.c.role.desc(), department.c.id)
    )
    return {row.id: row.name for row in rows}


CATALOGUES: dict[str, Callable[[Transaction, str], Mapping[str, str]]] = {
    "responsibility_items": responsibility_items,
    "refusal_categories": refusal_categories,
    "areas": _departments_of("area"),
    "committees": _departments_of("committee"),
    "departments": _departments_of(*sorted(roles.HANDLING_KINDS)),
    "people": people,
    "ticket_attachments": ticket_attachments,
    "ticket_departments": ticket_departments,
}
