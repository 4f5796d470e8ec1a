"""One database, one transaction per step: SQLite (WAL, one FIFO writer) or PostgreSQL (row locks)."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, DateTime, Dialect, Engine, TypeDecorator, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

POOL_SIZE = 8
BUSY_SECONDS = 30
STALE_SECONDS = 1  # a connection unused for longer is asked whether it still works


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite stores it naive, PostgreSQL with time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FifoLock:
    """A fair lock: SQLite's own busy handler starves writers, a queue does not."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


def _set_pragmas(connection: DBAPIConnection) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Database:
    """Opens read and write transactions; the caller's `with` block is the unit of work."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._writer = FifoLock()
        self.engine = self._create_engine()

    def _create_engine(self) -> Engine:
        if not self.is_sqlite:
            engine = create_engine(self.url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE)
            _ping_when_stale(engine)
            return engine
        path = make_url(self.url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, connect_args={"check_same_thread": False}
        )

        @event.listens_for(engine, "connect")
        def _configure(connection: DBAPIConnection, _record: object) -> None:
            connection.isolation_level = None  # _begin says BEGIN
            _set_pragmas(connection)

        return engine

    def another_engine(self) -> Engine:
        """For a library with connections and transactions of its own on the same database; the caller disposes it."""
        if not self.is_sqlite:
            return create_engine(self.url, pool_size=4, max_overflow=POOL_SIZE, pool_pre_ping=True)
        engine = create_engine(self.url, pool_size=4, max_overflow=POOL_SIZE)

        @event.listens_for(engine, "connect")
        def _configure(connection: DBAPIConnection, _record: object) -> None:
            connection.isolation_level = "IMMEDIATE"
            _set_pragmas(connection)

        return engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change things; commits when the block ends, rolls back when it raises."""
        if self.is_sqlite:
            self._writer.acquire()
        try:
            with self.engine.connect() as connection, connection.begin():
                self._begin(connection, "IMMEDIATE")
                yield connection
        finally:
            if self.is_sqlite:
                self._writer.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; changes made in it are rolled back."""
        with self.engine.connect() as connection:
            self._begin(connection, "DEFERRED")
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """For one SELECT: without BEGIN and ROLLBACK around it."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    def _begin(self, connection: Connection, mode: str) -> None:
        """SQLite's BEGIN; not in SQLAlchemy's event of that name, which makes every statement look for listeners."""
        if self.is_sqlite:
            connection.exec_driver_sql(f"BEGIN {mode}")

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def _ping_when_stale(engine: Engine) -> None:
    """As pool_pre_ping, but a connection that worked a moment ago is not asked again."""

    @event.listens_for(engine, "checkin")
    def _returned(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["returned"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("returned", math.inf) < STALE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as gone:
            raise DisconnectionError from gone  # the pool tries a fresh one
