"""Due dates by class and level, and what happens when they pass."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.revision import revise
from engine.transaction import Actor
from tests.conftest import SHANGHAI
from tests.processes.conftest import Begin
from tests.processes.journey import NUMBER, Journey


def end_of(month: int, day: int) -> datetime:
    """The last second of a day of 2026 in Shanghai."""
    return datetime(2026, month, day, 23, 59, 59, tzinfo=SHANGHAI)


def dispatched(begin: Begin, matter_class: str = "complex", **marks: str | bool) -> Journey:
    """Accepted on Monday 2 March 2026 09:00, dispatched in the same minute."""
    ticket = begin(**marks)
    ticket.accept(matter_class)
    ticket.contact()
    ticket.dispatch(17)
    return ticket


@pytest.mark.clause("3.2.1-3")
@pytest.mark.parametrize(
    ("matter_class", "department", "whole"),
    [
        ("urgent", end_of(3, 3), end_of(3, 3)),
        ("inquiry", end_of(3, 5), end_of(3, 5)),
        ("complex", end_of(3, 9), end_of(3, 11)),
        ("difficult", end_of(3, 18), end_of(3, 23)),
    ],
)
def test_class_sets_the_departments_limit_and_the_whole_one(
    begin: Begin, matter_class: str, department: datetime, whole: datetime
) -> None:
    ticket = begin()
    ticket.accept(matter_class)
    ticket.contact()
    assert ticket.task("dispatch_ticket").due_at == whole
    ticket.dispatch(17)
    ticket.contact("area_zhenguang")
    assert ticket.task("handle_matter").due_at == department


@pytest.mark.clause("3.1.2-1")
def test_a_suishenpai_ticket_has_five_natural_days_from_the_report(begin: Begin) -> None:
    ticket = begin(ticket_kind="suishenpai", reported_at="2026-02-28T15:00:00+08:00")  # a Saturday
    ticket.accept()
    ticket.contact()
    assert ticket.task("dispatch_ticket").due_at == end_of(3, 5)


@pytest.mark.clause("3.1.2-2")
def test_of_a_suishenpai_ticket_the_department_is_never_due_after_the_whole(begin: Begin) -> None:
    early = dispatched(begin, ticket_kind="suishenpai", reported_at="2026-02-25T15:00:00+08:00")
    early.contact("area_zhenguang")
    assert early.task("handle_matter").due_at == end_of(3, 2)  # not 3 natural days from dispatch


@pytest.mark.clause("3.2.1-3")
def test_a_recheck_ticket_has_three_working_days_whatever_its_class(begin: Begin) -> None:
    ticket = begin(recheck=True)
    ticket.accept("difficult")
    ticket.contact()
    assert ticket.task("dispatch_ticket").due_at == end_of(3, 5)


@pytest.mark.clause("3.2.1-1")
def test_first_contact_is_due_one_working_day_after_acceptance_with_the_rule_named(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    task = ticket.task("record_contact_attempt")
    assert task.due_at == end_of(3, 3)
    assert task.due_explanation is not None
    assert task.due_explanation["clause"] == "3.2.1-1"


@pytest.mark.clause("3.2.1-1")
def test_a_late_first_contact_is_told_to_the_head_once_and_stays_open(begin: Begin) -> None:
    ticket = begin()
    ticket.accept()
    ticket.pass_time(datetime(2026, 3, 4, 8, 0, tzinfo=SHANGHAI))
    assert ticket.notices() == [("一级先行联系超时", "center_head")]
    ticket.miss("morning")
    assert ticket.pass_time(datetime(2026, 3, 4, 9, 0, tzinfo=SHANGHAI)) == 0
    assert ticket.waiting() == ["record_contact_attempt"]


@pytest.mark.clause("3.2.1-6")
def test_a_late_second_contact_is_told_to_the_departments_head(begin: Begin) -> None:
    ticket = dispatched(begin)
    ticket.pass_time(datetime(2026, 3, 4, 8, 0, tzinfo=SHANGHAI))
    assert ("二级先行联系超时", "area_zhenguang_head") in ticket.notices()
    assert ticket.waiting() == ["record_contact_attempt@area_zhenguang"]


@pytest.mark.clause("6-3")
def test_late_handling_is_told_to_both_heads_and_the_department_finishes_all_the_same(begin: Begin) -> None:
    ticket = dispatched(begin)
    ticket.contact("area_zhenguang")
    ticket.pass_time(datetime(2026, 3, 10, 8, 0, tzinfo=SHANGHAI))
    late = [group for title, group in ticket.notices() if title == "部门办理超时"]
    assert late == ["area_zhenguang_head", "center_head"]
    ticket.handle("area_zhenguang")
    ticket.review()
    ticket.satisfied()
    assert ticket.close().ended


@pytest.mark.clause("6-3")
def test_past_the_whole_limit_the_head_supervises_beside_the_running_work(begin: Begin) -> None:
    ticket = dispatched(begin)
    ticket.contact("area_zhenguang")
    ticket.pass_time(datetime(2026, 3, 12, 8, 0, tzinfo=SHANGHAI))
    assert ticket.waiting() == ["handle_matter@area_zhenguang", "supervise_overdue"]
    ticket.do("supervise_overdue", {"overdue_cause": "现场反复", "supervise_measures": "现场督办"})
    assert ticket.waiting() == ["handle_matter@area_zhenguang"]


@pytest.mark.clause("6-3")
def test_an_open_supervision_does_not_keep_a_closed_ticket_open(begin: Begin) -> None:
    ticket = dispatched(begin)
    ticket.contact("area_zhenguang")
    ticket.pass_time(datetime(2026, 3, 12, 8, 0, tzinfo=SHANGHAI))
    ticket.handle("area_zhenguang")
    ticket.review()
    ticket.satisfied()
    assert "supervise_overdue" in ticket.waiting()
    assert ticket.close().ended
    assert ticket.waiting() == []
    assert ticket.instance.state == "completed"


@pytest.mark.clause("3.0-1")
def test_the_district_platforms_earlier_date_starts_the_supervision(begin: Begin) -> None:
    ticket = begin(district_due_at="2026-03-05T17:00:00+08:00")
    ticket.accept()
    ticket.contact()
    ticket.pass_time(datetime(2026, 3, 5, 16, 59, tzinfo=SHANGHAI))
    assert "supervise_overdue" not in ticket.waiting()
    ticket.pass_time(datetime(2026, 3, 5, 17, 1, tzinfo=SHANGHAI))
    assert "supervise_overdue" in ticket.waiting()


@pytest.mark.clause("3.2.1-3")
def test_a_corrected_class_moves_the_departments_due_date(begin: Begin) -> None:
    ticket = dispatched(begin)
    ticket.contact("area_zhenguang")
    limits = {"limit_rule": "class_limit_urgent", "department_rule": "department_limit_urgent"}
    with ticket.runtime.write(Actor("head", "负责人")) as tx:
        revise(tx, ticket.instance.id, limits, "核实为紧急事项")
    assert ticket.task("handle_matter").due_at == end_of(3, 3)
    assert ticket.instance.business_key == NUMBER
