"""The demonstration: quick, complete, with every light and most states in it."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from engine import audit, incidents
from engine.transaction import SYSTEM
from engine.working_days import SHANGHAI
from hotline import inbox, seed_demo, tickets
from tests.hotline.ticket_office import TicketOffice


@pytest.mark.parametrize("now", ["2026-03-02 09:00", "2026-10-06 23:10"])  # a morning; a night in a holiday
def test_the_demonstration_shows_every_light_and_a_ticket_in_nearly_every_state(desk: TicketOffice, now: str) -> None:
    desk.runtime.clock.now = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)  # type: ignore[attr-defined]
    began = time.process_time()
    assert seed_demo.load(desk.runtime) == 24
    assert time.process_time() - began < 20
    head = desk.principal("center_head")
    with desk.runtime.read(head.actor) as tx:
        found = tickets.list_page(tx, head, limit=100).items
        rows = inbox.list_page(tx, head, scope="all", limit=200).items
        assert incidents.list_page(tx).total == 0
        for each in found:
            audit.verify(tx.connection, audit.instance_stream(each.number))
    assert {row.light for row in rows} == {"red", "yellow", "green"}
    assert {each.state for each in found} >= {
        *("intake", "first_contact", "dispatch", "handling", "review", "callback", "closing"),
        *("closed", "refused", "returned", "withdrawn"),
    }
    assert all(each.received_at < desk.runtime.clock() for each in found)
    assert max(each.rework_count for each in found) == 1


def test_loaded_at_the_same_moment_it_is_the_same(desk: TicketOffice) -> None:
    seed_demo.load(desk.runtime)
    with desk.runtime.read(SYSTEM) as tx:
        found = tickets.list_page(tx, desk.principal("center_head"), limit=100).items
    again = next(each for each in found if each.title == "楼道堆物又返潮")
    assert (again.number, again.state, again.marks) == ("PT202602270002", "handling", ("复",))
