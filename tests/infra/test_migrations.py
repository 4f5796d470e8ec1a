"""Migrations build exactly the schema the code describes, once, and make the audit append-only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from engine import jobs
from engine.database import Database
from engine.tables import audit_entry, key_lock, metadata, outbox, process_instance
from hotline.tables import notice, ticket
from minhu.migrate import migrate, newest_revision, remove_everything, revision_of, upgrade
from tests.conftest import MONDAY_MORNING, ROOT, empty_database_url

ENTRY = {
    "stream": "instance/1",
    "number": 1,
    "at": MONDAY_MORNING,
    "actor": "a",
    "action": "start",
    "detail": "{}",
    "hash": "0" * 64,
}


def is_not_dbos(_item: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    return kind != "table" or name not in jobs.TABLES


def test_migrations_produce_exactly_the_metadata(database: Database) -> None:
    with database.read() as connection:
        assert revision_of(connection) == newest_revision()
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_not_dbos})
        assert compare_metadata(context, ticket.metadata) == []


def test_the_tables_of_dbos_are_those_we_know_and_clash_with_none_of_ours(database: Database) -> None:
    schema = None if database.is_sqlite else "dbos"
    with database.read() as connection:
        found = set(inspect(connection).get_table_names(schema=schema))
    on_postgresql_only = {"event_dispatch_kv"}
    assert found - set(ticket.metadata.tables) - {"alembic_version"} - on_postgresql_only == jobs.TABLES
    assert not jobs.TABLES & set(ticket.metadata.tables)


def test_every_revision_can_be_taken_back(database: Database) -> None:
    with database.write() as connection:
        remove_everything(connection)
    with database.read() as connection:
        assert set(inspect(connection).get_table_names()) - jobs.TABLES == {"alembic_version"}
    assert migrate(database)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_starting_at_once_migrate_once(kind: str, tmp_path: Path) -> None:
    with empty_database_url(kind, tmp_path) as url:
        program = (
            "import sys; from engine.database import Database; from minhu.migrate import migrate;"
            "print(migrate(Database(sys.argv[1])))"
        )
        starts = [
            subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        answers = [start.communicate(timeout=60)[0].strip() for start in starts]
        assert [start.returncode for start in starts] == [0, 0, 0]
        assert sorted(answers) == ["False", "False", "True"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_notices_still_waiting_in_the_outbox_of_an_older_version_arrive(kind: str, tmp_path: Path) -> None:
    row = {"id": "n1", "topic": "notice", "business_key": "PT1", "created_at": MONDAY_MORNING, "attempts": 0}
    payload = '{"group": "center_head", "groups": ["center_head"], "title": "超时", "body": "请督促", "clause": ""}'
    with empty_database_url(kind, tmp_path) as url:
        database = Database(url)
        with database.write() as connection:
            upgrade(connection, "0003")
            connection.execute(insert(outbox).values(**row, payload=payload, next_attempt_at=MONDAY_MORNING))
        assert migrate(database)
        with database.read() as connection:
            [found] = connection.execute(select(notice)).all()
            assert (found.group_id, found.title, found.ticket_number) == ("center_head", "超时", None)
            assert connection.execute(select(outbox.c.id)).all() == []
        database.dispose()


OLD_ROWS = {
    "deployment": {"id": "d", "deployed_at": MONDAY_MORNING, "deployed_by": "a", "source": "s"},
    "process_definition": {
        **{"id": "v", "key": "p", "version": 1, "name": "p", "bundle_hash": "h", "deployment_id": "d"},
    },
    "process_instance": {
        **{"id": "i", "definition_id": "v", "business_key": "PT1", "state": "active", "version": 3},
        **{"blob": b"\x00state", "next_due": MONDAY_MORNING, "started_at": MONDAY_MORNING, "started_by": "a"},
    },
    "user_task": {
        **{"id": "t", "instance_id": "i", "definition_id": "v", "process_key": "p", "element_id": "a", "name": "a"},
        **{"state": "created", "created_at": MONDAY_MORNING},
    },
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_instances_of_an_older_version_keep_their_tasks_under_the_new_rule(kind: str, tmp_path: Path) -> None:
    with empty_database_url(kind, tmp_path) as url:
        database = Database(url)
        with database.write() as connection:
            upgrade(connection, "0004")
            for name, row in OLD_ROWS.items():
                old = Table(name, MetaData(), *(Column(column, metadata.tables[name].c[column].type) for column in row))
                connection.execute(insert(old).values(row))
        assert migrate(database)
        with database.read() as connection:
            moved = dict(connection.execute(select(process_instance)).one()._mapping)
            assert moved == {**OLD_ROWS["process_instance"], "definition_key": "p", "ended_at": None}
            assert connection.execute(select(key_lock.c.business_key)).scalars().all() == ["PT1"]
        for wrong in ({"id": "again"}, {"id": "free", "business_key": "unlocked"}):
            with pytest.raises(IntegrityError), database.write() as connection:
                connection.execute(insert(process_instance).values({**moved, **wrong}))
        with pytest.raises(IntegrityError), database.write() as connection:  # the task still refers to its instance
            connection.execute(delete(process_instance))
        database.dispose()


def test_an_audit_entry_cannot_be_changed_or_removed(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(audit_entry).values(ENTRY))
    for statement in (
        update(audit_entry).values(actor="b"),
        delete(audit_entry),
    ):
        with pytest.raises(DatabaseError, match="append-only"), database.write() as connection:
            connection.execute(statement)
    with database.read() as connection:
        assert connection.execute(text("SELECT actor FROM audit_entry")).scalar_one() == "a"


def test_an_audit_entry_cannot_be_replaced_or_truncated(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(audit_entry).values(ENTRY))
    if database.is_sqlite:
        statement = (
            "REPLACE INTO audit_entry (stream, number, at, actor, action, detail, hash) "
            "SELECT stream, number, at, 'b', action, detail, hash FROM audit_entry"
        )
    else:
        statement = "TRUNCATE audit_entry"
    with pytest.raises((DatabaseError, IntegrityError), match="append-only"), database.write() as connection:
        connection.execute(text(statement))
    with database.read() as connection:
        assert connection.execute(text("SELECT actor FROM audit_entry")).scalar_one() == "a"
