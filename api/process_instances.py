"""Process instances 流程实例: where a ticket stands on its diagrams."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from api import visibility
from api.dependencies import Paged, Read, Write, permission
from api.route import Route
from api.schemas.model import Page
from api.schemas.process_instances import Path, ProcessInstance, Revision
from engine import paths, process_instance_rows, revision

router = APIRouter(prefix="/process-instances", tags=["流程实例"], route_class=Route)

Filter = Annotated[str | None, Query(max_length=100)]


@router.get(
    "",
    response_model=Page[ProcessInstance],
    summary="流程实例列表，新的在前",
    dependencies=[Depends(permission("instance.view"))],
)
def list_instances(
    work: Read,
    page: Paged,
    state: Literal["active", "suspended", "completed", "cancelled"] | None = None,
    key: Filter = None,
    business_key: Filter = None,
) -> object:
    return process_instance_rows.list_page(
        work.tx, state=state, key=key, business_key=business_key, limit=page.limit, offset=page.offset
    )


@router.get("/{instance_id}", response_model=ProcessInstance, summary="一个流程实例")
def get_instance(instance_id: str, work: Read) -> object:
    return visibility.process_instance(work, instance_id)


@router.get("/{instance_id}/path", response_model=Path, summary="在流程图上走过的路径")
def get_path(instance_id: str, work: Read) -> object:
    return paths.path(work.tx, visibility.process_instance(work, instance_id))


@router.get(
    "/{instance_id}/variables",
    response_model=dict[str, Any],
    summary="流程变量",
    dependencies=[Depends(permission("instance.view"))],
)
def get_variables(instance_id: str, work: Read) -> object:
    return process_instance_rows.variables(work.tx, instance_id)


@router.post(
    "/{instance_id}/revise",
    response_model=ProcessInstance,
    summary="运维：更正流程变量（留痕），时限随之重算",
    dependencies=[Depends(permission("incident.manage"))],
)
def revise(instance_id: str, wanted: Revision, work: Write) -> object:
    visibility.process_instance(work, instance_id)
    return revision.revise(work.tx, instance_id, wanted.variables, wanted.reason, clause=wanted.clause).instance
