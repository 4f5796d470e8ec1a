"""What forms choose from: the lists of the regulation, the bodies that may handle, this ticket's own files."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.transaction import SYSTEM
from hotline import demo_files
from hotline.option_catalogues import CATALOGUES
from tests.hotline.ticket_office import CO, LEAD, TicketOffice


def options(desk: TicketOffice, name: str, number: str = "") -> Mapping[str, str]:
    with desk.runtime.read(SYSTEM) as tx:
        return CATALOGUES[name](tx, number)


def test_all_items_of_annex_4_can_be_chosen(desk: TicketOffice) -> None:
    items = options(desk, "responsibility_items")
    assert list(items) == [str(number) for number in range(1, 105)]
    assert items["17"].startswith("17. 占道无照经营（")


@pytest.mark.clause("3.1.1-1")
def test_the_ten_cases_of_refusal_stand_in_the_order_of_the_regulation(desk: TicketOffice) -> None:
    cases = list(options(desk, "refusal_categories").values())
    assert len(cases) == 10
    assert cases[4].startswith("（5）涉及人身、财产安全，应通过110、120")


@pytest.mark.clause("2-1")
def test_the_center_can_never_be_chosen_as_handler(desk: TicketOffice) -> None:
    found = options(desk, "departments")
    assert {LEAD, CO, "enforcement_team", "center_housing", "committee_01", "police"} <= set(found)
    assert not {"center", "street", "discipline_committee"} & set(found)
    assert set(options(desk, "areas")) == {"area_zhenguang", "area_beishi"}
    assert len(options(desk, "committees")) == 40


def test_a_ticket_offers_its_own_files_and_departments_only(desk: TicketOffice) -> None:
    number, other = desk.dispatched(), desk.enter(caller_phone="13800000001")
    [stored] = desk.upload("intake1", number, demo_files.photo("照片.png", 1))
    assert options(desk, "ticket_attachments", number) == {stored.id: "照片.png"}
    assert options(desk, "ticket_attachments", other) == {}
    assert options(desk, "ticket_departments", number) == {LEAD: "真光片区", CO: "社区自治办"}
    assert options(desk, "ticket_departments", other) == {}


def test_people_are_offered_with_their_departments(desk: TicketOffice) -> None:
    found = options(desk, "people")
    assert found["intake1"] == "沈佳怡（城运中心）"
    assert found["leader3"].startswith("汪海涛（")
    assert "、" in found["leader3"]
