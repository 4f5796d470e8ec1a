"""部门办理: several departments at once, reports sent back, who is skipped, what a report must say."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import InvalidInput
from tests.processes.conftest import Begin
from tests.processes.journey import Journey, handling, report


def dispatched(begin: Begin, item: int = 17, **marks: Any) -> Journey:
    """A ticket that its departments have just received."""
    ticket = begin(**marks)
    ticket.accept()
    if marks.get("has_phone", True):
        ticket.contact()
    ticket.dispatch(item)
    return ticket


@pytest.mark.clause("3.0-2")
def test_lead_and_co_handlers_each_handle_report_and_are_reviewed_on_their_own(begin: Begin) -> None:
    ticket = dispatched(begin, 33)
    ticket.department("area_zhenguang")
    ticket.department("office_safety")
    assert ticket.waiting() == ["record_contact_attempt@office_self_governance"]
    ticket.department("office_self_governance")
    assert ticket.waiting() == ["record_callback"]
    reports = {each["department"]: each["role"] for each in ticket.variables()["reports"]}
    assert reports == {"office_safety": "lead", "area_zhenguang": "co", "office_self_governance": "co"}
    ticket.satisfied()
    assert ticket.close().ended


@pytest.mark.clause("3.3-7")
def test_a_report_sent_back_returns_to_its_department_alone_with_the_reasons(begin: Begin) -> None:
    ticket = dispatched(begin, 19)
    ticket.contact("area_zhenguang")
    ticket.handle("area_zhenguang")
    with pytest.raises(InvalidInput) as refused:
        ticket.do("review_closing_report", {"review_decision": "send_back"})
    assert set(refused.value.fields) == {"return_reasons", "review_opinion"}
    ticket.review("send_back")
    assert ticket.waiting() == ["handle_matter@area_zhenguang", "record_contact_attempt@office_management"]
    assert ticket.sees("handle_matter")["review_opinion"] == "缺处置依据，请补充"
    ticket.handle("area_zhenguang")
    ticket.review()
    ticket.department("office_management")
    rounds = {each["department"]: each["submission_round"] for each in ticket.variables()["reports"]}
    assert rounds == {"area_zhenguang": 2, "office_management": 1}


@pytest.mark.clause("3.2.1-8")
def test_of_a_confidential_ticket_departments_do_not_contact_the_caller(begin: Begin) -> None:
    ticket = dispatched(begin, confidential=True)
    assert ticket.waiting() == ["handle_matter@area_zhenguang"]


@pytest.mark.clause("3.2.1-1")
def test_without_a_number_nobody_contacts_and_nobody_calls_back(begin: Begin) -> None:
    ticket = begin(anonymous=True, has_phone=False)
    ticket.accept()
    assert ticket.waiting() == ["dispatch_ticket"]
    ticket.dispatch(17)
    assert ticket.waiting() == ["handle_matter@area_zhenguang"]
    ticket.handle("area_zhenguang")
    ticket.review()
    assert ticket.waiting() == ["close_ticket"]
    assert ticket.variables()["satisfaction"] == "not_possible"


@pytest.mark.clause("3.2.1-1")
def test_an_anonymous_caller_whose_number_is_known_is_contacted_all_the_same(begin: Begin) -> None:
    ticket = begin(anonymous=True)
    ticket.accept()
    assert ticket.waiting() == ["record_contact_attempt"]


@pytest.mark.clause("3.3-1")
def test_a_matter_with_a_site_needs_a_photo_of_it(begin: Begin) -> None:
    ticket = dispatched(begin, confidential=True)
    without = {name: value for name, value in handling().items() if name != "site_photos"}
    for photos in [dict[str, Any](), {"site_photos": []}]:
        with pytest.raises(InvalidInput) as refused:
            ticket.do("handle_matter", {**without, **photos})
        assert refused.value.fields == {"site_photos": "有实际现场的须提供现场照片"}
    ticket.do("handle_matter", {"has_site": "no", "handling_process": "电话解释政策"})


@pytest.mark.clause("3.3-7")
def test_a_report_names_every_missing_element_at_once(begin: Begin) -> None:
    ticket = dispatched(begin, confidential=True)
    ticket.do("handle_matter", handling())
    with pytest.raises(InvalidInput) as refused:
        ticket.do("submit_closing_report", {"demand_matches": "yes"})
    missing = {"fact_finding", "handling_process", "basis", "responsible_person", "responsible_phone"}
    assert missing | {"no_recording_reason", "reply_method"} <= set(refused.value.fields)


@pytest.mark.clause("3.3-5")
@pytest.mark.parametrize(
    "determination", ["unsubstantiated", "not_adopted", "policy_not_accepted", "no_policy", "for_reference"]
)
def test_five_determinations_need_a_signature(begin: Begin, determination: str) -> None:
    ticket = dispatched(begin, confidential=True)
    ticket.do("handle_matter", handling())
    with pytest.raises(InvalidInput) as refused:
        ticket.do("submit_closing_report", report(closing_determination=determination))
    assert "sign_off_files" in refused.value.fields
    signed = report(closing_determination=determination, sign_off_files=["photo_3"])
    ticket.do("submit_closing_report", signed)


@pytest.mark.clause("3.3-2a")
def test_unsubstantiated_needs_its_basis_and_the_matching_determination(begin: Begin) -> None:
    ticket = dispatched(begin, confidential=True)
    ticket.do("handle_matter", handling())
    with pytest.raises(InvalidInput) as refused:
        ticket.do("submit_closing_report", report(fact_finding="unsubstantiated"))
    assert set(refused.value.fields) == {"basis_files", "closing_determination"}
    unsubstantiated = {"fact_finding": "unsubstantiated", "closing_determination": "unsubstantiated"}
    files = {"basis_files": ["photo_3"], "sign_off_files": ["photo_4"]}
    ticket.do("submit_closing_report", report(**unsubstantiated, **files))
    assert ticket.waiting() == ["review_closing_report"]


@pytest.mark.clause("3.3-5")
def test_a_signature_of_an_earlier_report_does_not_stay_on_the_one_that_passes(begin: Begin) -> None:
    ticket = dispatched(begin, confidential=True)
    ticket.do("handle_matter", handling())
    signed = report(closing_determination="no_policy", sign_off_files=["photo_3"])
    ticket.do("submit_closing_report", signed)
    ticket.review("send_back")
    ticket.do("handle_matter", handling())
    unsaid = {"reply_at", "reply_content", "reply_satisfaction"}
    unanswered = {name: value for name, value in report().items() if name not in unsaid}
    reason = {"reply_method": "not_possible", "no_reply_reason": "信息保密"}
    ticket.do("submit_closing_report", {**unanswered, **reason})
    ticket.review()
    (passed,) = ticket.variables()["reports"]
    assert passed["sign_off_files"] == []
    assert (passed["reply_content"], passed["no_reply_reason"]) == ("", "信息保密")


@pytest.mark.clause("3.3-4")
def test_a_field_takes_three_attachments_of_this_ticket_and_no_more(begin: Begin) -> None:
    ticket = dispatched(begin, confidential=True)
    for photos in (["photo_1", "photo_2", "photo_3", "photo_4"], ["somebody_elses"]):
        with pytest.raises(InvalidInput) as refused:
            ticket.do("handle_matter", {**handling(), "site_photos": photos})
        assert set(refused.value.fields) == {"site_photos"}
