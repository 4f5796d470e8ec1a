"""Accounts and posts: who may change them, what every change does and leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from engine.errors import Conflict, Forbidden, InvalidInput, MinhuError, NotFound, Refused, Unauthenticated
from engine.transaction import SYSTEM, Runtime
from hotline import organisation, people, sessions
from hotline.access import Principal, principal_for
from hotline.people import Membership, NewPerson
from hotline.seed_organisation import load_organisation
from hotline.seed_people import DEMO_PASSWORD
from hotline.tables import membership, person
from tests.hotline.office import open_office, person_called, principal, trail

ADDRESS, BROWSER = "10.1.2.3", "Firefox"
INTAKE = Membership("center", "intake")
ADMINISTRATOR = Membership("center", "administrator")


def create(runtime: Runtime, new: NewPerson) -> people.Created:
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        return people.create(tx, admin, new)


def set_posts(runtime: Runtime, login: str, *posts: Membership, by: str = "administrator") -> None:
    doer, holder = principal(runtime, by), person_called(runtime, login)
    with runtime.write(doer.actor) as tx:
        people.set_memberships(tx, doer, holder.id, posts)


def disable(runtime: Runtime, login: str, by: str = "administrator") -> None:
    doer, holder = principal(runtime, by), person_called(runtime, login)
    with runtime.write(doer.actor) as tx:
        people.disable(tx, doer, holder.id)


def test_a_new_person_gets_a_one_time_password_and_must_change_it(runtime: Runtime) -> None:
    open_office(runtime)
    created = create(runtime, NewPerson(" New.Person ", " 新人 ", "021-52850001", (INTAKE,)))
    assert created.one_time_password
    stored = person_called(runtime, "new.person")
    assert (stored.name, stored.must_change_password, stored.memberships) == ("新人", True, (INTAKE,))
    token = sessions.log_in(runtime, "new.person", created.one_time_password, ADDRESS, BROWSER)
    assert sessions.authenticate(runtime, token, to_change_password=True).actor.groups == {"center_intake"}
    [entry] = trail(runtime, "person_created")
    assert (entry.actor, entry.detail["login"]) == ("administrator", "new.person")


def test_a_program_account_has_no_password(runtime: Runtime) -> None:
    open_office(runtime)
    created = create(runtime, NewPerson("gateway", "区平台网关", memberships=(INTAKE,), program=True))
    assert created.one_time_password is None
    assert created.person.program
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx, pytest.raises(Refused, match="程序账号没有密码"):
        people.reset_password(tx, admin, created.person.id)


@pytest.mark.parametrize("login", ["", "a", "1abc", "有中文", "a b", "system", "anonymous", "x" * 61, "a'--"])
def test_an_unfit_login_is_refused(runtime: Runtime, login: str) -> None:
    open_office(runtime)
    with pytest.raises(InvalidInput) as refused:
        create(runtime, NewPerson(login, "某人"))
    assert list(refused.value.fields) == ["login"]


def test_name_and_phone_are_checked_together(runtime: Runtime) -> None:
    open_office(runtime)
    with pytest.raises(InvalidInput) as refused:
        create(runtime, NewPerson("someone", "  ", "<script>"))
    assert set(refused.value.fields) == {"name", "phone"}


def test_a_login_is_never_given_twice_not_even_after_disabling(runtime: Runtime) -> None:
    open_office(runtime)
    disable(runtime, "intake2")
    with pytest.raises(Conflict, match="停用的账号也保留"):
        create(runtime, NewPerson("INTAKE2", "另一个人"))


def test_a_new_person_with_an_impossible_post_is_not_created_at_all(runtime: Runtime) -> None:
    open_office(runtime)
    with pytest.raises(Refused):
        create(runtime, NewPerson("someone", "某人", memberships=(Membership("office_safety", "intake"),)))
    with runtime.read(SYSTEM) as tx:
        assert people.persons.by_login(tx, "someone") is None


ADMINISTRATION = {
    "create": lambda tx, who, someone: people.create(
        tx, who, NewPerson("mallory", "马某", memberships=(ADMINISTRATOR,))
    ),
    "set_memberships": lambda tx, who, someone: people.set_memberships(tx, who, someone, [ADMINISTRATOR]),
    "raise oneself": lambda tx, who, someone: people.set_memberships(tx, who, who.person.id, [ADMINISTRATOR]),
    "set_handlers": lambda tx, who, someone: people.set_handlers(tx, who, "office_safety", someone, None),
    "disable": lambda tx, who, someone: people.disable(tx, who, someone),
    "enable": lambda tx, who, someone: people.enable(tx, who, someone),
    "reset_password": lambda tx, who, someone: people.reset_password(tx, who, someone),
    "update_contact": lambda tx, who, someone: people.update_contact(tx, who, someone, "改名", None),
}


@pytest.mark.parametrize("verb", ADMINISTRATION)
@pytest.mark.parametrize("login", ["intake1", "center_head", "street_leader", "auditor", "process_owner"])
def test_nobody_but_an_administrator_changes_people(runtime: Runtime, verb: str, login: str) -> None:
    open_office(runtime)
    doer, victim = principal(runtime, login), person_called(runtime, "office_safety_a")
    with pytest.raises(Forbidden, match="管理人员和岗位"), runtime.write(doer.actor) as tx:
        ADMINISTRATION[verb](tx, doer, victim.id)
    assert person_called(runtime, "office_safety_a") == victim
    assert person_called(runtime, login) == doer.person


def test_an_administrators_token_without_the_scope_changes_nothing_and_never_resets_passwords(
    runtime: Runtime,
) -> None:
    open_office(runtime)
    admin, victim = person_called(runtime, "administrator"), person_called(runtime, "intake1")
    narrow = principal_for(admin, scopes=frozenset({"people.view"}))
    wide = principal_for(admin, scopes=frozenset({"people.view", "people.manage"}))
    with runtime.write(narrow.actor) as tx:
        assert people.get(tx, narrow, victim.id) == victim
        with pytest.raises(Forbidden, match="访问令牌的范围"):
            people.disable(tx, narrow, victim.id)
    with runtime.write(wide.actor) as tx, pytest.raises(Forbidden, match="不能重置密码"):
        people.reset_password(tx, wide, victim.id)


def test_disabling_ends_sessions_at_once_and_enabling_lets_in_again(runtime: Runtime) -> None:
    open_office(runtime)
    token = sessions.log_in(runtime, "intake1", DEMO_PASSWORD, ADDRESS, BROWSER)
    disable(runtime, "intake1")
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, token)
    with pytest.raises(Unauthenticated):
        sessions.log_in(runtime, "intake1", DEMO_PASSWORD, ADDRESS, BROWSER)
    with pytest.raises(Conflict, match="已是停用"):
        disable(runtime, "intake1")
    admin, holder = principal(runtime, "administrator"), person_called(runtime, "intake1")
    with runtime.write(admin.actor) as tx:
        people.enable(tx, admin, holder.id)
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, token)
    assert sessions.log_in(runtime, "intake1", DEMO_PASSWORD, ADDRESS, BROWSER)
    with runtime.write(admin.actor) as tx, pytest.raises(Conflict, match="已是启用"):
        people.enable(tx, admin, holder.id)
    assert [entry.detail["sessions"] for entry in trail(runtime, "person_disabled")] == [1]
    assert len(trail(runtime, "person_enabled")) == 1


def test_the_last_administrator_keeps_post_and_account(runtime: Runtime) -> None:
    open_office(runtime)
    create(runtime, NewPerson("gateway", "网关", memberships=(ADMINISTRATOR,), program=True))
    with pytest.raises(Refused, match="自己的账号"):
        disable(runtime, "administrator")
    with pytest.raises(Refused, match="最后一位系统管理员"):
        set_posts(runtime, "administrator", INTAKE)
    set_posts(runtime, "intake1", INTAKE, ADMINISTRATOR)
    disable(runtime, "administrator", by="intake1")
    with pytest.raises(Refused, match="最后一位系统管理员"):
        set_posts(runtime, "intake1", INTAKE, by="intake1")


def test_two_administrators_cannot_disable_each_other_at_once(runtime: Runtime) -> None:
    open_office(runtime)
    set_posts(runtime, "intake1", ADMINISTRATOR)
    pairs = [("administrator", "intake1"), ("intake1", "administrator")]
    doers = {login: principal(runtime, login) for login, _victim in pairs}

    def attempt(pair: tuple[str, str]) -> str:
        try:
            with runtime.write(doers[pair[0]].actor) as tx:
                people.disable(tx, doers[pair[0]], doers[pair[1]].person.id)
        except MinhuError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, pairs))
    assert answers == ["Refused", "done"]
    trail(runtime, "person_disabled")


def test_posts_are_replaced_and_groups_follow_at_the_next_request(runtime: Runtime) -> None:
    open_office(runtime)
    token = sessions.log_in(runtime, "intake1", DEMO_PASSWORD, ADDRESS, BROWSER)
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


def found(runtime: Runtime, who: Principal, **filters: object) -> tuple[list[str], int]:
    with runtime.read(who.actor) as tx:
        page = people.list_page(tx, who, **filters)  # type: ignore[arg-type]
    return [each.login for each in page.items], page.total


def test_people_are_found_by_text_department_and_state(runtime: Runtime) -> None:
    open_office(runtime)
    disable(runtime, "intake2")
    auditor = principal(runtime, "auditor")
    assert found(runtime, auditor, search="沈佳") == (["intake1"], 1)
    assert found(runtime, auditor, search="INTAKE") == (["intake1", "intake2"], 2)
    assert found(runtime, auditor, search="intake", active=True) == (["intake1"], 1)
    assert found(runtime, auditor, search="52850001") == (["intake2"], 1)
    assert found(runtime, auditor, search="%") == ([], 0)
    assert found(runtime, auditor, search="_", limit=1)[1] == 206 - 11  # as many logins have none
    assert found(runtime, auditor, department="area_beishi") == (
        ["area_beishi_a", "area_beishi_b", "area_beishi_head"],
        3,
    )
    assert found(runtime, auditor, department="area_beishi", limit=1, offset=1) == (["area_beishi_b"], 3)
    assert found(runtime, auditor, search="'; DROP TABLE person; --") == ([], 0)


def test_looking_at_people_needs_a_permission_but_everybody_sees_themselves(runtime: Runtime) -> None:
    open_office(runtime)
    handler = principal(runtime, "area_beishi_a")
    with runtime.read(handler.actor) as tx:
        assert people.get(tx, handler, handler.person.id) == handler.person
        with pytest.raises(Forbidden, match="查看人员"):
            people.get(tx, handler, person_called(runtime, "intake1").id)
        with pytest.raises(Forbidden, match="查看人员"):
            people.list_page(tx, handler)
        with pytest.raises(Forbidden, match="查看人员"):
            people.find_by_login(tx, handler, "intake1")


def test_an_unknown_person_is_not_found(runtime: Runtime) -> None:
    open_office(runtime)
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        for verb in (people.get, people.disable, people.enable, people.reset_password):
            with pytest.raises(NotFound):
                verb(tx, admin, "no such id")
        with pytest.raises(NotFound):
            people.find_by_login(tx, admin, "nobody")


def test_a_contact_is_corrected_and_the_former_name_kept_in_the_audit(runtime: Runtime) -> None:
    open_office(runtime)
    admin, holder = principal(runtime, "administrator"), person_called(runtime, "intake1")
    with runtime.write(admin.actor) as tx:
        assert people.update_contact(tx, admin, holder.id, "沈嘉怡", "").phone is None
    [entry] = trail(runtime, "contact_updated")
    assert entry.detail == {"login": "intake1", "name": "沈嘉怡", "former_name": "沈佳怡"}


def test_the_first_administrator_is_made_once(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        load_organisation(tx)
        created = people.create_first_administrator(tx, "root.admin", "管理员", "center")
        with pytest.raises(Refused, match="不能再次初始化"):
            people.create_first_administrator(tx, "second", "另一个", "center")
        tx.connection.execute(update(person).values(active=False))
        with pytest.raises(Refused):
            people.create_first_administrator(tx, "third", "又一个", "center")
    assert "people.manage" in created.person.permissions
    assert created.one_time_password
