"""Process instances 流程实例 and the path they took."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

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


class Revision(Sent):
    """New values of process variables, with the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"variables": {"supervision": "district"}, "reason": "区平台来电督办"}]},
    )

    variables: dict[str, Any] = Field(min_length=1, max_length=50)
    reason: str = Field(min_length=1, max_length=500)
    clause: str | None = Field(default=None, max_length=200, description="依据的条款编号")
