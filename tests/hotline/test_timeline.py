"""The timeline: everything in order for who may see the ticket, looks at the caller for auditors only."""

from __future__ import annotations

import pytest

from engine import audit
from engine.audit import AuditEntry
from engine.errors import NotFound
from engine.transaction import SYSTEM
from hotline import tickets, timeline
from tests.hotline.ticket_office import ACCEPTED, LEAD, REACHED, TicketOffice


def seen(desk: TicketOffice, login: str, number: str) -> list[AuditEntry]:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return timeline.entries(tx, person, number)


def test_the_steps_are_told_in_order_with_actor_and_clause(desk: TicketOffice) -> None:
    number = desk.dispatched()
    told = [(entry.actor, entry.action, entry.element_id) for entry in seen(desk, "area_zhenguang_a", number)]
    assert told == [
        ("intake1", "ticket_created", None),
        ("intake1", "instance.started", None),
        ("intake1", "user_task.completed", "accept_ticket"),
        ("intake1", "user_task.completed", "record_contact_attempt"),
        ("intake1", "user_task.completed", "dispatch_ticket"),
    ]
    assert "3.1.1-0" in (seen(desk, "area_zhenguang_a", number)[-1].clause or "")


@pytest.mark.clause("A6-5")
def test_who_looked_at_the_caller_is_shown_to_auditors_only(desk: TicketOffice) -> None:
    number = desk.dispatched()
    person = desk.principal("area_zhenguang_a")
    with desk.runtime.write(person.actor) as tx:
        tickets.reveal_caller(tx, person, number, "核实地址")
    for login, shown in (("area_zhenguang_a", False), ("reviewer", False), ("auditor", True), ("center_head", True)):
        assert ("caller_viewed" in [entry.action for entry in seen(desk, login, number)]) is shown, login


def test_what_people_typed_about_the_caller_is_masked(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", ACCEPTED | {"acceptance_note": "王小明另有手机13900001111"})
    note = seen(desk, "intake1", number)[-1].detail["data"]["acceptance_note"]
    assert note == "王**另有手机139****1111"


def test_the_id_of_an_instance_that_looks_like_a_phone_number_stays_as_it_is(desk: TicketOffice) -> None:
    number = desk.enter()
    with desk.runtime.write(SYSTEM) as tx:
        audit.append(tx, audit.instance_stream(number), "timer.fired", detail={"instance": "a-13900001111-b"})
    assert seen(desk, "intake1", number)[-1].detail["instance"] == "a-13900001111-b"


def test_outside_the_scope_there_is_no_timeline(desk: TicketOffice) -> None:
    number = desk.dispatched()
    desk.do(number, "record_contact_attempt", REACHED, LEAD)
    with pytest.raises(NotFound):
        seen(desk, "enforcement_team_a", number)
