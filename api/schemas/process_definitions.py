"""Process definitions 流程定义 and their deployment."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.model import Shown


class ProcessDefinition(Shown):
    """One version of a process; running instances stay on theirs."""

    id: str
    key: str
    version: int
    name: str
    deployed_at: datetime
    deployed_by: str


class ProcessDefinitionDetail(ProcessDefinition):
    """With the keys of the diagrams it executes: its own first, then the called ones."""

    process_keys: list[str]


class Deployment(Shown):
    """What a deployment changed."""

    id: str
    definitions: list[ProcessDefinition] = Field(description="产生了新版本的流程")
    unchanged: list[str] = Field(description="内容没有变化的流程")
