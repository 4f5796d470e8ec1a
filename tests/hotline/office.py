"""The demonstration's office in a fresh database, and its people as principals."""

from __future__ import annotations

from engine import audit
from engine.audit import AuditEntry
from engine.transaction import SYSTEM, Runtime
from hotline import persons, seed_people
from hotline.access import Principal, principal_for
from hotline.persons import Person
from hotline.seed_organisation import load_organisation


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


def trail(runtime: Runtime, action: str, stream: str = persons.PEOPLE_STREAM) -> list[AuditEntry]:
    """The audit entries of one action; the whole chain has to verify."""
    with runtime.read(SYSTEM) as tx:
        audit.verify(tx.connection, stream)
        return [entry for entry in audit.entries(tx, stream) if entry.action == action]
