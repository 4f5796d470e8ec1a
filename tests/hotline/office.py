"""The demonstration's office in a fresh database, and its people as principals."""

from __future__ import annotations

import pytest

from engine import audit
from engine.audit import AuditEntry
from engine.errors import Unauthenticated
from engine.transaction import SYSTEM, Runtime
from hotline import people, persons, seed_people, sessions
from hotline.access import Principal, principal_for
from hotline.people import Membership, NewPerson, Person
from hotline.seed_organisation import load_organisation
from hotline.seed_people import DEMO_PASSWORD

ADDRESS, BROWSER = "10.1.2.3", "Firefox"


def open_office(runtime: Runtime) -> None:
    """Organisation and demo people."""
    with runtime.write(SYSTEM) as tx:
        load_organisation(tx)
        seed_people.load(tx)


def person_called(runtime: Runtime, login: str) -> Person:
    """This demo person as stored now."""
    with runtime.read(SYSTEM) as tx:
        found = persons.by_login(tx, login)
    assert found is not None, login
    return found


def principal(runtime: Runtime, login: str) -> Principal:
    """This demo person, as if logged in."""
    return principal_for(person_called(runtime, login), session="a session")


def log_in(runtime: Runtime, login: str = "intake1", password: str = DEMO_PASSWORD, address: str = ADDRESS) -> str:
    """The token of a new session."""
    return sessions.log_in(runtime, login, password, address, BROWSER)


def fail_to_log_in(runtime: Runtime, times: int, login: str = "intake1", address: str = ADDRESS) -> None:
    """So many attempts with a wrong password."""
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            log_in(runtime, login, "wrong password", address)


def create(runtime: Runtime, new: NewPerson) -> people.Created:
    """A new account, made by the administrator."""
    admin = principal(runtime, "administrator")
    with runtime.write(admin.actor) as tx:
        return people.create(tx, admin, new)


def set_posts(runtime: Runtime, login: str, *posts: Membership, by: str = "administrator") -> None:
    """Replace a person's posts."""
    doer, holder = principal(runtime, by), person_called(runtime, login)
    with runtime.write(doer.actor) as tx:
        people.set_memberships(tx, doer, holder.id, posts)


def disable(runtime: Runtime, login: str, by: str = "administrator") -> None:
    """Lock a person out."""
    doer, holder = principal(runtime, by), person_called(runtime, login)
    with runtime.write(doer.actor) as tx:
        people.disable(tx, doer, holder.id)


def trail(runtime: Runtime, action: str, stream: str = persons.PEOPLE_STREAM) -> list[AuditEntry]:
    """The audit entries of one action; the whole chain has to verify."""
    with runtime.read(SYSTEM) as tx:
        audit.verify(tx.connection, stream)
        return [entry for entry in audit.entries(tx, stream) if entry.action == action]
