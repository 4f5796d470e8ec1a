"""Attachments: the blob by its hash first, the row in the transaction, both behind the ticket's scope."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import Row, delete, insert, select

from engine import audit, key_locks, user_tasks
from engine.errors import Forbidden, InvalidInput, NotFound
from engine.transaction import Transaction, new_id
from engine.working_days import SHANGHAI
from hotline import persons, ticket_scope
from hotline.access import Principal, may
from hotline.file_types import recognized, safe_name
from hotline.tables import attachment, ticket

MEGABYTE = 1024 * 1024
CLAUSE = "3.3-4"
KINDS = {"photo": "照片", "recording": "录音", "video": "视频", "document": "文档"}


@dataclass(frozen=True)
class Upload:
    """A file as it was sent: name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Attachment:
    """A stored file; `content_type` was told from its bytes, never from its sender."""

    id: str
    ticket_number: str
    user_task_id: str | None
    name: str
    content_type: str
    kind: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str
    uploaded_by_name: str = ""

    @property
    def kind_label(self) -> str:
        """照片, 录音, 视频 or 文档."""
        return KINDS.get(self.kind, self.kind)


def location() -> str:
    """ATTACHMENTS_DIR: a folder, or the URL of an object store (s3://…)."""
    return os.environ.get("ATTACHMENTS_DIR") or "var/attachments"


@cache
def _store(where: str) -> ObjectStore:
    if "://" in where:
        return from_url(where)
    return LocalStore(prefix=Path(where).resolve(), mkdir=True)


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def add(
    tx: Transaction,
    principal: Principal,
    number: str,
    uploads: Sequence[Upload],
    user_task_id: str | None = None,
) -> list[Attachment]:
    """Store files with a ticket, or with one of its user tasks; InvalidInput cites the limits (3.3-4)."""
    ticket_scope.find(tx, principal, number)
    _require_may_add(tx, principal, number, user_task_id)
    key_locks.hold(tx, number)
    _check_limits(tx, uploads)
    stored = [_stored(tx, number, upload, user_task_id) for upload in uploads]
    if stored:
        rows = [{column.name: getattr(added, column.name) for column in attachment.c} for added in stored]
        tx.connection.execute(insert(attachment), rows)
    for added in stored:
        detail = {"name": added.name, "sha256": added.sha256, "size": added.size}
        audit.append(tx, audit.instance_stream(number), "attachment_added", detail=detail)
    return stored


def _require_may_add(tx: Transaction, principal: Principal, number: str, user_task_id: str | None) -> None:
    """With a task: who may act on it; with the ticket alone: who may enter tickets."""
    if user_task_id is None:
        if not may(principal, "ticket.create"):
            raise Forbidden("只有受理岗可以直接向工单添加附件；请在您正在办理的任务中上传")
        return
    task = user_tasks.get(tx, user_task_id)
    if task.business_key != number:
        raise NotFound("该工单没有这个任务，请刷新页面后再上传")
    if task.state != "created" or not user_tasks.may_act(principal.actor, task):
        raise Forbidden("您不是该任务的办理人，或任务已办结，不能向其添加附件；请刷新页面查看最新进展")


def _check_limits(tx: Transaction, uploads: Sequence[Upload]) -> None:
    """Size and number of one submission; a form's file fields repeat the number."""
    largest, most = _limit(tx, "attachment_max_megabytes"), _limit(tx, "attachment_max_count")
    merge = "较多照片可放入一个 Word 文档，以处置进程文件形式上传"
    problems = [
        f"附件“{upload.name}”有 {len(upload.content) / MEGABYTE:.1f}M，不得大于 {largest}M；请压缩后再传，{merge}"
        for upload in uploads
        if len(upload.content) > largest * MEGABYTE
    ]
    problems += [f"附件“{upload.name}”是空文件，请重新选择" for upload in uploads if not upload.content]
    if len(uploads) > most:
        problems.append(f"附件不得超过 {most} 个，本次选了 {len(uploads)} 个；{merge}")
    if problems:
        message = "；".join(problems) + "（规范三（三）4）"
        raise InvalidInput(message, {"files": message}, clause=CLAUSE)


