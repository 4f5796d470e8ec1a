"""Incidents 异常: steps that failed, and trying them again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import Paged, Read, Write, permission
from api.route import Route
from api.schemas.incidents import Incident
from api.schemas.model import Page
from engine import incidents

router = APIRouter(
    prefix="/incidents",
    tags=["异常"],
    route_class=Route,
    dependencies=[Depends(permission("incident.manage"))],
)


@router.get("", response_model=Page[Incident], summary="异常列表")
def list_incidents(
    work: Read,
    page: Paged,
    unresolved: bool = True,
    business_key: Annotated[str | None, Query(max_length=100)] = None,
) -> object:
    return incidents.list_page(
        work.tx, unresolved=unresolved, business_key=business_key, limit=page.limit, offset=page.offset
    )


@router.get("/{incident_id}", response_model=Incident, summary="一项异常")
def get_incident(incident_id: str, work: Read) -> object:
    return incidents.get(work.tx, incident_id)


@router.post("/{incident_id}/retry", response_model=Incident, summary="现在重试：仍然失败的，attempts 加一")
def retry(incident_id: str, work: Write) -> object:
    incidents.retry(work.tx, incident_id)
    return incidents.get(work.tx, incident_id)
