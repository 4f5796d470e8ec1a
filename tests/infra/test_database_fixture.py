"""The test databases themselves: fresh for every test, on both kinds."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select

from engine.database import Database
from engine.tables import resource
from tests.conftest import FakeClock, migrated_database_url


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_gets_an_empty_database_of_its_own(database: Database, attempt: int) -> None:
    with database.write() as connection:
        assert connection.execute(select(resource)).all() == []
        connection.execute(insert(resource).values(hash=f"{attempt}", content=b"x"))
    with database.read() as connection:
        assert connection.execute(select(resource.c.hash)).scalars().all() == [f"{attempt}"]


@pytest.mark.parametrize("change", ["DROP TRIGGER audit_entry_no_update ON audit_entry", "DROP TABLE resource CASCADE"])
def test_a_postgresql_database_whose_schema_a_test_changed_is_used_by_nobody_else(change: str, tmp_path: Path) -> None:
    with (
        migrated_database_url("postgresql", tmp_path) as url,
        psycopg.connect(url.replace("+psycopg", "")) as connection,
    ):
        connection.execute(change)
    with migrated_database_url("postgresql", tmp_path) as another:
        assert another != url


def test_a_used_postgresql_database_is_empty_for_the_next_test_whoever_still_held_it(tmp_path: Path) -> None:
    with migrated_database_url("postgresql", tmp_path) as url:
        _enter(url)
        left_open = psycopg.connect(url.replace("+psycopg", ""))
        left_open.execute("SELECT * FROM resource FOR UPDATE")
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()
    with migrated_database_url("postgresql", tmp_path) as again:
        assert again == url
        _enter(again)


def _enter(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM resource").fetchone() == (0,)
        connection.execute("INSERT INTO resource (hash, content) VALUES ('1', 'x')")


def test_the_clock_moves_only_when_told(clock: FakeClock) -> None:
    before = clock()
    assert clock() == before
    clock.advance(hours=2, minutes=30)
    assert (clock() - before).total_seconds() == 9000
