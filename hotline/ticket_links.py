"""Earlier tickets of the same matter: found at entry, linked or unlinked by hand, counted along the chain."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, func, insert, or_, select

from engine import audit, key_locks, revision
from engine.errors import Conflict, InvalidInput, NotFound
from engine.transaction import Transaction
from hotline import office_data, ticket_process, ticket_scope
from hotline.access import Principal, require
from hotline.new_ticket import NewTicket
from hotline.tables import ticket, ticket_link
from hotline.ticket_view import masked

MOST = 200  # links of one ticket


@dataclass(frozen=True)
class Link:
    """Another ticket of the same matter; `earlier` when it came before this one."""

    number: str
    title: str
    state: str
    received_at: datetime
    kind: str
    kind_label: str
    reason: str
    earlier: bool


def link_new(tx: Transaction, number: str, new: NewTicket) -> int:
    """Link a ticket just entered to the earlier ones it matches; returns how many came before it."""
    found = _matches(tx, number, new)
    _require_all(new.earlier_numbers, found)
    if not found:
        return 0
    kind = "recheck" if new.recheck else "reassigned" if new.reassigned else "same_matter"
    tx.connection.execute(
        insert(ticket_link),
        [
            {
                "ticket_number": number,
                "linked_number": earlier,
                "kind": kind,
                "reason": reason,
                "created_at": tx.now,
                "created_by": tx.actor.id,
            }
            for earlier, reason in found.items()
        ],
    )
    return prior_count(tx, number)


def _matches(tx: Transaction, number: str, new: NewTicket) -> dict[str, str]:
    """Earlier numbers with the reason: named, same caller and address, or a mark and the same phone."""
    same_phone = _equal(ticket.c.caller_phone, new.caller_phone)
    same_name = _equal(ticket.c.caller_name, new.caller_name)
    same_place = and_(same_phone if new.caller_phone else same_name, _equal(ticket.c.address, new.address))
    marked = new.recheck or new.reassigned
    rows = tx.connection.execute(
        select(ticket.c.number, same_place.label("same_place"))
        .where(
            ticket.c.number != number,
            or_(ticket.c.number.in_(new.earlier_numbers), same_place, same_phone if marked else false()),
        )
        .order_by(ticket.c.received_at.desc(), ticket.c.number.desc())
        .limit(MOST)
    ).all()
    found = {row.number: "来电人和地址相同" for row in rows if row.same_place}
    found |= {row.number: "登记时指明的前件" for row in rows if row.number in new.earlier_numbers}
    if not found and rows:  # a mark promises an earlier ticket: the caller's latest one
        found[rows[0].number] = "带“复”“重”标记且来电号码相同"
    return found


def _equal(column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
    return column == value if value else false()


def _require_all(named: Sequence[str], found: dict[str, str]) -> None:
    missing = [number for number in named if number not in found]
    if missing:
        message = f"前件编号 {'、'.join(missing)} 不存在，请核对编号或留空"
        raise InvalidInput(message, {"earlier_numbers": message})


def prior_count(tx: Transaction, number: str) -> int:
    """How many earlier tickets of the matter there are, along the chain of links."""
    chain = select(ticket_link.c.linked_number).where(ticket_link.c.ticket_number == number)
    earlier = chain.cte("earlier", recursive=True)
    earlier = earlier.union(
        select(ticket_link.c.linked_number).join(earlier, ticket_link.c.ticket_number == earlier.c.linked_number)
    )
    count = select(func.count()).select_from(earlier).where(earlier.c.linked_number != number)
    return tx.connection.scalar(count) or 0


def links(tx: Transaction, principal: Principal, number: str) -> list[Link]:
    """The tickets linked with this one that the person may see, newest first."""
    ticket_scope.find(tx, principal, number)
    labels = office_data.read("ticket_fields.yaml")["link"]
    earlier = and_(ticket_link.c.ticket_number == number, ticket_link.c.linked_number == ticket.c.number)
    later = and_(ticket_link.c.linked_number == number, ticket_link.c.ticket_number == ticket.c.number)
    rows = tx.connection.execute(
        select(ticket, ticket_link.c.kind.label("link_kind"), ticket_link.c.reason, earlier.label("earlier"))
        .join(ticket_link, or_(earlier, later))
        .where(ticket_scope.visible(principal))
        .order_by(ticket.c.received_at.desc(), ticket.c.number.desc())
    )
    return [
        Link(
            row.number,
            masked(row, row.title),
            row.state,
            row.received_at,
            row.link_kind,
            labels.get(row.link_kind, row.link_kind),
            row.reason,
            bool(row.earlier),
        )
        for row in rows
    ]


def link(tx: Transaction, principal: Principal, number: str, linked_number: str, kind: str, reason: str) -> None:
    """Join two tickets by hand, whatever the order they are named in."""
    later, earlier, reason = _pair(tx, principal, number, linked_number, reason)
    if kind not in kinds():
        raise InvalidInput(f"关联类型“{kind}”不认识", {"kind": f"关联类型“{kind}”不认识"})
    key_locks.hold(tx, later)
    if tx.connection.execute(_one(later, earlier)).first():
        raise Conflict(f"工单 {later} 与 {earlier} 已经关联，无需再次操作")
    _insert(tx, later, earlier, kind, reason)
    _record(tx, later, "ticket_linked", {"linked_number": earlier, "kind": kind, "reason": reason})


def kinds() -> Collection[str]:
    """Why two tickets may be linked."""
    known: dict[str, str] = office_data.read("ticket_fields.yaml")["link"]
    return known.keys()


def describe(tx: Transaction, number: str, other: str, kind: str, clause: str = "") -> dict[str, Any]:
    """`link_ticket(other, kind, clause)` of a diagram; InvalidInput for what cannot be linked."""
    if kind not in kinds():
        raise InvalidInput(f"link_ticket() 不认识“{kind}”，请先在 ticket_fields.yaml 的 link 中加上这种关联")
    if number == other:
        raise InvalidInput("工单不能与自己关联，请填写另一张工单的编号")
    both = tx.connection.scalars(select(ticket.c.number).where(ticket.c.number.in_([number, other]))).all()
    for missing in sorted({number, other} - set(both)):
        raise InvalidInput(f"工单 {missing} 不存在，请核对要关联的工单编号")
    return {"other": other, "kind": kind, "clause": clause}


def link_by_process(tx: Transaction, number: str, wanted: Mapping[str, Any]) -> None:
    """Store what `describe` worded, the later ticket first; nothing when the two are linked already."""
    rows = tx.connection.execute(
        select(ticket.c.number)
        .where(ticket.c.number.in_([number, wanted["other"]]))
        .order_by(ticket.c.received_at, ticket.c.number)
    )
    earlier, later = [row.number for row in rows]
    if tx.connection.execute(_one(later, earlier)).first() is None:
        reason = f"流程登记（{wanted['clause']}）" if wanted["clause"] else "流程登记"
        _insert(tx, later, earlier, wanted["kind"], reason)


def unlink(tx: Transaction, principal: Principal, number: str, linked_number: str, reason: str) -> None:
    """Part two tickets that turned out to be different matters."""
    later, earlier, reason = _pair(tx, principal, number, linked_number, reason)
    key_locks.hold(tx, later)
    gone = tx.connection.execute(
        delete(ticket_link).where(ticket_link.c.ticket_number == later, ticket_link.c.linked_number == earlier)
    )
    if not gone.rowcount:
        raise NotFound(f"工单 {later} 与 {earlier} 没有关联，可能已被解除，请刷新页面")
    _record(tx, later, "ticket_unlinked", {"linked_number": earlier, "reason": reason})


def _insert(tx: Transaction, later: str, earlier: str, kind: str, reason: str) -> None:
    tx.connection.execute(
        insert(ticket_link).values(
            ticket_number=later,
            linked_number=earlier,
            kind=kind,
            reason=reason,
            created_at=tx.now,
            created_by=tx.actor.id,
        )
    )


def _one(later: str, earlier: str) -> Any:
    return select(ticket_link.c.kind).where(
        ticket_link.c.ticket_number == later, ticket_link.c.linked_number == earlier
    )


def _pair(tx: Transaction, principal: Principal, number: str, linked_number: str, reason: str) -> tuple[str, str, str]:
    """Both numbers, the later ticket first, and the reason; all checked."""
    require(principal, "ticket.revise")
    reason = reason.strip()
    if not reason:
        raise InvalidInput("请填写关联或解除关联的原因", {"reason": "请填写原因"})
    if number == linked_number:
        raise InvalidInput("工单不能与自己关联", {"linked_number": "请填写另一张工单的编号"})
    rows = [ticket_scope.find(tx, principal, n) for n in (number, linked_number)]
    earlier, later = sorted(rows, key=lambda row: (row.received_at, row.number))
    return later.number, earlier.number, reason


def _record(tx: Transaction, later: str, action: str, detail: dict[str, Any]) -> None:
    """One audit entry, and the process learns the new count of earlier tickets."""
    count = prior_count(tx, later)
    audit.append(tx, audit.instance_stream(later), action, detail={**detail, "prior_count": count})
    instance = ticket_process.instance(tx, later)
    if not instance.ended:
        revision.revise(tx, instance.id, {"prior_count": count}, detail["reason"])
