"""Ticket imports 工单导入: the district platform's Excel or CSV, with a report per row."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, UploadFile

from api.dependencies import LARGEST_PAGE, Read, Write, permission
from api.route import Route
from api.schemas.ticket_imports import ImportBatch, ImportReport
from hotline import import_batches, ticket_import

router = APIRouter(
    prefix="/ticket-imports", tags=["工单导入"], route_class=Route, dependencies=[Depends(permission("ticket.import"))]
)


@router.post(
    "",
    status_code=201,
    response_model=ImportReport,
    summary="导入区平台表格（xlsx 或 csv）：按编号新增或更新，逐行报告",
)
def import_file(file: Annotated[UploadFile, File()], work: Write) -> object:
    return ticket_import.import_file(work.tx, work.principal, file.filename or "", file.file.read())


@router.get("", response_model=list[ImportBatch], summary="最近的导入，新的在前")
def list_imports(work: Read, limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 20) -> object:
    return import_batches.recent(work.tx, work.principal, limit)


@router.get("/{batch_id}", response_model=ImportBatch, summary="一次导入的逐行报告")
def get_import(batch_id: str, work: Read) -> object:
    return import_batches.get(work.tx, work.principal, batch_id)
