"""Who may see which ticket: everything is hidden except what this one condition lets through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, false, select, true

from engine.errors import NotFound
from engine.transaction import Transaction
from hotline.access import Principal
from hotline.tables import ticket, ticket_department

UNKNOWN = "没有找到工单 {number}：编号不存在，或不在您的查看范围内。请核对编号。"


def sees_all(principal: Principal) -> bool:
    """Center, street leaders, auditors and process owners see every ticket."""
    return "ticket.view_all" in principal.permissions


def groups_seen(principal: Principal) -> frozenset[str]:
    """The groups whose tickets a person sees: the own ones and, for heads and leaders, their department's."""
    return principal.actor.groups | principal.departments


def sees_confidential_callers(principal: Principal) -> bool:
    """Only the center; to departments the caller of a confidential ticket is hidden (3.2.1-8)."""
    return sees_all(principal) and "caller.view" in principal.permissions


def of_group(*groups: str) -> ColumnElement[bool]:
    """SQL condition over `ticket`: one of these groups takes or took part."""
    return exists().where(
        and_(
            ticket_department.c.ticket_number == ticket.c.number,
            ticket_department.c.group_id.in_(groups),
        )
    )


def visible(principal: Principal) -> ColumnElement[bool]:
    """SQL condition over `ticket`: what this person may see."""
    if sees_all(principal):
        return true()
    if "ticket.view" not in principal.permissions:
        return false()
    return of_group(*sorted(groups_seen(principal)))


def find(tx: Transaction, principal: Principal, number: str) -> Row[Any]:
    """The ticket's row; raises NotFound outside the scope, so that existence does not leak."""
    row = tx.connection.execute(select(ticket).where(ticket.c.number == number, visible(principal))).first()
    if row is None:
        raise not_found(number)
    return row


def not_found(number: str) -> NotFound:
    """The same answer for what is not there and what may not be seen."""
    return NotFound(UNKNOWN.format(number=number))
