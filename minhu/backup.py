"""Writes a backup while the system runs: one consistent view of the database, then its attachments."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Row, Table, func, select

from engine.database import Database
from engine.errors import Refused
from engine.tables import metadata
from engine.transaction import Runtime
from hotline import attachments
from hotline.tables import attachment
from minhu import archive
from minhu.archive import Manifest, Summary, TableEntry
from minhu.migrate import newest_revision, revision_of

# who is logged in or running right now is no business of a later restore
LEFT_OUT = frozenset({"login_session", "login_attempt", "worker_heartbeat"})
BATCH = 500
Progress = Callable[[int], object]


def tables() -> list[Table]:
    """What is backed up, referenced tables before those that refer to them."""
    return [each for each in metadata.sorted_tables if each.name not in LEFT_OUT]


def count_rows(database: Database) -> int:
    """How much there is to write, for a progress bar."""
    with database.read() as connection:
        return sum(connection.execute(select(func.count()).select_from(each)).scalar_one() for each in tables())


def write(runtime: Runtime, file: Path, progress: Progress) -> Summary:
    """Write `file`, readable by its owner only; a failure leaves no half file."""
    with _snapshot(runtime.database) as connection, _complete_or_absent(file) as stream:
        revision = revision_of(connection)
        if revision != newest_revision():
            raise Refused("数据库结构还不是最新，请先执行 minhu migrate")
        manifest = Manifest(revision=revision, created_at=runtime.clock().isoformat())
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
            for each in tables():
                manifest.tables[str(each.name)] = _write_table(connection, each, zipped, progress)
            for name in _attachment_names(connection):
                zipped.writestr(archive.attachment_member(name), attachments.read(name), zipfile.ZIP_STORED)
                manifest.attachments.append(name)
            zipped.writestr(archive.MANIFEST, manifest.to_json())
    return Summary(manifest.rows, len(manifest.attachments))


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """One moment in time, however long the reading takes."""
    with database.read() as connection:
        if not database.is_sqlite:  # SQLite's read transaction is a snapshot anyway
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


@contextmanager
def _complete_or_absent(file: Path) -> Iterator[BinaryIO]:
    partial = file.with_name(file.name + ".partial")
    handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _write_table(connection: Connection, source: Table, zipped: zipfile.ZipFile, progress: Progress) -> TableEntry:
    digest, rows = hashlib.sha256(), 0
    with zipped.open(archive.table_member(source.name), "w", force_zip64=True) as member:
        for row in _rows(connection, source):
            line = archive.encode(dict(row._mapping))
            digest.update(line)
            member.write(line)
            rows += 1
            progress(1)
    names = [str(each.name) for each in source.columns]
    return TableEntry(rows, digest.hexdigest(), names, archive.kinds_of(source))


def _rows(connection: Connection, source: Table) -> Iterator[Row[Any]]:
    query = select(source).order_by(*source.primary_key.columns)
    for key in source.foreign_keys:
        if key.column.table is source:  # a row's parent must be inserted before it
            yield from _parents_first(list(connection.execute(query)), key.parent.name, key.column.name)
            return
    yield from connection.execution_options(yield_per=BATCH).execute(query)


def _parents_first(rows: list[Row[Any]], parent: str, own: str) -> Iterator[Row[Any]]:
    written: set[Any] = {None}
    while rows:
        ready = [row for row in rows if row._mapping[parent] in written]
        yield from ready
        written |= {row._mapping[own] for row in ready}
        rows = [row for row in rows if row._mapping[own] not in written]


def _attachment_names(connection: Connection) -> list[str]:
    names = select(attachment.c.sha256).distinct().order_by(attachment.c.sha256)
    return list(connection.execute(names).scalars())
