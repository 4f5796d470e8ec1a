"""Accounts and posts: who may change them, what every change does and leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from engine.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused, Unauthenticated
from engine.transaction import SYSTEM, Runtime
from hotline import people, sessions
from hotline.access import Principal, principal_for
from hotline.people import Membership, NewPerson
from hotline.seed_organisation import load_organisation
from hotline.tables import person
from tests.hotline.office import (
    ADDRESS,
    BROWSER,
    create,
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


@pytest.mark.parametrize("login", ["intake1", "center_head", "street_leader", "auditor", "process_owner"])
def test_nobody_but_an_administrator_changes_people(runtime: Runtime, login: str) -> None:
    open_office(runtime)
    doer, victim = principal(runtime, login), person_called(runtime, "office_safety_a")
    for verb, attempt in ADMINISTRATION.items():
        with pytest.raises(Forbidden, match="管理人员和岗位"), runtime.write(doer.actor) as tx:
            attempt(tx, doer, victim.id)
        assert person_called(runtime, "office_safety_a") == victim, verb
        assert person_called(runtime, login) == doer.person, verb


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
    token = log_in(runtime)
    disable(runtime, "intake1")
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, token)
    with pytest.raises(Unauthenticated):
        log_in(runtime)
    with pytest.raises(Conflict, match="已是停用"):
        disable(runtime, "intake1")
    admin, holder = principal(runtime, "administrator"), person_called(runtime, "intake1")
    with runtime.write(admin.actor) as tx:
        people.enable(tx, admin, holder.id)
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, token)
    assert log_in(runtime)
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
    one, other = principal(runtime, "administrator"), principal(runtime, "intake1")
    with ThreadPoolExecutor(1) as pool:
        with runtime.write(one.actor) as tx:
            people.disable(tx, one, other.person.id)
            second = pool.submit(disable, runtime, "administrator", by="intake1")
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)  # it waits for the first to commit
        with pytest.raises(Refused, match="最后一位系统管理员"):
            second.result()
    assert person_called(runtime, "administrator").active
    assert len(trail(runtime, "person_disabled")) == 1


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
