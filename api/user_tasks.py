"""User tasks 用户任务: the inbox, the form, and the verbs of people."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api import visibility
from api.dependencies import Paged, Read, Write, permission
from api.route import Route
from api.schemas.model import Page
from api.schemas.user_tasks import Assignment, CompletedStep, DepartmentMove, FormData, UserTask, UserTaskForm
from engine import process_definitions, user_tasks
from hotline import failed_steps, reassignment

router = APIRouter(prefix="/user-tasks", tags=["用户任务"], route_class=Route)

TASKS = [Depends(permission("tasks"))]  # and the engine asks whether this one is theirs

Scope = Annotated[
    Literal["mine", "groups", "all"],
    Query(description="mine 我的、groups 本组待签收、all 全部（须能查看全部工单，或给出可见工单的 business_key）"),
]
State = Annotated[Literal["created", "completed", "cancelled"] | None, Query()]
Filter = Annotated[str | None, Query(max_length=100)]


@router.post(  # first: the busiest, and routes are tried in order
    "/{task_id}/complete",
    response_model=CompletedStep,
    summary="提交表单，流程前进；已办过答 409，字段有误答 422",
    dependencies=TASKS,
)
def complete(task_id: str, form: FormData, work: Write) -> object:
    step = user_tasks.complete(work.tx, task_id, form.data)
    return {
        "task": step.completed_task,
        "opened": step.opened,
        "ended": step.ended,
        "incidents": step.failed,
        "message": failed_steps.told(step),
    }


@router.get("", response_model=Page[UserTask], summary="任务列表，按办理时限排序")
def list_tasks(
    work: Read,
    page: Paged,
    scope: Scope = "mine",
    state: State = "created",
    business_key: Filter = None,
    assignee: Filter = None,
    group: Filter = None,
    search: Filter = None,
) -> object:
    visibility.require_scope(work, scope, business_key)
    return user_tasks.list_page(
        work.tx,
        actor_scope=scope,
        state=state,
        business_key=business_key,
        assignee=assignee,
        group=group,
        search=search,
        limit=page.limit,
        offset=page.offset,
    )


@router.get("/{task_id}", response_model=UserTask, summary="一项任务")
def get_task(task_id: str, work: Read) -> object:
    return visibility.user_task(work, task_id)


@router.get("/{task_id}/form", response_model=UserTaskForm, summary="表单：结构、选项、可显示的变量、草稿")
def get_form(task_id: str, work: Read) -> object:
    task = visibility.user_task(work, task_id)
    schema = process_definitions.form(work.tx, task.definition_id, task.process_key, task.form_key)
    options = user_tasks.options(work.tx, task, schema) if schema else {}
    context = user_tasks.context(work.tx, task_id)
    return {"form_schema": schema, "options": options, "context": context, "draft": task.draft}


@router.post("/{task_id}/claim", response_model=UserTask, summary="签收", dependencies=TASKS)
def claim(task_id: str, work: Write) -> object:
    return user_tasks.claim(work.tx, task_id)


@router.post("/{task_id}/unclaim", response_model=UserTask, summary="退回本组", dependencies=TASKS)
def unclaim(task_id: str, work: Write) -> object:
    return user_tasks.unclaim(work.tx, task_id)


@router.post(
    "/{task_id}/assign",
    response_model=UserTask,
    summary="改派（须说明原因）",
    dependencies=[Depends(permission("task.reassign"))],
)
def assign(task_id: str, assignment: Assignment, work: Write) -> object:
    return reassignment.reassign(work.tx, work.principal, task_id, assignment.assignee, assignment.reason)


@router.post(
    "/{task_id}/move-department",
    response_model=UserTask,
    summary="调整承办部门（须说明原因，时限不变）",
    dependencies=[Depends(permission("task.reassign"))],
)
def move_department(task_id: str, move: DepartmentMove, work: Write) -> object:
    reassignment.move_department(work.tx, work.principal, task_id, move.department_id, move.reason)
    return user_tasks.get(work.tx, task_id)


@router.put("/{task_id}/draft", status_code=204, summary="保存草稿", response_class=Response, dependencies=TASKS)
def save_draft(task_id: str, form: FormData, work: Write) -> None:
    user_tasks.save_draft(work.tx, task_id, form.data)
