"""User tasks 用户任务."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.model import Sent, Shown


class UserTask(Shown):
    """One step that waits for a person, or has been done by one."""

    id: str
    process_instance_id: str = Field(validation_alias="instance_id")
    process_definition_id: str = Field(validation_alias="definition_id")
    business_key: str = Field(description="工单编号")
    process_key: str = Field(description="所在流程（可能是被调用的子流程）")
    element_id: str
    name: str
    lane: str | None
    state: str = Field(description="created 待办、completed 已办、cancelled 已取消")
    assignee: str | None = Field(description="办理人的登录名")
    candidate_groups: list[str]
    form_key: str | None
    due_at: datetime | None
    follow_up_at: datetime | None
    due_explanation: dict[str, Any] | None = Field(description="时限的由来：起算、规则、条款、跳过的日子")
    clause: str | None
    created_at: datetime
    completed_at: datetime | None
    completed_by: str | None
    version: int = Field(description="流程实例的版本，每走一步加一")


class FormData(Sent):
    """The values of a form; which fields exist, the form's own schema says."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"data": {"decision": "accept", "matter_class": "handling"}}]},
    )

    data: dict[str, Any] = Field(description="表单内容，字段以该任务的表单为准")


class Assignment(Sent):
    """Who shall do it, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"assignee": "zhang.wei", "reason": "原办理人外出"}]},
    )

    assignee: str | None = Field(max_length=100, description="办理人的登录名；null 为退回候选组")
    reason: str = Field(min_length=1, max_length=500, description="改派原因")


class DepartmentMove(Sent):
    """Which department takes over, and why."""

    department_id: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500, description="调整原因")


class UserTaskForm(Shown):
    """All that is needed to draw the form of a task."""

    form_schema: dict[str, Any] | None = Field(serialization_alias="schema", description="JSON Schema 表单")
    options: dict[str, dict[str, str]] = Field(description="表单引用的选项目录：值 → 名称")
    context: dict[str, Any] = Field(description="表单可显示的流程变量")
    draft: dict[str, Any] | None = Field(description="已保存的草稿")


class RaisedIncident(Shown):
    """An automatic step behind the task that failed and waits as an incident."""

    process_key: str
    element_id: str
    message: str


class CompletedStep(Shown):
    """What completing a task led to."""

    task: UserTask
    opened: list[UserTask] = Field(description="本步之后新开的任务")
    ended: bool = Field(description="流程实例是否已经结束")
    incidents: list[RaisedIncident] = Field(description="随后出错的自动环节，已登记为异常；提交的内容已保存")
    message: str = Field(description="有异常时给办理人的说明；否则为空")
