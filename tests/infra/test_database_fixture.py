"""The test databases themselves: fresh for every test, on both kinds."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from engine.database import Database
from engine.tables import resource
from tests.conftest import FakeClock


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_gets_an_empty_database_of_its_own(database: Database, attempt: int) -> None:
    with database.write() as connection:
        assert connection.execute(select(resource)).all() == []
        connection.execute(insert(resource).values(hash=f"{attempt}", content=b"x"))
    with database.read() as connection:
        assert connection.execute(select(resource.c.hash)).scalars().all() == [f"{attempt}"]


def test_the_clock_moves_only_when_told(clock: FakeClock) -> None:
    before = clock()
    assert clock() == before
    clock.advance(hours=2, minutes=30)
    assert (clock() - before).total_seconds() == 9000
