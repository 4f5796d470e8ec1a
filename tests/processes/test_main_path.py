"""From 受理 to 办结 and every other way a ticket may end."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import InvalidInput
from engine.process_instances import Step
from tests.processes.conftest import Begin

RETURN = {"return_category": "other_body", "return_reason": "应由区商务委办理", "caller_informed": "yes"}


def ends(step: Step) -> list[str]:
    """The end events of the main process reached in a step."""
    return [e for key, e in step.change.entered if key == "ticket_handling" and e.startswith("end_")]


@pytest.mark.clause("3.1.1-0")
def test_a_complaint_goes_from_acceptance_to_closing(begin: Begin) -> None:
    ticket = begin()
    assert ticket.waiting() == ["accept_ticket"]
    ticket.accept()
    assert ticket.waiting() == ["record_contact_attempt"]
    ticket.contact()
    assert ticket.waiting() == ["dispatch_ticket"]
    ticket.dispatch(17)
    assert ticket.waiting() == ["record_contact_attempt@area_zhenguang"]
    ticket.contact("area_zhenguang")
    assert ticket.waiting() == ["handle_matter@area_zhenguang"]
    ticket.handle("area_zhenguang")
    assert ticket.waiting() == ["review_closing_report"]
    ticket.review()
    assert ticket.waiting() == ["record_callback"]
    ticket.satisfied()
    assert ticket.waiting() == ["close_ticket"]
    step = ticket.close()
    assert step.ended
    assert "end_closed" in ends(step)
    assert ticket.waiting() == []
    assert ticket.notices() == [
        ("请指导或协助执法", "center_greening"),
        ("请指导或协助执法", "enforcement_team"),
    ]


@pytest.mark.clause("3.1.1-1")
def test_a_refusal_needs_category_and_reason_and_ends_the_ticket(begin: Begin) -> None:
    ticket = begin()
    with pytest.raises(InvalidInput) as refused:
        ticket.do("accept_ticket", {"acceptance": "refuse"})
    assert set(refused.value.fields) == {"refusal_category", "refusal_reason"}
    step = ticket.do(
        "accept_ticket", {"acceptance": "refuse", "refusal_category": "1", "refusal_reason": "已由法院判决"}
    )
    assert step.ended
    assert ends(step) == ["end_refused"]


@pytest.mark.clause("3.1.1-7")
def test_a_ticket_without_its_elements_goes_back_to_the_city_platform(begin: Begin) -> None:
    ticket = begin()
    ticket.do("accept_ticket", {"acceptance": "return_to_platform", "platform_return_reason": "无地址、无联系方式"})
    assert ticket.waiting() == ["record_platform_return"]
    incomplete = {"return_category": "incomplete", "return_reason": "要素不全", "caller_informed": "not_possible"}
    assert ends(ticket.do("record_platform_return", incomplete)) == ["end_returned"]


@pytest.mark.clause("3.2.3-5")
def test_returning_a_supplement_needs_the_recording_of_telling_the_caller(begin: Begin) -> None:
    ticket = begin()
    ticket.do("accept_ticket", {"acceptance": "return_to_platform", "platform_return_reason": "补充照片"})
    supplement = {**RETURN, "return_category": "supplement"}
    with pytest.raises(InvalidInput) as refused:
        ticket.do("record_platform_return", supplement)
    assert set(refused.value.fields) == {"return_recordings"}
    assert ticket.do("record_platform_return", {**supplement, "return_recordings": ["photo_1"]}).ended


@pytest.mark.clause("3.2.1-4")
def test_a_matter_settled_within_the_day_skips_dispatch_but_keeps_its_reply(begin: Begin) -> None:
    ticket = begin()
    ticket.accept("inquiry")
    with pytest.raises(InvalidInput):
        ticket.contact(contact_result="quick_closed")
    ticket.contact(contact_result="quick_closed", quick_close_reply="已告知办理地点", reply_satisfaction="satisfied")
    assert ticket.waiting() == ["close_ticket"]
    assert ticket.variables()["quick_close_reply"] == "已告知办理地点"
    assert "end_closed" in ends(ticket.close())


@pytest.mark.clause("A4-91")
def test_an_item_of_an_outside_body_comes_back_with_the_lists_note_and_can_be_returned(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(85)
    assert ticket.waiting() == ["dispatch_ticket"]
    assert ticket.sees("dispatch_ticket")["dispatch_hint"] == "光彩公寓：以非地理由申请退长征"
    assert ticket.variables()["outside_body"] == "changzheng_town"
    returned = {"dispatch_decision": "return_to_platform", "platform_return_reason": "光彩公寓属长征镇"}
    ticket.do("dispatch_ticket", returned)
    assert ticket.waiting() == ["record_platform_return"]
    assert ends(ticket.do("record_platform_return", RETURN)) == ["end_returned"]


@pytest.mark.clause("3.0-2")
def test_an_item_without_a_lead_can_be_given_to_a_department_by_hand_with_a_reason(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(87)
    by_hand: dict[str, Any] = {"dispatch_decision": "dispatch", "dispatch_basis": "override", "area": "area_beishi"}
    by_hand |= {"override_lead": "office_management", "override_co": ["office_safety", "office_management"]}
    with pytest.raises(InvalidInput) as refused:
        ticket.do("dispatch_ticket", by_hand)
    assert set(refused.value.fields) == {"override_reason"}
    ticket.do("dispatch_ticket", {**by_hand, "override_reason": "投诉政府不作为"})
    assert ticket.variables()["lead"] == "office_management"
    assert ticket.waiting() == [
        "record_contact_attempt@office_management",
        "record_contact_attempt@office_safety",
    ]


@pytest.mark.clause("A4-97")
def test_the_duty_phone_in_office_hours_is_answered_by_the_center_without_a_department(begin: Begin) -> None:
    ticket = begin()
    ticket.accept("inquiry")
    ticket.contact()
    ticket.dispatch(97)
    assert ticket.waiting() == ["answer_directly"]
    answer = {"quick_close_reply": "已说明并致歉", "reply_method": "phone", "reply_satisfaction": "satisfied"}
    ticket.do("answer_directly", answer)
    assert "end_closed" in ends(ticket.close())


@pytest.mark.clause("A4-97")
def test_the_duty_phone_on_a_sunday_goes_to_the_party_and_government_office(begin: Begin) -> None:
    ticket = begin(reported_at="2026-03-01T10:00:00+08:00")
    ticket.accept("inquiry")
    ticket.contact()
    ticket.dispatch(97)
    assert ticket.waiting() == ["record_contact_attempt@office_party_government"]


@pytest.mark.clause("3.2.1-5")
def test_what_a_committee_handles_goes_to_it_together_with_the_self_governance_office(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    with pytest.raises(InvalidInput) as refused:
        ticket.dispatch(41, committee_scope=True)
    assert set(refused.value.fields) == {"committee"}
    ticket.dispatch(41, committee_scope=True, committee="committee_01")
    assert ticket.waiting() == [
        "record_contact_attempt@committee_01",
        "record_contact_attempt@office_self_governance",
    ]


def test_a_withdrawn_ticket_ends_at_once_with_all_its_open_tasks(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(33)
    assert len(ticket.waiting()) == 3
    assert ticket.withdraw()
    assert ticket.waiting() == []
    assert ticket.instance.state == "completed"
    assert ticket.visits()["end_withdrawn"] == 1
