"""Ticket imports 工单导入."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.model import Shown


class RowReport(Shown):
    """What became of one line of the table."""

    line: int = Field(description="表格中的行号")
    number: str
    outcome: str = Field(description="created、updated、unchanged、error")
    outcome_label: str
    changes: list[str]
    column: str = Field(description="有误的列")
    message: str = Field(description="错在哪里、如何改正")


class ImportReport(Shown):
    """What became of the whole file."""

    id: str
    file_name: str
    summary: str
    rows: list[RowReport]
    ignored_columns: list[str]


class ImportBatch(Shown):
    """An earlier import."""

    report: ImportReport
    imported_at: datetime
    imported_by_name: str
