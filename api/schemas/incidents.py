"""Incidents 异常."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.model import Shown


class Incident(Shown):
    """A step that failed and can be tried again."""

    id: str
    process_instance_id: str = Field(validation_alias="instance_id")
    business_key: str = Field(description="工单编号")
    process_key: str | None = Field(description="所在流程（可能是被调用的子流程）")
    element_id: str | None
    element_name: str | None = Field(description="出错的环节")
    kind: str = Field(description="activity 自动环节失败、timer 到时处理失败")
    message: str
    clause: str | None
    attempts: int = Field(description="已尝试的次数")
    created_at: datetime
    retry_at: datetime | None = Field(description="下一次自动重试的时间")
    resolved_at: datetime | None
