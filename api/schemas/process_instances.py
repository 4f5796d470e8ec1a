"""Process instances 流程实例 and the path they took."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from api.schemas.model import Sent, Shown


class ProcessInstance(Shown):
    """One run of a process definition, for one ticket."""

    id: str
    process_definition_id: str = Field(validation_alias="definition_id")
    process_definition_key: str = Field(validation_alias="definition_key")
    process_definition_version: int = Field(validation_alias="definition_version")
    business_key: str = Field(description="工单编号")
    state: str = Field(description="active 进行中、suspended 已挂起、completed 已结束、cancelled 已终止")
    version: int
    next_due: datetime | None = Field(description="最近一个定时器的时间")
    started_at: datetime
    started_by: str
    ended_at: datetime | None


class Visit(Shown):
    """One element of a diagram and what happened there."""

    process_key: str
    element_id: str
    name: str
    state: str = Field(description="done 已完成、active 进行中、cancelled 已取消")
    count: int = Field(description="经过的次数")
    last_at: datetime | None
    actor: str | None


class Flow(Shown):
    """One sequence flow that was taken."""

    process_key: str
    flow_id: str


def _flows(taken: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"process_key": key, "flow_id": flow} for key, flow in sorted(taken)]


class Path(Shown):
    """The way an instance took through its diagrams."""

    visits: list[Visit]
    flows: Annotated[list[Flow], BeforeValidator(_flows)]


class Reason(Sent):
    """Why somebody intervenes by hand."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "区平台通知暂缓办理"}]})

    reason: str = Field(min_length=1, max_length=500, description="原因，写入审计记录")


class Adjustment(Sent):
    """One token to cancel or to start."""

    verb: Literal["cancel", "start_before", "start_after"] = Field(
        description="cancel 取消该环节、start_before 从该环节之前开始、start_after 从该环节之后开始"
    )
    process_key: str = Field(min_length=1, max_length=100, description="环节所在的流程（可能是被调用的子流程）")
    element_id: str = Field(min_length=1, max_length=100)
    user_task_id: str | None = Field(
        default=None, max_length=36, description="所在流程有多个同时运行时，指明其中一项正在办理的任务"
    )


class Modification(Reason):
    """Tokens to cancel and to start, all or nothing."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "派单有误，重新派单",
                    "instructions": [
                        {"verb": "cancel", "process_key": "ticket_handling", "element_id": "answer_directly"},
                        {"verb": "start_before", "process_key": "ticket_handling", "element_id": "dispatch_ticket"},
                    ],
                }
            ]
        },
    )

    instructions: list[Adjustment] = Field(min_length=1, max_length=20)


class ReturnTo(Reason):
    """Back to a user task that was completed on this path."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason": "信息不全", "process_key": "ticket_handling", "element_id": "dispatch_ticket"}]
        },
    )

    process_key: str = Field(min_length=1, max_length=100)
    element_id: str = Field(min_length=1, max_length=100, description="已办过的用户任务")
    user_task_id: str | None = Field(default=None, max_length=36, description="有多个分支可退回时，指明其中一项任务")


class Participant(Reason):
    """One more participant of a multi-instance activity that runs."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "涉及绿化，增加会办",
                    "process_key": "ticket_handling",
                    "element_id": "department_call",
                    "item": "center_greening",
                }
            ]
        },
    )

    process_key: str = Field(min_length=1, max_length=100)
    element_id: str = Field(min_length=1, max_length=100, description="多实例环节")
    item: Any = Field(description="名单中的一项，如部门编号")
    user_task_id: str | None = Field(default=None, max_length=36, description="环节有多处在办时，指明其中一项任务")


class Leaving(Reason):
    """A participant of a multi-instance activity who is no longer waited for: by item or by open task."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "不属于该部门职责",
                    "process_key": "ticket_handling",
                    "element_id": "department_call",
                    "item": "center_greening",
                }
            ]
        },
    )

    process_key: str = Field(min_length=1, max_length=100)
    element_id: str = Field(min_length=1, max_length=100, description="多实例环节")
    item: Any = Field(default=None, description="名单中的一项")
    user_task_id: str | None = Field(default=None, max_length=36, description="或该参与者正在办理的任务")


class Revision(Sent):
    """New values of process variables, with the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"variables": {"supervision": "district"}, "reason": "区平台来电督办"}]},
    )

    variables: dict[str, Any] = Field(min_length=1, max_length=50)
    reason: str = Field(min_length=1, max_length=500)
    clause: str | None = Field(default=None, max_length=200, description="依据的条款编号")
