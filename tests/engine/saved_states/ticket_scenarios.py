"""The shipped procedure as it was at commit 91ca94d, stopped at some of its waits."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.answers import fill, schema_of
from tests.engine.saved_states.scenarios import Scenario, Step, done, later
from tests.processes.journey import start_variables

ARCHIVE = "ticket_handling_91ca94d.zip"
LEAD, CO = "office_self_governance", "enforcement_team"


@cache
def unpacked(archive: str) -> dict[str, bytes]:
    """The files of a bundle, by path."""
    with zipfile.ZipFile(Path(__file__).with_name(archive)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _filled(process: str, element: str, department: str = "", **wanted: Any) -> Step:
    """A step with its form filled in as an office would."""
    data = fill(schema_of(process, element), {**wanted, "override_lead": LEAD, "override_co": [CO]})
    return done(element, {"department": department} if department else {}, **data)


def _contact(group: str) -> Step:
    step = _filled("caller_contact", "record_contact_attempt")
    return [*step[:2], {"contact_group": group}, step[3]]


def _reports(department: str) -> list[Step]:
    key = "department_handling"
    names = ("handle_matter", "submit_closing_report", "review_closing_report")
    return [_filled(key, name, department) for name in names]


ACCEPTED = _filled("ticket_handling", "accept_ticket")
DISPATCHED = [ACCEPTED, _contact("center_intake"), _filled("ticket_handling", "dispatch_ticket")]
CALLED_BACK = _filled("callback", "record_callback")
CLOSED = _filled("ticket_handling", "close_ticket")
BOTH = [_contact(LEAD), *_reports(LEAD), _contact(CO), *_reports(CO)]


def _ticket(before: list[Step], after: list[Step], **ends: Any) -> Scenario:
    return Scenario(unpacked(ARCHIVE), before, after, ends, start_variables(), "ticket_handling", ARCHIVE)


def _at_first_contact() -> Scenario:
    after = [*DISPATCHED[1:], *BOTH, CALLED_BACK, CLOSED]
    return _ticket([ACCEPTED], after, handling_outcome="closed")


def _between_departments() -> Scenario:
    """One of two departments has reported, the other is late."""
    before = [*DISPATCHED, *BOTH[:4], later(24 * 20)]
    return _ticket(before, [*BOTH[4:], CALLED_BACK, CLOSED], handling_outcome="closed")


def _at_closing() -> Scenario:
    return _ticket([*DISPATCHED, *BOTH, CALLED_BACK], [CLOSED], handling_outcome="closed")


TICKETS = {
    "ticket_at_first_contact": _at_first_contact,
    "ticket_between_departments": _between_departments,
    "ticket_at_closing": _at_closing,
}
