"""Posts: what may be held where, and who is handler A and B."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import Conflict, InvalidInput, MinhuError, NotFound, Refused
from engine.transaction import Runtime
from hotline import organisation, people, sessions
from hotline.people import Membership
from hotline.tables import membership, person
from tests.hotline.office import (
    disable,
    log_in,
    open_office,
    person_called,
    principal,
    set_posts,
    trail,
)

INTAKE = Membership("center", "intake")
ADMINISTRATOR = Membership("center", "administrator")


def test_posts_are_replaced_and_groups_follow_at_the_next_request(runtime: Runtime) -> None:
    open_office(runtime)
    token = log_in(runtime)
    set_posts(runtime, "intake1", Membership("center", "callback"), Membership("office_safety", "handler"))
    assert sessions.authenticate(runtime, token).actor.groups == {"center_callback", "office_safety"}
    [entry] = trail(runtime, "memberships_set")
    assert entry.detail == {
        "login": "intake1",
        "before": ["center/intake"],
        "after": ["center/callback", "office_safety/handler"],
    }


def test_posts_changed_by_somebody_else_meanwhile_are_a_conflict(runtime: Runtime) -> None:
    open_office(runtime)
    admin, seen = principal(runtime, "administrator"), person_called(runtime, "intake1")
    set_posts(runtime, "intake1", Membership("center", "callback"))
    with runtime.write(admin.actor) as tx, pytest.raises(Conflict, match="刚被他人修改"):
        people.set_memberships(tx, admin, seen.id, [ADMINISTRATOR], expected=seen.memberships)
    fresh = person_called(runtime, "intake1")
    with runtime.write(admin.actor) as tx:
        people.set_memberships(tx, admin, seen.id, [INTAKE], expected=fresh.memberships)
    assert person_called(runtime, "intake1").memberships == (INTAKE,)


@pytest.mark.parametrize(
    ("post", "error", "message"),
    [
        (Membership("center", "emperor"), InvalidInput, "没有“emperor”这个角色"),
        (Membership("nowhere", "handler"), InvalidInput, "nowhere"),
        (Membership("office_safety", "intake"), Refused, "社区平安办不能设“受理派单岗”"),
        (Membership("office_safety", "auditor"), Refused, "监督检查"),
        (Membership("office_safety", "street_leader"), Refused, "街道主要领导"),
        (Membership("office_safety", "head", "A"), InvalidInput, "只能由经办人担任"),
        (Membership("office_safety", "handler", "C"), InvalidInput, "只能由经办人担任"),
        (Membership("office_safety", "handler", "A"), Conflict, "社区平安办的A角已是"),
    ],
)
def test_impossible_posts_are_refused(
    runtime: Runtime, post: Membership, error: type[MinhuError], message: str
) -> None:
    open_office(runtime)
    with pytest.raises(error, match=message):
        set_posts(runtime, "intake1", INTAKE, post)
    assert person_called(runtime, "intake1").memberships == (INTAKE,)


@pytest.mark.clause("2-1")
def test_the_center_never_gets_a_handler(runtime: Runtime) -> None:
    open_office(runtime)
    with pytest.raises(Refused, match="平台操作单位而非处置单位") as refused:
        set_posts(runtime, "intake1", Membership("center", "handler"))
    assert refused.value.clause == "2-1"


def test_the_same_post_twice_is_refused(runtime: Runtime) -> None:
    open_office(runtime)
    with pytest.raises(InvalidInput, match="重复"):
        set_posts(runtime, "intake1", Membership("youth_league", "handler"), Membership("youth_league", "handler", "A"))


@pytest.mark.clause("2-2")
def test_an_administrator_names_a_and_b_and_the_former_ones_stay_without_rank(runtime: Runtime) -> None:
    open_office(runtime)
    admin = principal(runtime, "administrator")
    b, new = person_called(runtime, "youth_league_b"), person_called(runtime, "intake2")
    with runtime.write(admin.actor) as tx:
        people.set_handlers(tx, admin, "youth_league", b.id, new.id)
        ranks = tx.connection.execute(
            select(person.c.login, membership.c.handler_rank)
            .join(membership, membership.c.person_id == person.c.id)
            .where(membership.c.department_id == "youth_league", membership.c.role == "handler")
        ).all()
    assert dict(tuple(row) for row in ranks) == {"youth_league_a": None, "youth_league_b": "A", "intake2": "B"}
    [entry] = trail(runtime, "handlers_set")
    assert entry.clause == "2-2"
    assert entry.detail == {"department": "youth_league", "handlers": {"A": "youth_league_b", "B": "intake2"}}


@pytest.mark.clause("2-2")
def test_a_and_b_are_two_active_people_of_a_handling_department(runtime: Runtime) -> None:
    open_office(runtime)
    admin, one = principal(runtime, "administrator"), person_called(runtime, "youth_league_a")
    disable(runtime, "youth_league_b")
    gone = person_called(runtime, "youth_league_b")
    for department, a, b, error in (
        ("youth_league", one.id, one.id, InvalidInput),
        ("youth_league", one.id, gone.id, Conflict),
        ("center", one.id, None, Refused),
        ("nowhere", one.id, None, NotFound),
    ):
        with pytest.raises(error), runtime.write(admin.actor) as tx:
            people.set_handlers(tx, admin, department, a, b)
    with runtime.write(admin.actor) as tx:
        people.set_handlers(tx, admin, "youth_league", None, None)
        assert {f.message for f in organisation.faults(tx) if f.department_id == "youth_league"} == {"缺A角", "缺B角"}
