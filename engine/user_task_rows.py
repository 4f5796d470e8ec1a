"""The rows of user tasks: derived from an execution, written in the same step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Row, bindparam, insert, select, update

from engine import expressions
from engine.diagram_functions import StepFunctions
from engine.errors import InvalidInput
from engine.process_instance_rows import ProcessInstance
from engine.spiff.execution import Execution, OpenTask
from engine.tables import process_instance, user_task, user_task_candidate_group
from engine.transaction import Transaction

CREATED, COMPLETED, CANCELLED = "created", "completed", "cancelled"

_COLUMNS = tuple(user_task.columns.keys())
_INSERT, _INSERT_GROUPS = insert(user_task), insert(user_task_candidate_group)
_DONE = ("state", "completed_at", "completed_by", "assignee", "draft")
_COMPLETE = (
    update(user_task).where(user_task.c.id == bindparam("of_id")).values({name: bindparam(name) for name in _DONE})
)
_CANCEL = (
    update(user_task)
    .where(user_task.c.id.in_(bindparam("of_ids", expanding=True)))
    .values(state=CANCELLED, completed_at=bindparam("at"))
)


@dataclass(frozen=True)
class UserTask:
    """One piece of work for a person; `version` is its instance's."""

    id: str
    instance_id: str
    business_key: str
    definition_id: str
    process_key: str
    element_id: str
    name: str
    lane: str | None
    state: str
    assignee: str | None
    candidate_groups: tuple[str, ...]
    form_key: str | None
    due_at: datetime | None
    follow_up_at: datetime | None
    due_explanation: dict[str, Any] | None
    clause: str | None
    created_at: datetime
    completed_at: datetime | None
    completed_by: str | None
    draft: dict[str, Any] | None
    version: int


def opened(
    tx: Transaction, instance: ProcessInstance, execution: Execution, functions: StepFunctions
) -> list[UserTask]:
    """Tasks that began to wait for somebody in this step; one that cannot be offered to anybody is held."""
    rows = []
    for task in execution.open_tasks():
        if task.id in execution.opened_before:
            continue
        try:
            rows.append(row_of(tx, instance, task, functions))
        except Exception as error:
            if instance.version == 0:  # the instance is only being started: nothing is lost by refusing
                raise
            execution.hold(task.id, error)
    return rows


def closed_ids(execution: Execution) -> list[str]:
    """Tasks that no longer wait: the completed one and those cancelled with it."""
    still = {task.id for task in execution.open_tasks()}
    return [task_id for task_id in execution.opened_before if task_id not in still]


def row_of(tx: Transaction, instance: ProcessInstance, task: OpenTask, functions: StepFunctions) -> UserTask:
    """The row an open task has for the variables it sees; InvalidInput when one of its expressions has no value."""
    element = task.element
    due = _text(task, "dueDate", functions)
    deadline = functions.explain(due) if due else None
    return UserTask(
        id=task.id,
        instance_id=instance.id,
        business_key=instance.business_key,
        definition_id=instance.definition_id,
        process_key=task.process_key,
        element_id=element.id,
        name=element.name,
        lane=element.lane,
        state=CREATED,
        assignee=_text(task, "assignee", functions),
        candidate_groups=_groups(task, functions),
        form_key=element.camunda.get("formKey"),
        due_at=_parse(due),
        follow_up_at=_parse(_text(task, "followUpDate", functions)),
        due_explanation=deadline.to_json() if deadline else None,
        clause=",".join(element.clauses) or None,
        created_at=tx.now,
        completed_at=None,
        completed_by=None,
        draft=None,
        version=instance.version + 1,
    )


def _value(task: OpenTask, attribute: str, functions: StepFunctions) -> Any:
    source = task.element.camunda.get(attribute, "")
    if not source.startswith("${"):
        return source or None
    try:
        return expressions.evaluate(expressions.strip(source), task.variables, functions.callables)
    except InvalidInput as error:
        raise InvalidInput(f"「{task.element.name}」的 {attribute}：{error.message}", error.fields) from error


def _text(task: OpenTask, attribute: str, functions: StepFunctions) -> str | None:
    value = _value(task, attribute, functions)
    return str(value) if value else None


