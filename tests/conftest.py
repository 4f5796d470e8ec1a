"""Fixtures of all tests: a migrated database of either kind, a clock that obeys, a runtime."""

from __future__ import annotations

import os
import shutil
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from engine.database import Database
from engine.spiff import state_codec
from engine.spiff.execution import Execution
from engine.transaction import Runtime
from engine.working_days import WorkingDays
from minhu.migrate import migrate
from tests import postgres, recycled_databases

pytest_plugins = ("tests.server", "tests.chromium")

ROOT = Path(__file__).resolve().parent.parent
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)  # an ordinary week without holidays
KINDS = ("sqlite", "postgresql")


def pytest_configure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        postgres.begin_run()


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        postgres.end_run()
    postgres.let_go()


class FakeClock:
    """A settable clock; give it to a Runtime and call `advance` or set `now`."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)

    def advance(self, **amount: float) -> None:
        """advance(hours=3), advance(days=1) …"""
        self.now += timedelta(**amount)


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.dispose()


def template(kind: str) -> str:
    """A migrated, empty database made once per test run: the SQLite file or the PostgreSQL database."""
    home = postgres.run_folder()
    name = "minhu_template_" + home.name.rpartition("-")[2].lower()
    path = home / "template.db"
    with postgres.locked(home / f"{kind}.lock"):
        ready = home / f"{kind}.ready"
        if not ready.exists():
            if kind == "sqlite":
                _migrate(f"sqlite:///{path}")
            else:
                _migrate(postgres.create_database(name))
            ready.touch()
    return str(path) if kind == "sqlite" else name


@contextmanager
def empty_database_url(kind: str, folder: Path) -> Iterator[str]:
    """URL of a database in which nothing has been migrated."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}"
        return
    name = f"minhu_test_{uuid.uuid4().hex}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@contextmanager
def migrated_database_url(kind: str, folder: Path) -> Iterator[str]:
    """URL of a fresh, migrated, empty database."""
    if kind == "sqlite":
        shutil.copy(template("sqlite"), folder / "minhu.db")
        yield f"sqlite:///{folder / 'minhu.db'}"
        return
    with recycled_databases.empty(template("postgresql")) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh, migrated, empty database; the test runs once per kind."""
    with migrated_database_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated, empty database; the test runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture(autouse=True)
def _own_attachments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTACHMENTS_DIR", str(tmp_path / "attachments"))


def _document(blob: bytes) -> Any:
    """A saved state; the order of variables says nothing."""
    return orjson.loads(zlib.decompress(blob))


@pytest.fixture(autouse=True)
def _memory_equals_what_was_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever a step goes on with an instance kept in memory, restoring it would have given the same."""
    restore, load = Execution.restore.__func__, state_codec.load  # type: ignore[attr-defined]

    def compared(cls: type[Execution], compiled: Any, blob: bytes, engine: Any, hot: Any = None) -> Execution:
        if hot is not None:
            saved = load(compiled, blob, engine)
            assert _document(state_codec.dump(hot)) == _document(blob) == _document(state_codec.dump(saved))
            assert list(hot.event_manager.tasks) == list(saved.event_manager.tasks)
        execution: Execution = restore(cls, compiled, blob, engine, hot)
        return execution

    monkeypatch.setattr(Execution, "restore", classmethod(compared))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still at Monday 2026-03-02 09:00 Shanghai until the test moves it."""
    return FakeClock()


@pytest.fixture(scope="session")
def working_days() -> WorkingDays:
    """The calendar and the regulation's numbers as they stand in processes/."""
    return WorkingDays.from_folder(ROOT / "processes")


@pytest.fixture
def runtime(database: Database, clock: FakeClock, working_days: WorkingDays) -> Runtime:
    """The bare engine on `database` with `clock`: no functions, option catalogues or hooks of the office."""
    return Runtime(database, working_days, clock)
