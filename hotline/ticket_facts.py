"""Facts 事实 that processes record about a ticket, for reports and assessment to count later."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert, select

from engine import variable_values
from engine.errors import InvalidInput
from engine.transaction import Transaction, new_id
from hotline import office_data, ticket_scope
from hotline.access import Principal
from hotline.tables import ticket, ticket_fact

FILE = "facts.yaml"
_INSERT = insert(ticket_fact)


@dataclass(frozen=True)
class Fact:
    """What happened, which department it concerns, and the clause that makes it count."""

    kind: str
    label: str
    department: str | None
    at: datetime
    detail: dict[str, Any]
    clause: str


def kinds() -> Collection[str]:
    """Every kind the office records."""
    return office_data.read(FILE).keys()


def label(kind: str) -> str:
    """The Chinese name of a kind."""
    known = office_data.read(FILE).get(kind)
    return str(known["label"]) if known else kind


def describe(
    tx: Transaction, number: str, kind: str, detail: Mapping[str, Any] | None = None, clause: str = ""
) -> dict[str, Any]:
    """`record_fact(kind, {…}, clause)` of a diagram; `department` in the detail has a column of its own.

    Without a clause that of the kind counts. InvalidInput for what is no ticket, an unknown kind or a detail that is
    no JSON object.
    """
    known = office_data.read(FILE).get(kind)
    if known is None:
        raise InvalidInput(f"record_fact() 不认识“{kind}”，请先在 {FILE} 中加上这种事实")
    given = detail if detail is not None else {}
    if not isinstance(given, Mapping):
        raise InvalidInput("record_fact() 的第 2 个参数须是一组内容，如 {'department': department}")
    variable_values.check(given)
    if tx.connection.execute(select(ticket.c.number).where(ticket.c.number == number)).first() is None:
        raise InvalidInput(f"{number} 不是工单，不能对它记录事实")
    rest = {name: value for name, value in given.items() if name != "department"}
    return {
        "kind": kind,
        "department": given.get("department") or None,
        "detail": rest,
        "clause": clause or known["clause"],
    }


def store(tx: Transaction, number: str, fact: Mapping[str, Any]) -> None:
    """Write what `describe` worded."""
    row = {
        "id": new_id(),
        "kind": fact["kind"],
        "ticket_number": number,
        "department_id": fact["department"],
        "at": tx.now,
        "detail": orjson.dumps(fact["detail"], option=orjson.OPT_SORT_KEYS).decode(),
        "clause": fact["clause"],
    }
    tx.connection.execute(_INSERT, row)


def list_for(tx: Transaction, principal: Principal, number: str) -> list[Fact]:
    """What was recorded about a ticket, oldest first; NotFound outside the person's scope."""
    ticket_scope.find(tx, principal, number)
    rows = tx.connection.execute(
        select(ticket_fact).where(ticket_fact.c.ticket_number == number).order_by(ticket_fact.c.at, ticket_fact.c.id)
    )
    return [
        Fact(row.kind, label(row.kind), row.department_id, row.at, orjson.loads(row.detail), row.clause) for row in rows
    ]
