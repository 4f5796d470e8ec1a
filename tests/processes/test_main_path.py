"""From 受理 to 办结 and every other way a ticket may end."""

from __future__ import annotations

import pytest

from tests.processes.conftest import Begin


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
    assert ("ticket_handling", "end_closed") in [tuple(entered) for entered in step.change.entered]
    assert ticket.instance.state == "completed"
    assert ticket.waiting() == []
