"""Notices: delivered once, read by the groups they were sent to, each person's own reading."""

from __future__ import annotations

import pytest

from engine import outbox, timers
from engine.transaction import SYSTEM
from hotline import notices
from tests.hotline.ticket_office import ACCEPTED, TicketOffice


def send(desk: TicketOffice, group: str, number: str, title: str = "提醒") -> None:
    with desk.runtime.write(SYSTEM) as tx:
        payload = {"group": group, "groups": [group], "title": title, "body": "请督促", "clause": "6-3"}
        outbox.put(tx, notices.TOPIC, number, payload)


def titles(desk: TicketOffice, login: str, **wanted: bool) -> list[str]:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return [each.title for each in notices.list_for(tx, person, **wanted).items]


def unread(desk: TicketOffice, login: str) -> int:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return notices.unread_count(tx, person)


def test_an_overdue_first_contact_reaches_the_head_of_the_hotline(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", ACCEPTED)
    desk.runtime.clock.advance(days=3)  # type: ignore[attr-defined]
    timers.fire_due(desk.runtime)
    assert outbox.deliver_due(desk.runtime, notices.deliver) == 1
    person = desk.principal("center_head")
    with desk.runtime.read(person.actor) as tx:
        [notice] = notices.list_for(tx, person).items
    assert (notice.title, notice.ticket_number, notice.clause, notice.read) == (
        "一级先行联系超时",
        number,
        "3.2.1-1",
        False,
    )
    assert titles(desk, "intake1") == []


def test_delivered_twice_a_notice_is_stored_once(desk: TicketOffice) -> None:
    send(desk, "area_zhenguang_head", desk.enter())
    kept = []

    def deliver_and_remember(tx: object, row: outbox.OutboxRow) -> None:
        kept.append(row)
        notices.deliver(tx, row)  # type: ignore[arg-type]

    outbox.deliver_due(desk.runtime, deliver_and_remember)
    with desk.runtime.write(SYSTEM) as tx:
        notices.deliver(tx, kept[0])
    assert titles(desk, "area_zhenguang_head") == ["提醒"]


def test_reading_is_each_persons_own_and_only_of_own_groups(desk: TicketOffice) -> None:
    number = desk.enter()
    send(desk, "center_intake", number, "甲")
    send(desk, "center_head", number, "乙")
    outbox.deliver_due(desk.runtime, notices.deliver)
    first, second, head = (desk.principal(login) for login in ("intake1", "intake2", "center_head"))
    with desk.runtime.read(head.actor) as tx:
        [foreign] = notices.list_for(tx, head).items
    with desk.runtime.write(first.actor) as tx:
        assert notices.mark_read(tx, first, [foreign.id]) == 0
        assert notices.mark_read(tx, first) == 1
        assert notices.mark_read(tx, first) == 0
    assert (unread(desk, "intake1"), unread(desk, "intake2"), unread(desk, "center_head")) == (0, 1, 1)
    assert titles(desk, "intake1") == ["甲"]
    assert titles(desk, "intake1", unread_only=True) == []
    assert titles(desk, "intake2", unread_only=True) == ["甲"]
    assert second.person.id != first.person.id


def test_what_is_no_notice_is_not_swallowed(desk: TicketOffice) -> None:
    row = outbox.OutboxRow("1", "sms", "PT1", {}, desk.runtime.clock(), 0)
    with desk.runtime.write(SYSTEM) as tx, pytest.raises(ValueError, match="sms"):
        notices.deliver(tx, row)
