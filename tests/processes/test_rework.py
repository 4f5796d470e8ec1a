"""回访不满意: the same ticket goes back to departments, again and again if need be, and still finds its end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import InvalidInput
from tests.processes.conftest import Begin
from tests.processes.journey import Journey


def dissatisfied(begin: Begin, *departments: str) -> Journey:
    """A ticket of two departments whose caller is not satisfied."""
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(19)
    ticket.department("area_zhenguang")
    ticket.department("office_management")
    ticket.dissatisfied(*departments)
    return ticket


@pytest.mark.clause("3.3-14")
def test_the_chosen_department_alone_works_again_and_the_ticket_closes(begin: Begin) -> None:
    ticket = dissatisfied(begin, "office_management")
    assert ticket.waiting() == ["record_contact_attempt@office_management"]
    assert ticket.sees("record_contact_attempt")["contact_level"] == 2
    ticket.contact("office_management")
    assert ticket.sees("handle_matter")["rework_reason"] == "仍有人设摊"
    ticket.handle("office_management")
    ticket.review()
    known = ticket.variables()
    assert known["rework_round"] == 1
    assert [each["department"] for each in known["reports"]] == ["office_management"]
    assert len(known["previous_reports"]) == 2
    ticket.satisfied()
    assert ticket.close().ended


@pytest.mark.clause("3.3-14")
def test_without_a_choice_every_department_works_again(begin: Begin) -> None:
    ticket = dissatisfied(begin)
    assert ticket.waiting() == [
        "record_contact_attempt@area_zhenguang",
        "record_contact_attempt@office_management",
    ]


@pytest.mark.clause("3.3-14")
def test_dissatisfaction_must_say_with_what(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.contact()
    ticket.dispatch(17)
    ticket.department("area_zhenguang")
    with pytest.raises(InvalidInput) as refused:
        ticket.do("record_callback", {"satisfaction": "dissatisfied", "resolution": "unresolved"})
    assert set(refused.value.fields) == {"dissatisfied_content"}


@pytest.mark.clause("3.3-14")
def test_rework_has_three_working_days_from_the_new_dispatch(begin: Begin) -> None:
    ticket = begin()
    ticket.accept("difficult")
    ticket.contact()
    ticket.dispatch(17)
    ticket.department("area_zhenguang")
    ticket.pass_time(datetime(2026, 3, 5, 10, 0, tzinfo=UTC))  # Thursday
    ticket.dissatisfied()
    ticket.contact("area_zhenguang")
    task = ticket.task("handle_matter")
    assert task.due_at == datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC)  # Tuesday, end of day in Shanghai
    assert task.due_explanation is not None
    assert task.due_explanation["rule"] == "rework"


@pytest.mark.clause("3.3-2d")
def test_a_second_dissatisfaction_is_decided_by_the_head_with_the_leaders_signature(begin: Begin) -> None:
    ticket = dissatisfied(begin, "office_management")
    ticket.department("office_management")
    ticket.dissatisfied("office_management")
    assert ticket.waiting() == ["decide_after_rework"]
    close = {"further_action": "close", "further_reason": "已穷尽措施"}
    with pytest.raises(InvalidInput) as refused:
        ticket.do("decide_after_rework", close)
    assert set(refused.value.fields) == {"leader_sign_off_files"}
    ticket.do("decide_after_rework", {**close, "leader_sign_off_files": ["photo_1"]})
    assert ticket.waiting() == ["close_ticket"]
    assert ticket.variables()["satisfaction"] == "dissatisfied"


@pytest.mark.clause("6-4.2")
def test_the_head_may_send_it_back_again_and_again(begin: Begin) -> None:
    ticket = dissatisfied(begin, "office_management")
    for again in (2, 3, 4):
        ticket.department("office_management")
        ticket.dissatisfied("office_management")
        ticket.do("decide_after_rework", {"further_action": "rework", "further_reason": "继续推进"})
        assert ticket.variables()["rework_round"] == again
    ticket.department("office_management")
    ticket.satisfied()
    assert ticket.close().ended
