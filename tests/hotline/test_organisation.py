"""The bodies of chapter 4 as data, their aliases, places, groups and vacant posts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from engine.errors import NotFound
from engine.transaction import SYSTEM, Runtime, Transaction
from hotline import office_data, organisation, persons, seed_people
from hotline.seed_organisation import load_organisation
from hotline.tables import department, membership, person

CHAPTER_4 = (
    "党政办、社区党建办、社区党群办、社区管理办、社区服务办、社区平安办、社区自治办、营商办、团工委、人大工委、武装部、"
    "社区党群服务中心、受理中心、综合行政执法队、城运中心（房管条线）、城运中心（绿容条线）、真光片区、北石片区"
)


def load(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        load_organisation(tx)
        seed_people.load(tx)


def away(tx: Transaction, login: str, days: int) -> None:
    tx.connection.execute(
        update(person).where(person.c.login == login).values(absent_until=tx.now + timedelta(days=days))
    )


@pytest.mark.clause("4-1")
def test_the_assessed_bodies_are_exactly_those_of_chapter_4(runtime: Runtime) -> None:
    load(runtime)
    with runtime.read(SYSTEM) as tx:
        names = organisation.names(tx)
        kinds = {each.id: each.kind for each in organisation.all_departments(tx)}
    assessed = organisation.assessed_ids()
    named = [names[each] for each in assessed if kinds[each] not in ("committee", "property")]
    assert "、".join(named) == CHAPTER_4
    assert sum(kinds[each] == "committee" for each in assessed) == 40
    assert sum(kinds[each] == "property" for each in assessed) > 0
    assert "center" not in assessed


@pytest.mark.clause("4-1")
def test_every_committee_and_property_belongs_to_one_of_the_two_areas(runtime: Runtime) -> None:
    load(runtime)
    with runtime.read(SYSTEM) as tx:
        below = organisation.all_departments(tx, ["committee", "property"])
    assert {each.parent_id for each in below} == {"area_zhenguang", "area_beishi"}
    assert {each.id for each in below} == set(organisation.example_ids())


def test_loading_again_changes_nothing_and_keeps_what_the_office_added(runtime: Runtime) -> None:
    load(runtime)
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(insert(department).values(id="own_team", name="自建队伍", kind="team", active=True))
        tx.connection.execute(
            update(department).where(department.c.id == "youth_league").values(name="旧名", active=False)
        )
    with runtime.write(SYSTEM) as tx:
        assert load_organisation(tx) == 1
        assert load_organisation(tx) == 0
    with runtime.read(SYSTEM) as tx:
        assert organisation.get(tx, "youth_league").name == "团工委"
        assert not organisation.get(tx, "youth_league").active
        assert organisation.all_departments(tx)[-1].id == "own_team"


def test_an_unknown_department_is_not_found(runtime: Runtime) -> None:
    with runtime.read(SYSTEM) as tx, pytest.raises(NotFound, match="nowhere"):
        organisation.get(tx, "nowhere")


@pytest.mark.clause("4-1")
@pytest.mark.parametrize(
    ("written", "department_id"),
    [
        ("自治办", "office_self_governance"),
        ("党建办", "office_party_building"),
        ("党建中心", "party_masses_center"),
        ("党群办", "office_party_masses"),
        ("房办", "center_housing"),
        ("城运中心(房管条线)", "center_housing"),
        ("城运中心；（绿容条线）", "center_greening"),
        (" 绿容 条线", "center_greening"),
        ("管理办", "office_management"),
        ("公安", "police"),
        ("没有的部门", None),
    ],
)
def test_the_names_of_annex_4_resolve_to_departments(written: str, department_id: str | None) -> None:
    assert organisation.resolve(written) == department_id


@pytest.mark.clause("3.0-2")
@pytest.mark.parametrize(
    ("address", "committee_id", "area_id"),
    [
        ("普陀区真光路1018弄 5号楼302室", "committee_02", "area_zhenguang"),
        ("北石新村三街坊12号门口", "committee_23", "area_beishi"),
    ],
)
def test_an_address_leads_to_its_committee_and_area(address: str, committee_id: str, area_id: str) -> None:
    place = organisation.place_of(address)
    assert place is not None
    assert (place.committee_id, place.area_id) == (committee_id, area_id)


@pytest.mark.parametrize("address", ["", "某处", "真光路11018弄", "真光路1018弄与真光路1036弄之间"])
def test_an_unknown_or_ambiguous_address_is_left_to_a_human(address: str) -> None:
    assert organisation.place_of(address) is None


@pytest.mark.clause("2-2")
def test_a_department_without_a_or_b_or_head_is_a_fault(runtime: Runtime) -> None:
    load(runtime)
    with runtime.write(SYSTEM) as tx:
        assert [(f.department_id, f.message) for f in organisation.faults(tx)] == [("property_06", "缺B角")]
        for login in ("area_beishi_a", "office_safety_head"):
            tx.connection.execute(update(person).where(person.c.login == login).values(active=False))
        youth = membership.c.department_id == "youth_league"
        tx.connection.execute(delete(membership).where(youth, membership.c.role == "handler"))
        found = {(fault.department_id, fault.message, fault.clause) for fault in organisation.faults(tx)}
    assert found == {
        ("property_06", "缺B角", "2-2"),
        ("area_beishi", "缺A角", "2-2"),
        ("office_safety", "缺负责人", "2-4"),
        ("youth_league", "缺A角", "2-2"),
        ("youth_league", "缺B角", "2-2"),
    }


@pytest.mark.clause("2-2")
def test_both_handlers_away_at_once_is_a_fault_and_one_is_not(runtime: Runtime) -> None:
    load(runtime)
    with runtime.write(SYSTEM) as tx:
        away(tx, "area_beishi_a", 2)
        assert "area_beishi" not in {fault.department_id for fault in organisation.faults(tx)}
        away(tx, "area_beishi_b", -1)
        assert "area_beishi" not in {fault.department_id for fault in organisation.faults(tx)}
        away(tx, "area_beishi_b", 2)
        messages = [f.message for f in organisation.faults(tx) if f.department_id == "area_beishi"]
    assert messages == ["A角、B角同时不在岗"]


@pytest.mark.clause("2-4")
def test_the_head_of_a_department_is_named_as_responsible(runtime: Runtime) -> None:
    load(runtime)
    with runtime.read(SYSTEM) as tx:
        head = persons.by_login(tx, "area_zhenguang_head")
        assert head is not None
        assert organisation.head_of(tx, "area_zhenguang") == head.name
        assert organisation.head_of(tx, "police") is None


def test_every_candidate_group_has_a_chinese_label(runtime: Runtime) -> None:
    load(runtime)
    with runtime.read(SYSTEM) as tx:
        labels = organisation.group_labels(tx)
    assert labels["area_zhenguang"] == "真光片区 经办人"
    assert labels["area_zhenguang_head"] == "真光片区 负责人（片长）"
    assert labels["office_safety_leader"] == "社区平安办 分管领导"
    assert labels["center_head"] == "城运中心 热线负责人"
    assert labels["street_leader"] == "街道主要领导（办事处主任）"
    assert "center" not in labels
    assert "discipline_committee" not in labels


def test_every_group_a_person_holds_is_an_allowed_group(runtime: Runtime) -> None:
    load(runtime)
    with runtime.read(SYSTEM) as tx:
        labels = organisation.group_labels(tx)
        people = persons.from_rows(tx.connection.execute(persons.joined()))
    held = frozenset().union(*(each.groups for each in people))
    assert held <= labels.keys()
    assert {"center_intake", "center_leader", "committee_40_leader", "property_06"} <= held


def test_the_diagrams_offer_tasks_only_to_groups_that_exist(runtime: Runtime) -> None:
    load(runtime)
    with runtime.read(SYSTEM) as tx:
        labels = organisation.group_labels(tx)
    named = {
        group.strip()
        for path in office_data.processes_folder().glob("*/*.bpmn")
        for written in re.findall('camunda:candidateGroups="([^"$]+)"', path.read_text(encoding="utf-8"))
        for group in written.split(",")
    }
    assert {"center_intake", "center_reviewer", "center_callback", "center_head"} <= named <= labels.keys()


def test_demo_people_are_complete_loaded_once_and_can_be_printed(runtime: Runtime) -> None:
    load(runtime)
    with runtime.write(SYSTEM) as tx:
        assert seed_people.load(tx) == 0
        rows = tx.connection.execute(select(person.c.login, person.c.name)).all()
        group_labels = organisation.group_labels(tx)
        for login, label in seed_people.DEMO_LOGINS:
            holder = persons.by_login(tx, login)
            assert holder is not None
            assert holder.memberships
            if len(holder.memberships) == 1 and label not in ("流程负责人", "系统管理员"):
                held = {group_labels[group] for group in holder.groups}
                assert label in {holder.memberships[0].label, *held}
    assert len({row.name for row in rows}) == len(rows) > 200
