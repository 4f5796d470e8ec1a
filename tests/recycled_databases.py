"""PostgreSQL databases one test uses after the other: emptying one costs a tenth of making and dropping it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests import postgres

KEPT = ("alembic_version", "dbos_migrations")  # all that stands in a migrated database

_SCHEMA = """
    SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
        SELECT concat_ws(' ', relnamespace::regnamespace, relname, relkind, relnatts) AS line FROM pg_class
        WHERE relnamespace::regnamespace::text !~ '^pg_|information_schema'
        UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
        UNION ALL SELECT concat_ws(' ', oid::regprocedure, md5(prosrc)) FROM pg_proc
        WHERE pronamespace::regnamespace::text !~ '^pg_|information_schema'
    ) AS lines
"""
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
_EMPTY = f"""
    DO $$ DECLARE found record; BEGIN
        SET LOCAL session_replication_role = replica; -- neither foreign keys nor the audit trail's triggers
        FOR found IN SELECT schemaname, tablename FROM pg_tables
            WHERE schemaname !~ '^pg_|information_schema' AND tablename NOT IN {KEPT}
        LOOP EXECUTE format('DELETE FROM %I.%I', found.schemaname, found.tablename); END LOOP;
        FOR found IN SELECT schemaname, sequencename FROM pg_sequences
        LOOP EXECUTE format('ALTER SEQUENCE %I.%I RESTART', found.schemaname, found.sequencename); END LOOP;
    END $$
"""

_idle: list[tuple[str, str]] = []  # URL and schema of this process's databases that nobody uses


@contextmanager
def empty(template: str) -> Iterator[str]:
    """URL of a database like the migrated, empty `template`."""
    url, schema = _idle.pop() if _idle else _new(template)
    yield url
    if _emptied(url, schema):
        _idle.append((url, schema))
    else:
        postgres.drop_database(url.rpartition("/")[2])


def _new(template: str) -> tuple[str, str]:
    url = postgres.create_database(f"minhu_test_{uuid.uuid4().hex}", template)
    with _connected(url) as connection:
        return url, _schema(connection)


def _emptied(url: str, schema: str) -> bool:
    """False when the test has changed more than rows."""
    with _connected(url) as connection:
        connection.execute(_OTHERS, (connection.info.backend_pid,))
        if _schema(connection) != schema:
            return False
        connection.execute(_EMPTY)
    return True


def _connected(url: str) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)


def _schema(connection: psycopg.Connection[tuple[str]]) -> str:
    found = connection.execute(_SCHEMA).fetchone()
    assert found is not None
    return found[0]
