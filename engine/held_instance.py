"""What a step reads, in two statements: the locked instance, then everything else that the lock protects.

The lock is that of the business key and comes first: instances of one key never wait for each other in a ring. On
PostgreSQL a statement that waited for a lock sees other rows as they were before it waited, so one is not enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, func, select

from engine import audit, key_locks, process_instance_rows, user_task_rows
from engine.errors import NotFound
from engine.process_instance_rows import ProcessInstance
from engine.tables import audit_entry, message, process_instance, user_task, user_task_candidate_group
from engine.transaction import Transaction
from engine.user_task_rows import CREATED, UserTask

_LOCKED = key_locks.locking(process_instance_rows.selected(process_instance.c.blob))
_BY_ID = _LOCKED.where(process_instance.c.id == bindparam("instance_id"))
_BY_TASK = _LOCKED.where(
    process_instance.c.id
    == select(user_task.c.instance_id).where(user_task.c.id == bindparam("task_id")).scalar_subquery()
)
_head = audit_entry.alias("head")
_stream: Any = bindparam("stream")
_AROUND = (
    select(
        *user_task.c,
        user_task_candidate_group.c.group_id,
        _head.c.number.label("head_number"),
        _head.c.hash.label("head_hash"),
        exists()
        .where(message.c.business_key == process_instance.c.business_key, message.c.correlated_at.is_(None))
        .label("messages_wait"),
    )
    .select_from(process_instance)
    .outerjoin(user_task, and_(user_task.c.instance_id == process_instance.c.id, user_task.c.state == CREATED))
    .outerjoin(user_task_candidate_group, user_task_candidate_group.c.user_task_id == user_task.c.id)
    .outerjoin(
        _head,
        and_(
            _head.c.stream == _stream,
            _head.c.number
            == select(func.max(audit_entry.c.number)).where(audit_entry.c.stream == _stream).scalar_subquery(),
        ),
    )
    .where(process_instance.c.id == bindparam("instance_id"))
    .order_by(user_task.c.id, user_task_candidate_group.c.group_id)
)


@dataclass
class Held:
    """An instance nobody else can change until this transaction ends."""

    row: ProcessInstance
    blob: bytes
    open: dict[str, UserTask] = field(default_factory=dict)  # user tasks that wait for somebody, by id
    messages_wait: bool = True  # whether the inbox may hold something for it


def by_id(tx: Transaction, instance_id: str) -> Held:
    """Wait for the instance and hold it; NotFound when there is none."""
    return _held(tx, tx.connection.execute(_BY_ID, {"instance_id": instance_id}).first(), "流程实例不存在")


def by_task(tx: Transaction, task_id: str) -> Held:
    """Hold the instance a user task belongs to, whatever has become of the task."""
    return _held(tx, tx.connection.execute(_BY_TASK, {"task_id": task_id}).first(), "任务不存在")


def _held(tx: Transaction, found: Row[Any] | None, missing: str) -> Held:
    if found is None:
        raise NotFound(missing)
    row = process_instance_rows.of_row(found)
    stream = audit.instance_stream(row.business_key)
    around = tx.connection.execute(_AROUND, {"instance_id": row.id, "stream": stream}).all()
    first = around[0]
    audit.remember_head(tx, stream, first.head_number or 0, first.head_hash or audit.GENESIS)
    tasks = user_task_rows.from_joined(around, row)
    return Held(row, bytes(found.blob), {task.id: task for task in tasks}, bool(first.messages_wait))
