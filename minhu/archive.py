"""The backup file: a zip of one JSON-lines file per table, the attachments, and a manifest with hashes.

It knows no database kind: a backup of SQLite restores into PostgreSQL and the other way round.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, LargeBinary, Table, column, table
from sqlalchemy.sql.expression import TableClause

from engine.database import Instant
from engine.errors import InvalidInput

FORMAT = 1
MANIFEST = "manifest.json"
CONTENT_NAME = re.compile(r"[0-9a-f]{64}")  # attachments are named by their SHA-256
CHUNK = 1024 * 1024


class ArchiveDamaged(InvalidInput):
    """The file is no backup of this system, or was changed after it was written."""


@dataclass(frozen=True)
class TableEntry:
    """What the manifest says about one table; `kinds` names the columns that need decoding."""

    rows: int
    sha256: str
    columns: list[str]
    kinds: dict[str, str]


@dataclass
class Manifest:
    """The table of contents; tables stand in the order in which they can be inserted."""

    revision: str
    created_at: str
    format: int = FORMAT
    tables: dict[str, TableEntry] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(entry.rows for entry in self.tables.values())

    def to_json(self) -> bytes:
        """As stored in the archive."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Raises ArchiveDamaged when it is none of ours."""
        try:
            document = orjson.loads(content)
            tables = {name: TableEntry(**entry) for name, entry in document.pop("tables").items()}
            manifest = cls(**document, tables=tables)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArchiveDamaged("备份文件的目录无法读取，文件可能已损坏") from error
        if manifest.format != FORMAT:
            raise ArchiveDamaged(f"备份文件的格式 {manifest.format} 不受本版本支持，请用写出它的版本恢复")
        if not all(CONTENT_NAME.fullmatch(name) for name in manifest.attachments):
            raise ArchiveDamaged("备份文件的附件名称不合规，文件可能被改动")
        return manifest


@dataclass(frozen=True)
class Summary:
    """What was written or restored."""

    rows: int
    attachments: int


def kinds_of(source: Table) -> dict[str, str]:
    """Columns whose values JSON cannot hold."""
    kinds = {}
    for each in source.columns:
        if isinstance(each.type, Instant):
            kinds[str(each.name)] = "instant"
        elif isinstance(each.type, LargeBinary):
            kinds[str(each.name)] = "binary"
    return kinds


def encode(row: dict[str, Any]) -> bytes:
    """One row as one line."""
    plain = {
        str(name): base64.b64encode(value).decode()
        if isinstance(value, bytes | memoryview)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in row.items()
    }
    return orjson.dumps(plain) + b"\n"


def decode(line: bytes, kinds: dict[str, str]) -> dict[str, Any]:
    """One line as one row."""
    row: dict[str, Any] = orjson.loads(line)
    for name, kind in kinds.items():
        if row[name] is not None:
            row[name] = base64.b64decode(row[name]) if kind == "binary" else datetime.fromisoformat(row[name])
    return row


def target(name: str, entry: TableEntry) -> TableClause:
    """A table as it was when the backup was written, whatever today's code says."""
    types: dict[str, Any] = {"instant": Instant(), "binary": LargeBinary()}
    columns: list[ColumnElement[Any]] = [
        column(each, types[entry.kinds[each]]) if each in entry.kinds else column(each) for each in entry.columns
    ]
    return table(name, *columns)  # type: ignore[arg-type]


def table_member(name: str) -> str:
    """Where a table stands in the zip."""
    return f"tables/{name}.jsonl"


def attachment_member(name: str) -> str:
    """Where an attachment stands in the zip."""
    return f"attachments/{name}"


def check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Compare every member with its hash; raises ArchiveDamaged before anything is restored."""
    expected = {table_member(name): entry.sha256 for name, entry in manifest.tables.items()}
    expected |= {attachment_member(name): name for name in manifest.attachments}
    for member, sha256 in expected.items():
        try:
            actual = _hash(archive, member)
        except (KeyError, zipfile.BadZipFile, OSError, EOFError) as error:
            raise ArchiveDamaged(f"备份文件缺少或无法读取 {member}，文件可能已损坏") from error
        if actual != sha256:
            raise ArchiveDamaged(f"备份文件中的 {member} 与目录不符，文件可能已损坏或被改动")


def _hash(archive: zipfile.ZipFile, member: str) -> str:
    digest = hashlib.sha256()
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The rows of one table, encoded."""
    with archive.open(table_member(name)) as stream:
        yield from stream