def _limit(tx: Transaction, rule_id: str) -> int:
    on = tx.now.astimezone(SHANGHAI).date()
    return int(str(tx.runtime.working_days.rules.rule(rule_id, on).value))


def remove(tx: Transaction, principal: Principal, attachment_id: str) -> None:
    """Take back a file uploaded by mistake, while the task it was uploaded for is still open."""
    found, _content = open_content(tx, principal, attachment_id)
    if found.uploaded_by != principal.actor.id or found.user_task_id is None:
        raise Forbidden("只能撤下自己在办任务中上传的附件")
    key_locks.hold(tx, found.ticket_number)
    _require_may_add(tx, principal, found.ticket_number, found.user_task_id)
    tx.connection.execute(delete(attachment).where(attachment.c.id == attachment_id))
    detail = {"name": found.name, "sha256": found.sha256}
    audit.append(tx, audit.instance_stream(found.ticket_number), "attachment_removed", detail=detail)


def _stored(tx: Transaction, number: str, upload: Upload, user_task_id: str | None) -> Attachment:
    file_type = recognized(upload.name, upload.content)
    sha256 = hashlib.sha256(upload.content).hexdigest()
    keep(sha256, upload.content)
    return Attachment(
        id=new_id(),
        ticket_number=number,
        user_task_id=user_task_id,
        name=safe_name(upload.name, file_type),
        content_type=file_type.content_type,
        kind=file_type.kind,
        size=len(upload.content),
        sha256=sha256,
        uploaded_at=tx.now,
        uploaded_by=tx.actor.id,
        uploaded_by_name=tx.actor.name,
    )


def keep(sha256: str, content: bytes) -> None:
    """Store a blob under its hash; the same content is kept once."""
    with suppress(AlreadyExistsError):
        _store(location()).put(_path(sha256), content, mode="create")


def list_for(tx: Transaction, principal: Principal, number: str) -> list[Attachment]:
    """The ticket's attachments in the order they came; NotFound outside the scope."""
    ticket_scope.find(tx, principal, number)
    return of_ticket(tx, number)


def of_ticket(tx: Transaction, number: str) -> list[Attachment]:
    """`list_for` without asking who looks."""
    rows = tx.connection.execute(
        select(attachment)
        .where(attachment.c.ticket_number == number)
        .order_by(attachment.c.uploaded_at, attachment.c.name, attachment.c.id)
    ).all()
    names = persons.names(tx, [row.uploaded_by for row in rows])
    return [_of_row(row, names.get(row.uploaded_by, row.uploaded_by)) for row in rows]


def open_content(tx: Transaction, principal: Principal, attachment_id: str) -> tuple[Attachment, bytes]:
    """One file; NotFound when its ticket lies outside the person's scope."""
    row = tx.connection.execute(
        select(attachment)
        .join(ticket, ticket.c.number == attachment.c.ticket_number)
        .where(attachment.c.id == attachment_id, ticket_scope.visible(principal))
    ).first()
    if row is None:
        raise NotFound("没有找到这个附件：可能已不存在，或不在您的查看范围内")
    return _of_row(row, row.uploaded_by), read(row.sha256)


def read(sha256: str) -> bytes:
    """A blob's bytes; raises NotFound when the store lost it."""
    try:
        return bytes(_store(location()).get(_path(sha256)).bytes())
    except FileNotFoundError as error:
        raise NotFound("附件文件缺失，请联系系统管理员从备份恢复") from error


def _of_row(row: Row[Any], uploaded_by_name: str) -> Attachment:
    return Attachment(**row._mapping, uploaded_by_name=uploaded_by_name)
