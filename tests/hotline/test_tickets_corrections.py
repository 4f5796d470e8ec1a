"""Corrections by hand: class, assignee, department; each with a reason, none behind anybody's back."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from engine.working_days import SHANGHAI
from hotline import reassignment, reclassification
from hotline.ticket_view import Ticket
from tests.hotline.ticket_office import ACCEPTED, CLOSED, CO, LEAD, REACHED, SATISFIED, TicketOffice

NEW = "office_safety"


def reclassify(
    desk: TicketOffice,
    number: str,
    matter_class: str,
    reason: str = "涉及多部门",
    login: str = "intake1",
    version: int = 0,
) -> Ticket:
    person = desk.principal(login)
    with desk.runtime.write(person.actor) as tx:
        version = version or desk.ticket(number).version
        return reclassification.reclassify(tx, person, number, matter_class, reason, version)


@pytest.mark.clause("3.2.1-3")
def test_another_class_moves_every_limit_and_is_on_record_with_both_values(desk: TicketOffice) -> None:
    number = desk.dispatched()
    desk.do(number, "record_contact_attempt", REACHED, LEAD)
    before = desk.task(number, "handle_matter").due_at
    changed = reclassify(desk, number, "difficult")
    assert changed.due_at == datetime(2026, 3, 23, 23, 59, 59, tzinfo=SHANGHAI)
    after = desk.task(number, "handle_matter").due_at
    assert before == datetime(2026, 3, 9, 23, 59, 59, tzinfo=SHANGHAI)
    assert after == datetime(2026, 3, 18, 23, 59, 59, tzinfo=SHANGHAI)
    [entry] = [entry for entry in desk.trail(number) if entry.action == "ticket_reclassified"]
    assert entry.detail["reason"] == "涉及多部门"
    assert (entry.detail["from"]["matter_class"], entry.detail["to"]["matter_class"]) == ("complex", "difficult")
    assert entry.detail["from"]["due_at"] != entry.detail["to"]["due_at"]


def test_reclassifying_needs_right_reason_class_and_the_latest_version(desk: TicketOffice) -> None:
    number = desk.dispatched()
    with pytest.raises(Forbidden):
        reclassify(desk, number, "difficult", login="reviewer")
    with pytest.raises(InvalidInput) as refused:
        reclassify(desk, number, "impossible", reason=" ")
    assert set(refused.value.fields) == {"matter_class", "reason"}
    with pytest.raises(Conflict, match="已有变动"):
        reclassify(desk, number, "difficult", version=desk.ticket(number).version + 1)
    with pytest.raises(Conflict, match="已是"):
        reclassify(desk, number, "complex")
    with pytest.raises(NotFound):
        reclassify(desk, "PT404", "difficult", version=1)


def test_only_accepted_open_tickets_have_a_class_to_change(desk: TicketOffice) -> None:
    number = desk.enter()
    with pytest.raises(Refused):
        reclassify(desk, number, "difficult")
    desk.do(number, "accept_ticket", {"acceptance": "refuse", "refusal_category": "military", "refusal_reason": "部队"})
    with pytest.raises(Refused):
        reclassify(desk, number, "difficult")


def test_a_task_is_handed_to_a_person_of_its_group_only(desk: TicketOffice) -> None:
    number = desk.dispatched()
    task = desk.task(number, "record_contact_attempt", LEAD)
    head = desk.principal("center_head")
    with desk.runtime.write(head.actor) as tx:
        assert {each.login for each in reassignment.candidates(tx, head, task.id)} == {
            "area_zhenguang_a",
            "area_zhenguang_b",
        }
        with pytest.raises(InvalidInput):
            reassignment.reassign(tx, head, task.id, "enforcement_team_a", "转办")
        with pytest.raises(InvalidInput):
            reassignment.reassign(tx, head, task.id, "area_zhenguang_b", "  ")
        assert reassignment.reassign(tx, head, task.id, "area_zhenguang_b", "A角开会").assignee == "area_zhenguang_b"
    stranger = desk.principal("area_zhenguang_head")
    with desk.runtime.write(stranger.actor) as tx, pytest.raises(Forbidden):
        reassignment.reassign(tx, stranger, task.id, "area_zhenguang_a", "不该成功")
    assert desk.trail(number)[-1].detail["reason"] == "A角开会"


@pytest.mark.clause("3.2.3-4")
def test_a_departments_work_moves_to_another_one_and_the_ticket_runs_to_its_end(desk: TicketOffice) -> None:
    number = desk.dispatched()
    desk.do(number, "record_contact_attempt", REACHED, LEAD)
    task = desk.task(number, "handle_matter", LEAD)
    head = desk.principal("center_head")
    with desk.runtime.write(head.actor) as tx:
        with pytest.raises(Conflict):
            reassignment.move_department(tx, head, task.id, CO, "已在办")
        with pytest.raises(InvalidInput):
            reassignment.move_department(tx, head, task.id, "center", "平台不承办")
        reassignment.move_department(tx, head, task.id, NEW, "属平安办职责")
    moved = desk.task(number, "handle_matter", NEW)
    assert moved.due_at == task.due_at
    found = desk.ticket(number, f"{NEW}_a")
    assert (found.lead_id, found.responsible_person) == (NEW, desk.principal(f"{NEW}_head").person.name)
    desk.ticket(number, "area_zhenguang_a")  # whoever took part may still look
    for group in (NEW, CO):
        desk.handled(number, group)
        desk.do(number, "review_closing_report", {"review_decision": "pass"})
    desk.do(number, "record_callback", SATISFIED)
    desk.do(number, "close_ticket", CLOSED)
    assert desk.ticket(number).state_label == "已办结"
    [entry] = [entry for entry in desk.trail(number) if entry.action == "department_moved"]
    assert entry.detail == {"from": LEAD, "to": NEW, "reason": "属平安办职责"}


def test_before_the_second_contact_a_department_cannot_be_moved(desk: TicketOffice) -> None:
    number = desk.dispatched()
    task = desk.task(number, "record_contact_attempt", LEAD)
    head = desk.principal("center_head")
    with desk.runtime.write(head.actor) as tx, pytest.raises(Refused):
        reassignment.move_department(tx, head, task.id, NEW, "属平安办职责")


def test_a_reply_after_acceptance_counts_the_ticket_once(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", ACCEPTED)
    assert reclassify(desk, number, "urgent").version == desk.ticket(number).version
