"""Tokens: never more than the person, never for another human, dead when revoked, expired or disabled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from engine.transaction import SYSTEM, Runtime
from hotline import access, api_tokens, people
from hotline.access import PasswordChangeDue, Principal, principal_for
from hotline.api_tokens import IssuedToken
from hotline.people import Membership, NewPerson
from hotline.tables import api_token
from tests.conftest import FakeClock
from tests.counting import counted
from tests.hotline.office import open_office, person_called, principal, trail


def gateway(runtime: Runtime, *posts: Membership) -> str:
    """A program account; its id."""
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        return people.create(
            tx,
            admin,
            NewPerson("gateway", "区平台网关", memberships=posts or (Membership("center", "intake"),), program=True),
        ).person.id


def issue(runtime: Runtime, *scopes: str, person_id: str | None = None, days: int | None = None) -> IssuedToken:
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        until = None if days is None else tx.now + timedelta(days=days)
        return api_tokens.issue(tx, admin, name="测试令牌", scopes=scopes, person_id=person_id, expires_at=until)


def recognised(runtime: Runtime, secret: str) -> Principal:
    with runtime.glance(SYSTEM) as tx:
        return api_tokens.principal_of(tx, secret)


def test_a_program_acts_with_its_token_in_one_statement(runtime: Runtime) -> None:
    open_office(runtime)
    issued = issue(runtime, "tasks", "ticket.create", person_id=gateway(runtime))
    with counted(runtime.database.engine) as count:
        program = recognised(runtime, issued.secret)
    assert [statement.split()[0] for statement in count.statements] == ["SELECT"]
    assert program.permissions == {"tasks", "ticket.create"}
    assert (program.actor.id, program.actor.groups) == ("gateway", {"center_intake"})
    assert program.session is None


def test_only_the_hash_of_a_token_is_stored_and_the_secret_is_recognisable(runtime: Runtime) -> None:
    open_office(runtime)
    issued = issue(runtime, "audit.view")
    with runtime.read(SYSTEM) as tx:
        row = tx.connection.execute(select(api_token)).one()
    assert issued.secret.startswith("minhu_")
    assert issued.secret not in str(row)
    [entry] = trail(runtime, "token_issued")
    assert issued.secret not in str(entry)
    assert entry.detail["scopes"] == ["audit.view"]


def test_a_token_shrinks_with_the_posts_of_its_person(runtime: Runtime) -> None:
    open_office(runtime)
    person_id = gateway(runtime)
    issued = issue(runtime, "ticket.create", "ticket.view_all", person_id=person_id)
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        people.set_memberships(tx, admin, person_id, [Membership("center", "callback")])
    program = recognised(runtime, issued.secret)
    assert program.permissions == {"ticket.view_all"}
    with pytest.raises(Forbidden):
        access.require(program, "ticket.create")


def test_scopes_beyond_the_owners_permissions_or_unknown_ones_are_refused(runtime: Runtime) -> None:
    open_office(runtime)
    person_id = gateway(runtime)
    for scopes, message in (
        (("people.manage",), "没有这些权限：管理人员和岗位"),
        (("everything",), "没有这样的范围：everything"),
        ((), "至少选择一个"),
    ):
        with pytest.raises(InvalidInput, match=message) as refused:
            issue(runtime, *scopes, person_id=person_id)
        assert list(refused.value.fields) == ["scopes"]


def test_no_token_is_issued_in_the_name_of_another_human(runtime: Runtime) -> None:
    open_office(runtime)
    with pytest.raises(Forbidden, match="不能以他人名义"):
        issue(runtime, "tasks", person_id=person_called(runtime, "street_leader").id)


@pytest.mark.parametrize("login", ["intake1", "center_head", "process_owner", "auditor"])
def test_only_administrators_see_issue_and_revoke_tokens(runtime: Runtime, login: str) -> None:
    open_office(runtime)
    issued, doer = issue(runtime, "audit.view"), principal(runtime, login)
    with runtime.write(doer.actor) as tx:
        for attempt in (
            lambda: api_tokens.issue(tx, doer, name="自己的", scopes=["tasks"]),
            lambda: api_tokens.list_all(tx, doer),
            lambda: api_tokens.revoke(tx, doer, issued.token.id),
        ):
            with pytest.raises(Forbidden, match="管理访问令牌"):
                attempt()
    assert recognised(runtime, issued.secret).permissions == {"audit.view"}


def test_a_token_cannot_breed_a_stronger_token(runtime: Runtime) -> None:
    open_office(runtime)
    admin = person_called(runtime, "administrator")
    program = principal_for(admin, scopes=frozenset({"token.manage", "audit.view"}))
    with runtime.write(program.actor) as tx:
        with pytest.raises(Forbidden, match="超出自身范围的令牌：管理人员和岗位"):
            api_tokens.issue(tx, program, name="更强", scopes=["people.manage"])
        assert api_tokens.issue(tx, program, name="同等", scopes=["audit.view"]).token.scopes == {"audit.view"}


def test_a_token_ends_when_revoked_expired_or_its_person_is_disabled(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    admin, person_id = principal(runtime, "administrator"), gateway(runtime)
    revoked, expiring, orphan = (
        issue(runtime, "tasks", person_id=person_id),
        issue(runtime, "tasks", person_id=person_id, days=1),
        issue(runtime, "tasks", person_id=person_id),
    )
    with runtime.write(admin.actor) as tx:
        api_tokens.revoke(tx, admin, revoked.token.id)
        api_tokens.revoke(tx, admin, revoked.token.id)
    assert len(trail(runtime, "token_revoked")) == 1
    for secret in (revoked.secret, "", "minhu_", revoked.secret[:-1]):
        with pytest.raises(Unauthenticated, match="访问令牌无效"):
            recognised(runtime, secret)
    clock.advance(days=1)
    with pytest.raises(Unauthenticated):
        recognised(runtime, expiring.secret)
    assert recognised(runtime, orphan.secret)
    with runtime.write(admin.actor) as tx:
        people.disable(tx, admin, person_id)
    with pytest.raises(Unauthenticated):
        recognised(runtime, orphan.secret)
    with runtime.write(admin.actor) as tx:
        people.enable(tx, admin, person_id)
    with pytest.raises(Unauthenticated):
        recognised(runtime, orphan.secret)  # enabling a person does not bring old tokens back


def test_a_disabled_account_gets_no_token(runtime: Runtime) -> None:
    open_office(runtime)
    admin, person_id = principal(runtime, "administrator"), gateway(runtime)
    with runtime.write(admin.actor) as tx:
        people.disable(tx, admin, person_id)
    with pytest.raises(InvalidInput, match="已停用"):
        issue(runtime, "tasks", person_id=person_id)


def test_a_token_waits_while_its_person_must_change_the_password(runtime: Runtime) -> None:
    open_office(runtime)
    issued = issue(runtime, "audit.view")
    with runtime.write(SYSTEM) as tx:
        admin = person_called(runtime, "administrator")
        tx.connection.execute(
            update(people.person).where(people.person.c.id == admin.id).values(must_change_password=True)
        )
    with pytest.raises(PasswordChangeDue):
        recognised(runtime, issued.secret)


def test_tokens_are_listed_newest_first_without_secrets(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    first = issue(runtime, "audit.view")
    clock.advance(minutes=1)
    second = issue(runtime, "instance.view")
    admin = principal(runtime, "administrator")
    with runtime.read(admin.actor) as tx:
        tokens = api_tokens.list_all(tx, admin)
    assert [token.id for token in tokens] == [second.token.id, first.token.id]
    assert first.secret not in str(tokens)
    assert tokens[0].person_name == "许志强"


def test_a_nameless_or_already_expired_token_is_refused_with_both_reasons(runtime: Runtime) -> None:
    open_office(runtime)
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx, pytest.raises(InvalidInput) as refused:
        api_tokens.issue(tx, admin, name=" ", scopes=["audit.view"], expires_at=tx.now)
    assert set(refused.value.fields) == {"name", "expires_at"}


def test_an_unknown_token_or_owner_is_not_found(runtime: Runtime) -> None:
    open_office(runtime)
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        with pytest.raises(NotFound):
            api_tokens.revoke(tx, admin, "no such id")
        with pytest.raises(NotFound):
            api_tokens.issue(tx, admin, name="无主", scopes=["tasks"], person_id="no such id")
