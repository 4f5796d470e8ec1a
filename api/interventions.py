"""Interventions 流程干预: what an administrator or process owner does to a running instance, with a reason."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api import visibility
from api.dependencies import Write, permission
from api.route import Route
from api.schemas.process_instances import ProcessInstance, Reason
from engine import cancellation, suspension

router = APIRouter(
    prefix="/process-instances/{instance_id}",
    tags=["流程干预"],
    route_class=Route,
    dependencies=[Depends(permission("instance.intervene"))],
)


@router.post("/suspend", response_model=ProcessInstance, summary="挂起：不能办理、定时器不触发、消息等待")
def suspend(instance_id: str, given: Reason, work: Write) -> object:
    visibility.process_instance(work, instance_id)
    return suspension.suspend(work.tx, instance_id, given.reason).instance


@router.post("/resume", response_model=ProcessInstance, summary="恢复：到期的定时器和等待的消息随即生效")
def resume(instance_id: str, given: Reason, work: Write) -> object:
    visibility.process_instance(work, instance_id)
    return suspension.resume(work.tx, instance_id, given.reason).instance


@router.post("/cancel", response_model=ProcessInstance, summary="终止流程，不可撤销")
def cancel(instance_id: str, given: Reason, work: Write) -> object:
    visibility.process_instance(work, instance_id)
    return cancellation.cancel(work.tx, instance_id, given.reason).instance
