"""Notices 通知 to the groups of a person."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.dependencies import Paged, Read, Write, permission
from api.route import Route
from api.schemas.model import Page
from api.schemas.notices import Count, Notice, Reading
from hotline import notices

router = APIRouter(prefix="/notices", tags=["通知"], route_class=Route, dependencies=[Depends(permission("tasks"))])


@router.get("", response_model=Page[Notice], summary="本组的通知，新的在前")
def list_notices(work: Read, page: Paged, unread_only: bool = False) -> object:
    return notices.list_for(work.tx, work.principal, unread_only=unread_only, limit=page.limit, offset=page.offset)


@router.get("/unread-count", response_model=Count, summary="未读通知数")
def unread_count(work: Read) -> object:
    return {"count": notices.unread_count(work.tx, work.principal)}


@router.post("/read", response_model=Count, summary="标为已读")
def mark_read(reading: Reading, work: Write) -> object:
    return {"count": notices.mark_read(work.tx, work.principal, reading.ids)}
