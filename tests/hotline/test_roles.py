"""What posts allow, which groups they give, and the one place that says no."""

from __future__ import annotations

import pytest

from engine.errors import Forbidden
from engine.transaction import Runtime
from hotline import access, roles
from hotline.access import principal_for
from tests.hotline.office import open_office, person_called, principal

WRITING = {
    "tasks",
    "ticket.create",
    "ticket.import",
    "ticket.revise",
    "task.reassign",
    "people.manage",
    "token.manage",
    "definition.deploy",
    "incident.manage",
    "instance.intervene",
    "message.correlate",
}


@pytest.mark.parametrize(
    ("login", "groups"),
    [
        ("intake1", {"center_intake"}),
        ("reviewer", {"center_reviewer"}),
        ("callback", {"center_callback"}),
        ("center_head", {"center_head"}),
        ("office_safety_a", {"office_safety"}),
        ("office_safety_b", {"office_safety"}),
        ("office_safety_head", {"office_safety_head"}),
        ("leader4", {"office_safety_leader", "armed_forces_leader", "peoples_congress_leader"}),
        ("street_leader", {"street_leader"}),
        ("auditor", set()),
        ("process_owner", set()),
        ("administrator", set()),
    ],
)
def test_candidate_groups_follow_from_posts(runtime: Runtime, login: str, groups: set[str]) -> None:
    open_office(runtime)
    assert principal(runtime, login).actor.groups == groups


@pytest.mark.clause("3.2.3-2")
def test_the_head_of_an_area_signs_as_leader_for_the_area_and_the_committees_below(runtime: Runtime) -> None:
    open_office(runtime)
    groups = principal(runtime, "area_zhenguang_head").actor.groups
    assert {"area_zhenguang_head", "area_zhenguang_leader", "committee_01_leader", "property_01_leader"} <= groups
    assert not groups & {"area_zhenguang", "committee_01", "committee_01_head", "committee_40_leader"}
    assert principal(runtime, "committee_01_head").actor.groups == {"committee_01_head"}


def test_a_head_answers_for_the_departments_below_and_a_handler_only_for_the_own(runtime: Runtime) -> None:
    open_office(runtime)
    departments = principal(runtime, "area_beishi_head").departments
    assert {"area_beishi", "committee_21", "committee_40", "property_06"} <= departments
    assert not departments & {"area_zhenguang", "committee_20"}
    assert principal(runtime, "area_beishi_a").departments == {"area_beishi"}
    assert principal(runtime, "intake1").departments == frozenset()


@pytest.mark.parametrize("login", ["auditor", "auditor_district"])
def test_an_auditor_sees_everything_but_the_caller_and_changes_nothing(runtime: Runtime, login: str) -> None:
    open_office(runtime)
    permissions = principal(runtime, login).permissions
    assert {"ticket.view_all", "audit.view", "instance.view"} <= permissions
    assert not permissions & (WRITING | {"caller.view"})


@pytest.mark.clause("A6-5")
def test_only_those_who_talk_to_callers_may_see_them(runtime: Runtime) -> None:
    open_office(runtime)
    for login in ("process_owner", "administrator", "street_leader", "auditor"):
        with pytest.raises(Forbidden, match="查看来电人信息"):
            access.require(principal(runtime, login), "caller.view")
    for login in ("intake1", "callback", "area_beishi_a"):
        access.require(principal(runtime, login), "caller.view")


@pytest.mark.parametrize(
    ("permission", "logins"),
    [
        ("people.manage", {"administrator"}),
        ("token.manage", {"administrator"}),
        ("definition.deploy", {"process_owner"}),
        ("task.reassign", {"center_head"}),
        ("ticket.create", {"intake1", "intake2", "center_head"}),
    ],
)
def test_powerful_permissions_are_held_by_few(runtime: Runtime, permission: str, logins: set[str]) -> None:
    open_office(runtime)
    asked = [
        *("intake1", "intake2", "reviewer", "callback", "center_head", "street_leader", "auditor"),
        *("process_owner", "administrator", "area_beishi_a", "area_beishi_head", "leader1"),
    ]
    assert {login for login in asked if access.may(principal(runtime, login), permission)} == logins


def test_a_permission_nobody_knows_is_refused(runtime: Runtime) -> None:
    open_office(runtime)
    with pytest.raises(Forbidden, match=r"no\.such"):
        access.require(principal(runtime, "administrator"), "no.such")


def test_a_token_gets_the_intersection_and_a_message_that_says_so(runtime: Runtime) -> None:
    open_office(runtime)
    holder = person_called(runtime, "intake1")
    program = principal_for(holder, scopes=frozenset({"ticket.view_all", "people.manage"}))
    access.require(program, "ticket.view_all")
    with pytest.raises(Forbidden, match="访问令牌的范围不含“新建工单”"):
        access.require(program, "ticket.create")
    with pytest.raises(Forbidden, match="岗位没有“管理人员和岗位”"):
        access.require(program, "people.manage")
    assert program.actor.groups == frozenset()  # without the scope “tasks” it can take none
    worker = principal_for(holder, scopes=frozenset({"tasks"}))
    assert worker.actor.groups == {"center_intake"}


def test_an_unknown_role_in_the_database_allows_nothing() -> None:
    assert roles.permissions_of("emperor", "center") == frozenset()


@pytest.mark.parametrize(
    ("role", "kind", "label"),
    [
        ("head", "center", "热线负责人"),
        ("head", "area", "负责人（片长）"),
        ("head", "office", "负责人"),
        ("leader", "office", "分管领导"),
    ],
)
def test_roles_are_called_as_the_regulation_calls_them(role: str, kind: str, label: str) -> None:
    assert roles.label(role, kind) == label
