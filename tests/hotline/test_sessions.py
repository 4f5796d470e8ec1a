"""Logging in, staying in, being thrown out, setting a new password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from engine.errors import Forbidden, InvalidInput, TooManyAttempts, Unauthenticated
from engine.transaction import SYSTEM, Runtime, new_id
from hotline import passwords, people, sessions
from hotline.access import PasswordChangeDue, principal_for
from hotline.seed_people import DEMO_PASSWORD
from hotline.tables import login_session, person
from tests.conftest import FakeClock
from tests.counting import counted
from tests.hotline.office import ADDRESS, BROWSER, fail_to_log_in, log_in, open_office, person_called, principal, trail


def test_a_person_logs_in_and_is_recognised_with_posts_in_one_statement(runtime: Runtime) -> None:
    open_office(runtime)
    token = log_in(runtime, " Area_Zhenguang_Head ")
    with counted(runtime.database.engine) as count, runtime.glance(SYSTEM) as tx:
        found = sessions.principal_of(tx, token)
    assert found.person.login == "area_zhenguang_head"
    assert "committee_20_leader" in found.actor.groups
    assert [statement.split()[0] for statement in count.statements] == ["SELECT"]


def test_only_the_hash_of_the_token_is_stored(runtime: Runtime) -> None:
    open_office(runtime)
    token = log_in(runtime)
    with runtime.read(SYSTEM) as tx:
        row = tx.connection.execute(select(login_session)).one()
    assert token not in str(row)
    assert len(token) >= 43
    assert row.token_hash == sessions.hash_of(token)
    assert (row.address, row.user_agent) == (ADDRESS, BROWSER)


def test_wrong_password_unknown_login_and_disabled_person_get_the_same_answer(runtime: Runtime) -> None:
    open_office(runtime)
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(update(person).where(person.c.login == "callback").values(active=False))
    messages = set()
    for login, password in (("intake1", "wrong"), ("nobody", DEMO_PASSWORD), ("callback", DEMO_PASSWORD), ("", "")):
        with pytest.raises(Unauthenticated) as refused:
            log_in(runtime, login, password)
        messages.add(refused.value.message)
    assert len(messages) == 1


def test_an_unknown_login_costs_one_password_computation_too(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    open_office(runtime)
    passwords.verify("warm up the hash of nobody", None)
    looked_at: list[str] = []
    real = passwords._hasher.verify
    monkeypatch.setattr(passwords._hasher, "verify", lambda p, h: bool(looked_at.append(h)) or real(p, h))
    fail_to_log_in(runtime, 1, "intake1")
    fail_to_log_in(runtime, 1, "nobody")
    assert [stored.split("$")[1:4] for stored in looked_at] == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 2


def test_a_program_account_cannot_log_in(runtime: Runtime) -> None:
    open_office(runtime)
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(
            insert(person).values(id=new_id(), login="gateway", name="网关", active=True, created_at=tx.now)
        )
    for password in ("", "None", DEMO_PASSWORD):
        with pytest.raises(Unauthenticated):
            log_in(runtime, "gateway", password)


def test_a_session_ends_after_two_idle_hours(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    token = log_in(runtime)
    clock.advance(hours=1, minutes=59)
    sessions.authenticate(runtime, token)
    clock.advance(hours=1, minutes=59)
    sessions.authenticate(runtime, token)
    clock.advance(hours=2)
    with pytest.raises(Unauthenticated, match="登录已失效"):
        sessions.authenticate(runtime, token)


def test_a_session_ends_after_twelve_hours_however_busy(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    token = log_in(runtime)
    for _ in range(11):
        clock.advance(hours=1)
        sessions.authenticate(runtime, token)
    clock.advance(minutes=59)
    assert not sessions.authenticate(runtime, token).renewal_due
    clock.advance(minutes=1)
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, token)


def test_a_session_is_written_to_at_most_every_quarter_of_an_hour(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    token = log_in(runtime)
    due = []
    for _ in range(30):
        clock.advance(minutes=1)
        due.append(sessions.authenticate(runtime, token).renewal_due)
    assert due == [minute in (15, 30) for minute in range(1, 31)]


def test_logging_out_ends_this_session_only(runtime: Runtime) -> None:
    open_office(runtime)
    here, there = log_in(runtime), log_in(runtime)
    with runtime.write(SYSTEM) as tx:
        sessions.log_out(tx, here)
        sessions.log_out(tx, "never given")
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, here)
    assert sessions.authenticate(runtime, there).person.login == "intake1"


def test_old_sessions_are_swept_when_the_person_logs_in_again(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    log_in(runtime)
    clock.advance(hours=3)
    log_in(runtime)
    with runtime.read(SYSTEM) as tx:
        assert len(tx.connection.execute(select(login_session)).all()) == 1


def test_a_session_of_a_person_disabled_directly_in_the_database_is_dead(runtime: Runtime) -> None:
    open_office(runtime)
    token = log_in(runtime)
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(update(person).where(person.c.login == "intake1").values(active=False))
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, token)


def test_no_session_is_opened_for_a_disabled_person_whatever_the_way_of_authentication(runtime: Runtime) -> None:
    open_office(runtime)
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(update(person).where(person.c.login == "intake1").values(active=False))
    with runtime.write(SYSTEM) as tx, pytest.raises(Unauthenticated):
        sessions.open_session(tx, person_called(runtime, "intake1").id, ADDRESS, BROWSER)


def test_changing_the_password_ends_every_session_and_opens_a_new_one(runtime: Runtime) -> None:
    open_office(runtime)
    here, elsewhere = log_in(runtime), log_in(runtime)
    me = sessions.authenticate(runtime, here)
    token = sessions.change_password(runtime, me, DEMO_PASSWORD, "a new password", ADDRESS, BROWSER)
    for old in (here, elsewhere):
        with pytest.raises(Unauthenticated):
            sessions.authenticate(runtime, old)
    assert sessions.authenticate(runtime, token).person.login == "intake1"
    fail_to_log_in(runtime, 1)
    with pytest.raises(Unauthenticated):
        log_in(runtime)
    assert log_in(runtime, password="ａ new password")  # full-width from an input method
    assert [entry.detail for entry in trail(runtime, "password_changed")] == [{"login": "intake1"}]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("short", "至少 8"),
        ("process_owner", "登录名"),
        ("PROCESS_OWNER", "登录名"),
        ("x" * 129, "最多 128"),
        ("aaaaaaaaaa", "同一个字符"),
        (DEMO_PASSWORD, "原密码相同"),
    ],
)
def test_weak_new_passwords_are_refused_with_the_reason(runtime: Runtime, new: str, message: str) -> None:
    open_office(runtime)
    me = sessions.authenticate(runtime, log_in(runtime, "process_owner"))
    with pytest.raises(InvalidInput, match=message) as refused:
        sessions.change_password(runtime, me, DEMO_PASSWORD, new, ADDRESS, BROWSER)
    assert list(refused.value.fields) == ["new_password"]


def test_a_stolen_session_cannot_guess_the_old_password(runtime: Runtime) -> None:
    open_office(runtime)
    me = sessions.authenticate(runtime, log_in(runtime))
    for _ in range(5):
        with pytest.raises(InvalidInput, match="原密码不正确"):
            sessions.change_password(runtime, me, "guess", "a new password", ADDRESS, BROWSER)
    with pytest.raises(TooManyAttempts):
        sessions.change_password(runtime, me, DEMO_PASSWORD, "a new password", ADDRESS, BROWSER)


def test_a_token_cannot_change_the_password(runtime: Runtime) -> None:
    open_office(runtime)
    program = principal_for(person_called(runtime, "intake1"), scopes=frozenset({"tasks"}))
    with pytest.raises(Forbidden, match="访问令牌不能修改密码"):
        sessions.change_password(runtime, program, DEMO_PASSWORD, "a new password", ADDRESS, BROWSER)


def test_after_a_reset_only_the_one_time_password_works_and_only_to_set_a_new_one(runtime: Runtime) -> None:
    open_office(runtime)
    before = log_in(runtime)
    holder = person_called(runtime, "intake1")
    with runtime.write(SYSTEM) as tx:
        one_time = people.reset_password(tx, principal(runtime, "administrator"), holder.id)
    with pytest.raises(Unauthenticated):
        sessions.authenticate(runtime, before)
    with pytest.raises(Unauthenticated):
        log_in(runtime)
    token = log_in(runtime, password=one_time)
    with pytest.raises(PasswordChangeDue, match="请先修改初始密码"):
        sessions.authenticate(runtime, token)
    me = sessions.authenticate(runtime, token, to_change_password=True)
    with pytest.raises(InvalidInput, match="原密码相同"):
        sessions.change_password(runtime, me, one_time, one_time, ADDRESS, BROWSER)
    fresh = sessions.change_password(runtime, me, one_time, "my own password", ADDRESS, BROWSER)
    assert sessions.authenticate(runtime, fresh).person.must_change_password is False
    with pytest.raises(Unauthenticated):
        log_in(runtime, password=one_time)


def test_the_one_time_password_never_reaches_the_audit(runtime: Runtime) -> None:
    open_office(runtime)
    holder = person_called(runtime, "intake1")
    with runtime.write(SYSTEM) as tx:
        one_time = people.reset_password(tx, principal(runtime, "administrator"), holder.id)
    [entry] = trail(runtime, "password_reset")
    assert entry.detail == {"login": "intake1", "sessions": 0}
    assert len(one_time) == 19


def test_a_session_is_renewed_within_its_own_limits(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    token = log_in(runtime)
    opened = clock()
    clock.advance(hours=1)
    sessions.authenticate(runtime, token)
    with runtime.read(SYSTEM) as tx:
        row = tx.connection.execute(select(login_session)).one()
    assert row.created_at == opened
    assert row.expires_at == opened + timedelta(hours=3)
