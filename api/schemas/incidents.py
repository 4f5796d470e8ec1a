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
    element_id: str | None
    kind: str
    message: str
    attempts: int
    created_at: datetime
    retry_at: datetime | None
    resolved_at: datetime | None
