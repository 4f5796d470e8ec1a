"""Tickets 工单: enter, find, correct; what moves them is the user task."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from api.dependencies import Paged, Read, Write, permission
from api.route import SHOWN_ONCE, Route
from api.schemas.attachments import Attachment
from api.schemas.audit_entries import AuditEntry
from api.schemas.model import Page
from api.schemas.tickets import (
    Caller,
    CallerReveal,
    Link,
    NewLink,
    NewTicket,
    Party,
    Reclassification,
    ReplyPoints,
    Ticket,
)
from hotline import (
    attachments,
    reclassification,
    reply_points,
    result_pack,
    ticket_links,
    ticket_parties,
    tickets,
    timeline,
)

router = APIRouter(prefix="/tickets", tags=["工单"], route_class=Route)

Filter = Annotated[str | None, Query(max_length=100)]
TaskId = Annotated[str | None, Form(max_length=36, description="在办任务的编号")]


@router.get("", response_model=Page[Ticket], summary="本人可见的工单")
def list_tickets(
    work: Read,
    page: Paged,
    search: Annotated[str | None, Query(max_length=100, description="编号、标题、地址；有权限时可按电话")] = None,
    state: Annotated[str | None, Query(max_length=100, description="状态；open 为全部未结")] = None,
    matter_class: Filter = None,
    department: Filter = None,
    overdue: bool = False,
) -> object:
    return tickets.list_page(
        work.tx,
        work.principal,
        search=search,
        state=state,
        matter_class=matter_class,
        department=department,
        overdue=overdue,
        limit=page.limit,
        offset=page.offset,
    )


@router.get("/{number}", response_model=Ticket, summary="一张工单（来电人已遮蔽）")
def get_ticket(number: str, work: Read) -> object:
    return tickets.get(work.tx, work.principal, number)


@router.post(
    "",
    status_code=201,
    response_model=Ticket,
    summary="登记工单并启动处置流程",
    dependencies=[Depends(permission("ticket.create"))],
)
def create(ticket: NewTicket, work: Write) -> object:
    return tickets.create(work.tx, work.principal, ticket.entered())


@router.post(
    "/{number}/caller-reveals",
    response_model=Caller,
    summary="查看来电人信息（留痕）",
    dependencies=[Depends(permission("caller.view"))],
    openapi_extra=SHOWN_ONCE,
)
def reveal_caller(number: str, reveal: CallerReveal, work: Write) -> object:
    return tickets.reveal_caller(work.tx, work.principal, number, reveal.reason)


@router.post(
    "/{number}/reclassify",
    response_model=Ticket,
    summary="人工改类并重算时限",
    dependencies=[Depends(permission("ticket.revise"))],
)
def reclassify(number: str, change: Reclassification, work: Write) -> object:
    return reclassification.reclassify(work.tx, work.principal, number, **dict(change))


@router.get("/{number}/reply-points", response_model=ReplyPoints, summary="答复要点草稿（3.1.1-9、3.3-15）")
def get_reply_points(number: str, work: Read) -> object:
    return {"text": reply_points.draft(work.tx, work.principal, number)}


@router.get("/{number}/result", response_model=ReplyPoints, summary="可直接粘贴到区平台的办理结果")
def get_result(number: str, work: Read) -> object:
    return {"text": result_pack.text(work.tx, work.principal, number)}


@router.get("/{number}/timeline", response_model=list[AuditEntry], summary="办理经过（号码已遮蔽）")
def get_timeline(number: str, work: Read) -> object:
    return timeline.entries(work.tx, work.principal, number)


@router.get("/{number}/parties", response_model=list[Party], summary="主办、协办、指导、执法部门")
def list_parties(number: str, work: Read) -> object:
    return ticket_parties.parties(work.tx, work.principal, number)


@router.get("/{number}/links", response_model=list[Link], summary="关联工单")
def list_links(number: str, work: Read) -> object:
    return ticket_links.links(work.tx, work.principal, number)


@router.post(
    "/{number}/links",
    status_code=201,
    response_model=list[Link],
    summary="关联另一张工单",
    dependencies=[Depends(permission("ticket.revise"))],
)
def link(number: str, new: NewLink, work: Write) -> object:
    ticket_links.link(work.tx, work.principal, number, new.linked_number, new.kind, new.reason)
    return ticket_links.links(work.tx, work.principal, number)


@router.delete(
    "/{number}/links/{linked_number}",
    status_code=204,
    summary="解除关联",
    response_class=Response,
    dependencies=[Depends(permission("ticket.revise"))],
)
def unlink(
    number: str, linked_number: str, work: Write, reason: Annotated[str, Query(min_length=1, max_length=500)]
) -> None:
    ticket_links.unlink(work.tx, work.principal, number, linked_number, reason)


@router.get("/{number}/attachments", response_model=list[Attachment], summary="工单的附件")
def list_attachments(number: str, work: Read) -> object:
    return attachments.list_for(work.tx, work.principal, number)


@router.post(
    "/{number}/attachments",
    status_code=201,
    response_model=list[Attachment],
    summary="上传附件；给出 user_task_id 时归入该任务",
    dependencies=[Depends(permission("tasks", "ticket.create"))],
)
def add_attachments(
    number: str, files: Annotated[list[UploadFile], File()], work: Write, user_task_id: TaskId = None
) -> object:
    uploads = [attachments.Upload(file.filename or "", file.file.read()) for file in files]
    return attachments.add(work.tx, work.principal, number, uploads, user_task_id)
