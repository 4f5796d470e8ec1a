"""Restores a backup into an empty database of either kind, in one transaction, audit chains checked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from engine import audit
from engine.database import Database
from engine.errors import Refused
from engine.tables import audit_entry, metadata
from hotline import attachments
from minhu import archive
from minhu.archive import ArchiveDamaged, Manifest, Summary
from minhu.backup import BATCH, Progress
from minhu.migrate import hold_lock, is_known, remove_everything, revision_of, upgrade


@dataclass(frozen=True)
class Backup:
    """An opened, checked backup."""

    archive: zipfile.ZipFile
    manifest: Manifest


@contextmanager
def opened(file: Path) -> Iterator[Backup]:
    """Raises ArchiveDamaged unless every member is what the manifest says."""
    try:
        with zipfile.ZipFile(file) as zipped:
            manifest = Manifest.from_json(zipped.read(archive.MANIFEST))
            archive.check(zipped, manifest)
            yield Backup(zipped, manifest)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ArchiveDamaged(f"{file} 不是本系统的备份文件") from error


def restore(backup: Backup, database: Database, progress: Progress, *, force: bool) -> Summary:
    """All or nothing. Raises Refused when the database holds anything, unless `force` empties it first."""
    manifest = backup.manifest
    if not is_known(manifest.revision):
        raise Refused(f"备份来自更新的版本（{manifest.revision}），请先升级本系统再恢复")
    for name in manifest.attachments:  # first: a row without its file would be worse than a file without row
        attachments.keep(name, backup.archive.read(archive.attachment_member(name)))
    with database.write() as connection:
        hold_lock(connection)
        _make_empty(connection, force=force)
        upgrade(connection, manifest.revision)
        for name in manifest.tables:
            _insert(connection, backup, name, progress)
        upgrade(connection)
        for stream in connection.execute(select(audit_entry.c.stream).distinct()).scalars().all():
            audit.verify(connection, stream)
    return Summary(manifest.rows, len(manifest.attachments))


def _make_empty(connection: Connection, *, force: bool) -> None:
    revision = revision_of(connection)
    if revision is None:
        return
    if not is_known(revision):
        raise Refused(f"现有数据库来自更新的版本（{revision}），请先升级本系统")
    if not force and _holds_anything(connection):
        raise Refused("数据库中已有数据，未恢复。确需覆盖请加 --force，现有数据将全部清除")
    remove_everything(connection)


def _holds_anything(connection: Connection) -> bool:
    return any(
        connection.execute(select(func.count()).select_from(each)).scalar_one() for each in metadata.sorted_tables
    )


def _insert(connection: Connection, backup: Backup, name: str, progress: Progress) -> None:
    entry = backup.manifest.tables[name]
    statement = insert(archive.target(name, entry))
    rows = (archive.decode(line, entry.kinds) for line in archive.lines(backup.archive, name))
    while batch := list(islice(rows, BATCH)):
        connection.execute(statement, batch)
        progress(len(batch))
