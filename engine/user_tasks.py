"""Verbs of people: find, claim, unclaim, assign, save a draft, complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import orjson
from sqlalchemy import ColumnElement, func, or_, select, update

from engine import (
    audit,
    forms,
    held_instance,
    key_locks,
    process_definitions,
    process_instance_rows,
    process_instances,
    reasons,
    user_task_rows,
)
from engine.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.paging import Page
from engine.process_instance_rows import ACTIVE, SUSPENDED
from engine.process_instances import Step
from engine.tables import process_instance, user_task, user_task_candidate_group
from engine.transaction import Actor, Transaction
from engine.user_task_rows import COMPLETED, CREATED, UserTask

TAKEN = "该任务已由{who}办理，请刷新收件箱"


def get(tx: Transaction, task_id: str) -> UserTask:
    """One user task; who may see it is the domain's decision."""
    found = user_task_rows.select_rows(tx, user_task.c.id == task_id)
    if not found:
        raise NotFound("任务不存在")
    return found[0]


def may_act(actor: Actor, task: UserTask) -> bool:
    """The assignee; while nobody is, any member of a candidate group."""
    if task.assignee is not None:
        return task.assignee == actor.id
    return bool(actor.groups.intersection(task.candidate_groups))


def list_page(
    tx: Transaction,
    *,
    actor_scope: str = "mine",
    state: str | None = CREATED,
    business_key: str | None = None,
    instance_id: str | None = None,
    assignee: str | None = None,
    group: str | None = None,
    search: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[UserTask]:
    """User tasks by due date, then age. Scopes: mine (assigned to me), groups (unassigned, mine to take), all."""
    conditions = _scope(tx.actor, actor_scope)
    for column, value in (
        (user_task.c.state, state),
        (process_instance.c.business_key, business_key),
        (user_task.c.instance_id, instance_id),
        (user_task.c.assignee, assignee),
    ):
        if value is not None:
            conditions.append(column == value)
    if group is not None:
        conditions.append(_in_groups([group]))
    if search:
        pattern = f"%{_escaped(search)}%"
        conditions.append(
            or_(
                process_instance.c.business_key.like(pattern, escape="\\"),
                user_task.c.name.like(pattern, escape="\\"),
            )
        )
    query = (
        select(user_task, process_instance.c.business_key, process_instance.c.version)
        .join(process_instance, process_instance.c.id == user_task.c.instance_id)
        .where(*conditions)
    )
    total = tx.connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = tx.connection.execute(
        query.order_by(user_task.c.due_at.is_(None), user_task.c.due_at, user_task.c.created_at, user_task.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return Page(user_task_rows.with_groups(tx, rows), total, limit, offset)


def _scope(actor: Actor, scope: str) -> list[ColumnElement[bool]]:
    if scope == "mine":
        return [user_task.c.assignee == actor.id]
    if scope == "groups":
        return [user_task.c.assignee.is_(None), _in_groups(sorted(actor.groups))]
    if scope == "all":
        return []
    raise InvalidInput("任务范围不正确", {"scope": "请选择 mine、groups 或 all"})


def _in_groups(groups: list[str]) -> ColumnElement[bool]:
    return user_task.c.id.in_(
        select(user_task_candidate_group.c.user_task_id).where(user_task_candidate_group.c.group_id.in_(groups))
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def complete(tx: Transaction, task_id: str, data: Mapping[str, Any]) -> Step:
    """Submit a user task's form: the process moves on in the same transaction.

    Raises Forbidden, Conflict (already done, cancelled, taken), InvalidInput (fields).
    """
    held = held_instance.by_task(tx, task_id)
    task = held.open.get(task_id)
    if task is None:
        _refuse_closed(tx, task_id)
    _require_may_act(tx.actor, task)
    check_form(tx, task, data)
    done = replace(
        task,
        state=COMPLETED,
        assignee=task.assignee or tx.actor.id,
        completed_at=tx.now,
        completed_by=tx.actor.id,
        draft=None,
        version=task.version + 1,
    )
    return process_instances.apply(
        tx,
        process_instances.load(tx, held),
        "user_task.completed",
        lambda execution: execution.complete(task_id, data),
        detail={"user_task": task_id, "name": task.name},
        task=done,
        data=data,
    )


def check_form(tx: Transaction, task: UserTask, data: Mapping[str, Any]) -> None:
    """The data against the form of the task's definition; a task without a form takes no data."""
    schema = process_definitions.form(tx, task.definition_id, task.process_key, task.form_key)
    if schema is None:
        if data:
            raise InvalidInput("该任务没有表单，不接受数据", dict.fromkeys(data, "不接受的字段"))
        return
    forms.validate(schema, data, options(tx, task, schema, data))


def options(
    tx: Transaction, task: UserTask, schema: Mapping[str, Any], names: Iterable[str] | None = None
) -> dict[str, Mapping[str, str]]:
    """The catalogues a form (or these fields of it) chooses from, for this task's business key."""
    found = {}
    for name in forms.referenced_catalogues(schema, names):
        catalogue = tx.runtime.option_catalogues.get(name)
        if catalogue is None:
            raise NotFound(f"表单引用的选项目录 {name} 不存在")
        found[name] = catalogue(tx, task.business_key)
    return found


def context(tx: Transaction, task_id: str) -> dict[str, Any]:
    """The variables the task sees; empty once it is closed."""
    task = get(tx, task_id)
    return process_instance_rows.task_variables(tx, task.instance_id, task_id)


def claim(tx: Transaction, task_id: str) -> UserTask:
    """Take an unassigned task of one of my groups."""
    task = _locked(tx, task_id)
    if task.assignee == tx.actor.id:
        return task
    if task.assignee is not None:
        raise Conflict(TAKEN.format(who=f"{task.assignee} 签收"))
    if not may_act(tx.actor, task):
        raise Forbidden("您不在该任务的候选组中，不能签收")
    return _set_assignee(tx, task, tx.actor.id, "user_task.claimed", {})


def unclaim(tx: Transaction, task_id: str) -> UserTask:
    """Give a task back to its groups."""
    task = _locked(tx, task_id)
    if task.assignee != tx.actor.id:
        raise Forbidden("只能退回自己签收的任务")
    if not task.candidate_groups:
        raise Conflict("该任务没有候选组，不能退回，请使用转办")
    return _set_assignee(tx, task, None, "user_task.unclaimed", {})


def assign(tx: Transaction, task_id: str, assignee: str | None, reason: str) -> UserTask:
    """Hand a task to somebody; who may do so is the domain's decision."""
    given = reasons.checked(reason)
    task = _locked(tx, task_id)
    return _set_assignee(tx, task, assignee, "user_task.assigned", {"reason": given})


def save_draft(tx: Transaction, task_id: str, data: Mapping[str, Any]) -> None:
    """Keep what was typed so far; it is checked only on completion."""
    task = _authorized(tx, task_id)
    try:
        draft = orjson.dumps(dict(data)).decode()
    except orjson.JSONEncodeError:
        raise InvalidInput("草稿含有不能保存的值") from None
    if len(draft) > forms.MOST_BYTES:
        raise InvalidInput("草稿过长，请删减后保存")
    saved = tx.connection.execute(
        update(user_task)
        .where(
            user_task.c.id == task.id,
            user_task.c.state == CREATED,
            user_task.c.instance_id.in_(select(process_instance.c.id).where(process_instance.c.state == ACTIVE)),
        )
        .values(draft=draft)
    )
    if saved.rowcount != 1:
        if get(tx, task_id).state == CREATED:
            raise Conflict(process_instances.SUSPENDED_MESSAGE)
        raise Conflict("该任务已被办理或已撤销，请刷新后查看最新进展")


def _authorized(tx: Transaction, task_id: str) -> UserTask:
    task = get(tx, task_id)
    if task.state != CREATED:
        _refuse_closed(tx, task_id)
    _require_may_act(tx.actor, task)
    return task


def _refuse_closed(tx: Transaction, task_id: str) -> NoReturn:
    """Conflict for those who had to do with the task, Forbidden for everybody else."""
    task = get(tx, task_id)
    if task.assignee == tx.actor.id or actor_was_candidate(tx.actor, task):
        raise Conflict("该任务已被办理或已撤销，请刷新后查看最新进展")
    raise Forbidden("您不是该任务的办理人")


def _require_may_act(actor: Actor, task: UserTask) -> None:
    if may_act(actor, task):
        return
    if task.assignee is not None and actor_was_candidate(actor, task):
        raise Conflict(TAKEN.format(who=f"{task.assignee} 签收"))
    raise Forbidden("您不是该任务的办理人，也不在候选组中")


def actor_was_candidate(actor: Actor, task: UserTask) -> bool:
    """Whether the task was offered to one of the actor's groups."""
    return bool(actor.groups.intersection(task.candidate_groups))


def _locked(tx: Transaction, task_id: str) -> UserTask:
    """The task with its instance locked, so that nobody completes it meanwhile."""
    of_task = (
        select(process_instance.c.state)
        .join(user_task, user_task.c.instance_id == process_instance.c.id)
        .where(user_task.c.id == task_id)
    )
    instance_state = tx.connection.execute(key_locks.locking(of_task)).scalar_one_or_none()
    if instance_state is None:
        raise NotFound("任务不存在")
    task = get(tx, task_id)
    if task.state != CREATED:
        raise Conflict("该任务已被办理或已撤销，请刷新后查看最新进展")
    if instance_state == SUSPENDED:
        raise Conflict(process_instances.SUSPENDED_MESSAGE)
    return task


def _set_assignee(
    tx: Transaction, task: UserTask, assignee: str | None, action: str, detail: Mapping[str, Any]
) -> UserTask:
    tx.connection.execute(update(user_task).where(user_task.c.id == task.id).values(assignee=assignee))
    audit.append(
        tx,
        audit.instance_stream(task.business_key),
        action,
        process_key=task.process_key,
        element_id=task.element_id,
        detail={
            **{"instance": task.instance_id, "user_task": task.id, "name": task.name},
            **{"from": task.assignee, "to": assignee, **detail},
        },
    )
    return replace(task, assignee=assignee)
