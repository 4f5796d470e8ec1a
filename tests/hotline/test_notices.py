"""Notices: stored once per group, read by the groups they were sent to, each person's own reading."""

from __future__ import annotations

from sqlalchemy import select

from engine import outbox, timers
from engine.outbox import Delivery
from engine.process_instances import Step
from engine.spiff.changes import Change
from engine.tables import outbox as outbox_rows
from engine.transaction import SYSTEM
from hotline import notices, ticket_process
from tests.hotline.ticket_office import ACCEPTED, TicketOffice


def send(desk: TicketOffice, group: str, number: str, title: str = "提醒") -> None:
    """What a step says with notify(…), told to the domain as the engine does."""
    told = {"groups": [group], "title": title, "body": "请督促", "clause": "6-3"}
    with desk.runtime.write(SYSTEM) as tx:
        instance = ticket_process.instance(tx, number)
        step = Step(instance, "timer.fired", {}, Change([], [], [], []), [], [], [], notices=[told])
        notices.send(tx, step)


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


def test_where_the_office_has_a_gateway_every_notice_is_also_pushed(desk: TicketOffice) -> None:
    number = desk.enter()
    send(desk, "center_head", number, "只在站内")
    pushed: list[Delivery] = []
    desk.runtime.adapters = {notices.PUSH: pushed.append}
    send(desk, "center_head", number, "也要推送")
    with desk.runtime.read(SYSTEM) as tx:
        ids = list(tx.connection.execute(select(outbox_rows.c.id)).scalars())
    assert pushed == []  # not in the step's transaction
    outbox.deliver(desk.runtime, ids)
    outbox.deliver(desk.runtime, ids)
    assert [(each.id, each.topic, each.business_key, each.payload["title"]) for each in pushed] == [
        (ids[0], "notice.push", number, "也要推送")
    ]
    assert sorted(titles(desk, "center_head")) == ["也要推送", "只在站内"]


def test_reading_is_each_persons_own_and_only_of_own_groups(desk: TicketOffice) -> None:
    number = desk.enter()
    send(desk, "center_intake", number, "甲")
    send(desk, "center_head", number, "乙")
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
