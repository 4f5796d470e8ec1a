"""先行联系: three attempts in three slots of one working day, then the remark or the text message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import InvalidInput
from tests.conftest import MONDAY_MORNING
from tests.processes.conftest import Begin

UNREACHABLE = "电话暂无法拨通"
SMS = {"sms_method": "sms", "sms_text": "您好，您的诉求已受理", "call_log_pictures": ["photo_1"]}


@pytest.mark.clause("3.2.1-2")
def test_three_slots_without_an_answer_let_dispatch_go_on_with_the_remark(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    for slot in ("morning", "noon"):
        ticket.miss(slot)
        assert ticket.waiting() == ["record_contact_attempt"]
    ticket.miss("afternoon")
    assert ticket.waiting() == ["dispatch_ticket"]
    known = ticket.variables()
    assert (known["first_contact_result"], known["contact_remark"]) == ("unreachable", UNREACHABLE)
    assert [attempt["slot"] for attempt in known["first_contact_attempts"]] == ["morning", "noon", "afternoon"]
    ticket.dispatch(17)
    assert ticket.sees("record_contact_attempt", "area_zhenguang")["contact_level"] == 2


@pytest.mark.clause("3.2.1-2")
def test_the_remark_reaches_the_department_until_it_has_spoken_to_the_caller(begin: Begin) -> None:
    ticket = begin(confidential=True)
    ticket.accept()
    for slot in ("morning", "noon", "evening"):
        ticket.miss(slot)
    ticket.dispatch(17)
    assert ticket.sees("handle_matter")["contact_remark"] == UNREACHABLE


@pytest.mark.clause("3.2.1-2")
def test_the_same_slot_twice_counts_once(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    for slot in ("morning", "morning", "noon"):
        ticket.miss(slot)
    assert ticket.waiting() == ["record_contact_attempt"]
    ticket.miss("evening")
    assert ticket.waiting() == ["dispatch_ticket"]


@pytest.mark.clause("3.2.1-2")
def test_slots_of_another_working_day_do_not_count(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.miss("afternoon")
    ticket.miss("evening")
    ticket.pass_time(MONDAY_MORNING + timedelta(days=1))
    ticket.miss("morning")
    assert ticket.waiting() == ["record_contact_attempt"]


@pytest.mark.clause("3.2.1-2")
def test_the_slot_must_fit_the_time_of_the_call(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    with pytest.raises(InvalidInput) as refused:
        ticket.contact(time_slot="evening", attempted_at="2026-03-02T09:30:00+08:00")
    assert refused.value.fields == {"time_slot": "请选择与联系时间相符的时间段"}
    ticket.contact(time_slot="morning", attempted_at="2026-03-02T09:30:00+08:00")
    assert ticket.variables()["first_contact_at"] == "2026-03-02T09:30:00+08:00"


@pytest.mark.clause("3.2.1-7")
def test_a_department_may_send_a_text_only_after_three_slots_and_with_the_call_log(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(17)
    for slot in ("morning", "noon", "afternoon"):
        assert ticket.waiting() == ["record_contact_attempt@area_zhenguang"]
        ticket.miss(slot)
    assert ticket.waiting() == ["send_sms_contact@area_zhenguang"]
    with pytest.raises(InvalidInput) as refused:
        ticket.do("send_sms_contact", {**SMS, "call_log_pictures": []})
    assert set(refused.value.fields) == {"call_log_pictures"}
    ticket.do("send_sms_contact", SMS)
    ticket.handle("area_zhenguang")
    ticket.review()
    assert ticket.variables()["reports"][0]["contact_result"] == "sms_sent"


@pytest.mark.clause("3.2.1-4")
def test_a_quick_close_by_a_department_counts_as_contact_and_still_needs_its_report(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(17)
    reply = {"quick_close_reply": "已劝离", "reply_satisfaction": "satisfied"}
    ticket.contact("area_zhenguang", contact_result="quick_closed", **reply)
    assert ticket.waiting() == ["handle_matter@area_zhenguang"]
