"""The decision table `responsibility` against annex 4, item by item, and every condition the list makes."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from engine import decisions
from engine.decisions import DecisionResult, DecisionTable
from tests.processes.annex_4 import Item, items
from tests.processes.journey import ROOT

CONDITIONAL = {2, 26, 97}  # the list itself names two leads
SILENT_GUIDE = {2}  # its guides are for construction only
DEFAULTS: dict[str, Any] = {
    "area": "area_zhenguang",
    "committee": "",
    "committee_scope": False,
    "place": "",
    "prior_count": 0,
    "construction": False,
    "has_permit": "",
    "office_hours_call": False,
}


@cache
def table() -> DecisionTable:
    """The table as deployed."""
    path = ROOT / "processes" / "ticket_handling" / "responsibility.dmn"
    return decisions.parse(path.read_bytes())["responsibility"]


def decide(number: int, **known: Any) -> DecisionResult:
    """Who handles an item."""
    return decisions.evaluate(table(), {**DEFAULTS, "item_number": number, **known})


def answer(number: int, *names: str, **known: Any) -> tuple[Any, ...]:
    """Some outputs for an item."""
    outputs = decide(number, **known).outputs
    return tuple(outputs[name] for name in names)


def test_the_list_has_104_items_and_the_table_a_row_for_each() -> None:
    assert [item.number for item in items()] == list(range(1, 105))
    cited = {clause for rule in table().rules for clause in rule.clauses}
    assert {f"附件4-{number}" for number in range(1, 105)} <= cited


@pytest.mark.clause("3.1.1-0")
@pytest.mark.parametrize("item", items(), ids=lambda item: str(item.number))
def test_every_item_gets_the_units_the_list_names(item: Item) -> None:
    outputs = decide(item.number).outputs
    if item.number not in CONDITIONAL:
        assert outputs["lead"] == item.lead
    assert len(outputs["co"]) == len(set(outputs["co"]))
    assert set(outputs["co"]) == item.co
    assert set(outputs["enforce"]) == item.enforce
    assert set(outputs["guide"]) == (set() if item.number in SILENT_GUIDE else item.guide)
    assert outputs["lead"] not in outputs["co"]


@pytest.mark.clause("3.0-2")
@pytest.mark.parametrize("number", [85, 86, 87])
def test_items_without_a_lead_carry_the_lists_note(number: int) -> None:
    lead, note = answer(number, "lead", "note")
    assert lead == ""
    assert note


@pytest.mark.clause("A4-26")
@pytest.mark.parametrize(
    ("prior_count", "lead", "co"),
    [
        (0, "area_zhenguang", ["office_safety", "office_management"]),
        (1, "office_safety", ["office_management"]),
        (5, "office_safety", ["office_management"]),
    ],
)
def test_a_group_rental_that_comes_back_is_led_by_the_safety_office(prior_count: int, lead: str, co: list[str]) -> None:
    assert answer(26, "lead", "co", prior_count=prior_count) == (lead, co)
    assert "A4-26" in decide(26, prior_count=prior_count).clauses


@pytest.mark.clause("A4-97")
def test_the_duty_phone_is_the_centers_in_office_hours_and_the_offices_otherwise() -> None:
    assert answer(97, "lead", office_hours_call=True) == ("center",)
    assert answer(97, "lead", office_hours_call=False) == ("office_party_government",)


@pytest.mark.clause("A4-91")
def test_night_building_noise_depends_on_the_permit() -> None:
    assert answer(91, "lead", "outside_body", has_permit="yes") == ("", "environment_department")
    assert answer(91, "lead", "outside_body", has_permit="no") == ("enforcement_team", "")
    assert answer(91, "lead", "outside_body") == ("area_zhenguang", "")


@pytest.mark.clause("A4-91")
@pytest.mark.parametrize(
    ("number", "body"),
    [
        (53, "construction_commission"),
        (85, "changzheng_town"),
        (86, "commerce_commission"),
        (92, "market_supervision"),
    ],
)
def test_the_list_proposes_the_outside_body(number: int, body: str) -> None:
    assert answer(number, "outside_body") == (body,)


@pytest.mark.clause("3.1.1-0")
def test_siting_a_waste_room_is_led_by_the_management_office() -> None:
    assert answer(2, "lead", "guide", construction=True) == (
        "office_management",
        ["center_greening", "center_housing"],
    )
    assert answer(2, "lead", construction=False) == ("area_zhenguang",)


@pytest.mark.clause("3.1.1-0")
@pytest.mark.parametrize(
    ("number", "place", "co", "guide"),
    [
        (4, "residential", ["office_self_governance"], []),
        (4, "street", ["office_management"], []),
        (5, "residential", [], ["center_greening", "center_housing"]),
        (5, "street", [], []),
        (10, "residential", [], ["office_management", "center_housing"]),
        (10, "street", [], ["office_management", "center_greening"]),
        (40, "residential", [], ["center_housing", "center_greening"]),
        (40, "street", ["office_management"], []),
        (77, "residential", ["office_self_governance"], []),
        (77, "street", ["office_management"], []),
    ],
)
def test_where_the_list_says_community_or_street_the_place_decides(
    number: int, place: str, co: list[str], guide: list[str]
) -> None:
    assert answer(number, "co", "guide", place=place) == (co, guide)


@pytest.mark.clause("3.1.1-0")
def test_hornets_in_the_street_carry_the_fire_brigades_number() -> None:
    assert answer(84, "lead", "note") == ("area_zhenguang", "17:00以后打119")


@pytest.mark.clause("3.2.1-5")
@pytest.mark.parametrize("number", [2, 41, 87, 97])
def test_a_committees_scope_comes_before_every_item(number: int) -> None:
    result = decide(number, committee_scope=True, committee="committee_07")
    assert (result.outputs["lead"], result.outputs["co"]) == ("committee_07", ["office_self_governance"])
    assert result.clauses == ("3.2.1-5",)


@pytest.mark.clause("3.0-2")
@pytest.mark.parametrize("number", [0, 105])
def test_what_the_list_does_not_know_goes_back_to_a_human(number: int) -> None:
    lead, note = answer(number, "lead", "note")
    assert lead == ""
    assert "人工指定" in note
