"""Interventions 流程干预: what an administrator or process owner does to a running instance, with a reason."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api import visibility
from api.dependencies import Write, permission
from api.route import Route
from api.schemas.process_instances import Leaving, Modification, Participant, ProcessInstance, Reason, ReturnTo
from engine import cancellation, modifications, participants, suspension
from engine.spiff.modification import Instruction


async def _seen(instance_id: str, work: Write) -> None:
    """Only an instance whose ticket the person may see; the endpoint's own thread looks."""
    work.first(lambda: visibility.process_instance(work, instance_id))


router = APIRouter(
    prefix="/process-instances/{instance_id}",
    tags=["流程干预"],
    route_class=Route,
    dependencies=[Depends(permission("instance.intervene")), Depends(_seen)],
)


@router.post("/suspend", response_model=ProcessInstance, summary="挂起：不能办理、定时器不触发、消息等待")
def suspend(instance_id: str, given: Reason, work: Write) -> object:
    return suspension.suspend(work.tx, instance_id, given.reason).instance


@router.post("/resume", response_model=ProcessInstance, summary="恢复：到期的定时器和等待的消息随即生效")
def resume(instance_id: str, given: Reason, work: Write) -> object:
    return suspension.resume(work.tx, instance_id, given.reason).instance


@router.post("/cancel", response_model=ProcessInstance, summary="终止流程，不可撤销")
def cancel(instance_id: str, given: Reason, work: Write) -> object:
    return cancellation.cancel(work.tx, instance_id, given.reason).instance


@router.post(
    "/modify",
    response_model=ProcessInstance,
    summary="调整环节：取消、从之前或之后开始；调整后流程走不到结束的，拒绝",
)
def modify(instance_id: str, given: Modification, work: Write) -> object:
    instructions = [
        Instruction(each.verb, each.process_key, each.element_id, each.user_task_id) for each in given.instructions
    ]
    return modifications.modify(work.tx, instance_id, instructions, given.reason).instance


@router.post("/return", response_model=ProcessInstance, summary="退回到已办过的环节，数据保留")
def return_to(instance_id: str, given: ReturnTo, work: Write) -> object:
    return modifications.return_to(
        work.tx,
        instance_id,
        given.process_key,
        given.element_id,
        given.reason,
        user_task_id=given.user_task_id,
    ).instance


@router.post("/participants/add", response_model=ProcessInstance, summary="加签：多人办理的环节增加一位参与者")
def add_participant(instance_id: str, given: Participant, work: Write) -> object:
    return participants.add(
        work.tx,
        instance_id,
        given.process_key,
        given.element_id,
        given.item,
        given.reason,
        user_task_id=given.user_task_id,
    ).instance


@router.post("/participants/remove", response_model=ProcessInstance, summary="减签：不再等待一位参与者")
def remove_participant(instance_id: str, given: Leaving, work: Write) -> object:
    return participants.remove(
        work.tx,
        instance_id,
        given.process_key,
        given.element_id,
        given.reason,
        item=given.item,
        user_task_id=given.user_task_id,
    ).instance
