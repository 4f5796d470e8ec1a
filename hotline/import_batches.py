"""Earlier imports, read back: which file, by whom, and what became of each row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, select

from engine.errors import NotFound
from engine.transaction import Transaction
from hotline import persons
from hotline.access import Principal, require
from hotline.tables import import_batch
from hotline.ticket_import import ImportReport, RowReport


@dataclass(frozen=True)
class Batch:
    """A stored report with when and by whom."""

    report: ImportReport
    imported_at: datetime
    imported_by_name: str


def recent(tx: Transaction, principal: Principal, limit: int) -> list[Batch]:
    """The latest imports of everybody, newest first."""
    require(principal, "ticket.import")
    rows = tx.connection.execute(
        select(import_batch).order_by(import_batch.c.imported_at.desc(), import_batch.c.id).limit(limit)
    ).all()
    names = persons.names(tx, {row.imported_by for row in rows})
    return [_batch(row, names) for row in rows]


def get(tx: Transaction, principal: Principal, batch_id: str) -> Batch:
    """One import; raises NotFound."""
    require(principal, "ticket.import")
    row = tx.connection.execute(select(import_batch).where(import_batch.c.id == batch_id)).first()
    if row is None:
        raise NotFound("没有这次导入，请返回导入页重新选择")
    return _batch(row, persons.names(tx, {row.imported_by}))


def _batch(row: Row[Any], names: dict[str, str]) -> Batch:
    document = orjson.loads(row.report)
    rows = [RowReport(**each) for each in document["rows"]]
    report = ImportReport(row.id, row.file_name, rows, document["ignored_columns"])
    return Batch(report, row.imported_at, names.get(row.imported_by, row.imported_by))
