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


class Finding(Shown):
    """One thing the gate found in a file."""

    rule: str = Field(description="规则，见 docs/bpmn-constraints.md")
    element: str = Field(description="元素标识；整个文件的问题为空")
    severity: str = Field(description="error 不能部署，warning 可以")
    message: str
    standard: str = Field(description="BPMN 2.0.2 或 DMN 1.3 的章节；本系统自己的规则为空")
    file: str


class Checked(Shown):
    """What a deployment of these files would be told."""

    passes: bool
    findings: list[Finding]


class Deployment(Shown):
    """What a deployment changed."""

    id: str
    definitions: list[ProcessDefinition] = Field(description="产生了新版本的流程")
    unchanged: list[str] = Field(description="内容没有变化的流程")