def _groups(task: OpenTask, functions: StepFunctions) -> tuple[str, ...]:
    value = _value(task, "candidateGroups", functions)
    if not value:
        return ()
    names = value.split(",") if isinstance(value, str) else value
    return tuple(dict.fromkeys(str(name).strip() for name in names if str(name).strip()))


def _parse(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput(f"时限不是有效时间：{value}") from None
    if instant.tzinfo is None:
        raise InvalidInput(f"时限缺少时区：{value}")
    return instant.astimezone(UTC)


def write(
    tx: Transaction,
    before: Mapping[str, UserTask],
    opened: list[UserTask],
    closed: list[str],
    completed: UserTask | None,
) -> list[UserTask]:
    """Insert what opened, close what closed; returns the closed ones. `before`: those open before the step, by id."""
    if opened:
        tx.connection.execute(_INSERT, [columns(task) for task in opened])
        insert_groups(tx, opened)
    done = []
    if completed is not None:
        tx.connection.execute(
            _COMPLETE, {"of_id": completed.id, **{name: getattr(completed, name) for name in _DONE}, "draft": None}
        )
        done.append(completed)
    cancelled = [task_id for task_id in closed if completed is None or task_id != completed.id]
    if cancelled:
        tx.connection.execute(_CANCEL, {"of_ids": cancelled, "at": tx.now})
        done += [
            replace(before[task_id], state=CANCELLED, completed_at=tx.now, version=before[task_id].version + 1)
            for task_id in cancelled
        ]
    return done


def insert_groups(tx: Transaction, tasks: list[UserTask]) -> None:
    """The groups that tasks are offered to."""
    groups = [{"user_task_id": task.id, "group_id": group} for task in tasks for group in task.candidate_groups]
    if groups:
        tx.connection.execute(_INSERT_GROUPS, groups)


def columns(task: UserTask) -> dict[str, Any]:
    """The values of a new row of `user_task`."""
    explanation = task.due_explanation
    return {name: getattr(task, name) for name in _COLUMNS} | {
        "due_explanation": orjson.dumps(explanation).decode() if explanation is not None else None,
        "draft": None,
    }


def from_joined(rows: Iterable[Any], instance: ProcessInstance) -> list[UserTask]:
    """User tasks of one instance from rows of user_task, one row per candidate group (or one without)."""
    groups: dict[str, list[str]] = {}
    first: dict[str, Row[Any]] = {}
    for row in rows:
        if row.id is None:
            continue
        first.setdefault(row.id, row)
        of_task = groups.setdefault(row.id, [])
        if row.group_id is not None:
            of_task.append(row.group_id)
    return [
        _of_columns(row, groups[row.id], business_key=instance.business_key, version=instance.version)
        for row in first.values()
    ]


def select_rows(tx: Transaction, *conditions: Any) -> list[UserTask]:
    """User tasks with their groups, in two statements."""
    rows = tx.connection.execute(
        select(user_task, process_instance.c.business_key, process_instance.c.version)
        .join(process_instance, process_instance.c.id == user_task.c.instance_id)
        .where(*conditions)
    ).all()
    return with_groups(tx, rows)


def with_groups(tx: Transaction, rows: Any) -> list[UserTask]:
    """Rows of user_task joined with business_key and version, as UserTask."""
    ids = [row.id for row in rows]
    groups: dict[str, list[str]] = {task_id: [] for task_id in ids}
    if ids:
        found = tx.connection.execute(
            select(user_task_candidate_group)
            .where(user_task_candidate_group.c.user_task_id.in_(ids))
            .order_by(user_task_candidate_group.c.group_id)
        )
        for row in found:
            groups[row.user_task_id].append(row.group_id)
    return [_user_task(row, groups[row.id]) for row in rows]


def _user_task(row: Row[Any], groups: list[str]) -> UserTask:
    return _of_columns(row, groups, business_key=row.business_key, version=row.version)


def _of_columns(row: Row[Any], groups: list[str], **more: Any) -> UserTask:
    fields = row._mapping
    values = {name: fields[name] for name in _COLUMNS} | more
    for name in ("due_explanation", "draft"):
        values[name] = orjson.loads(values[name]) if values[name] else None
    return UserTask(candidate_groups=tuple(groups), **values)
