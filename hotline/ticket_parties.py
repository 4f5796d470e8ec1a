"""Who takes or took part in a ticket: lead, co-handlers, guiding and enforcing departments (annex 4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from engine.transaction import Transaction
from hotline import ticket_scope
from hotline.access import Principal
from hotline.tables import department, ticket_department

ROLES = {"lead": "主办", "co": "协办", "guide": "指导", "enforce": "执法"}  # in the order they are named


@dataclass(frozen=True)
class Party:
    """A department with its part in a ticket."""

    department_id: str
    name: str
    role: str
    role_label: str


def parties(tx: Transaction, principal: Principal, number: str) -> list[Party]:
    """The departments the dispatch named, lead first; NotFound outside the person's scope."""
    ticket_scope.find(tx, principal, number)
    rows = tx.connection.execute(
        select(department.c.id, department.c.name, ticket_department.c.role)
        .join(department, department.c.id == ticket_department.c.group_id)
        .where(ticket_department.c.ticket_number == number, ticket_department.c.role.in_(list(ROLES)))
    )
    found = [Party(row.id, row.name, row.role, ROLES[row.role]) for row in rows]
    return sorted(found, key=lambda party: (list(ROLES).index(party.role), party.name))
