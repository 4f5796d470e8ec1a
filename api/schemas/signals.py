"""Signals 信号."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.model import Sent, Shown


class Signal(Sent):
    """One signal to everything that waits for it now."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"id": "2026-03-02-typhoon", "name": "typhoon_warning", "payload": {}}]},
    )

    id: str = Field(min_length=1, max_length=60, description="信号的唯一编号，重复发送时每个流程只收到一次")
    name: str = Field(min_length=1, max_length=100, description="信号名称，见流程图")
    payload: dict[str, Any] = Field(default_factory=dict, description="随信号写入的流程变量")


class Broadcast(Shown):
    """Ids of the process instances the signal was for."""

    delivered: list[str] = Field(description="已收到信号的流程实例")
    failed: list[str] = Field(description="未能送达的流程实例，已记为异常；排除原因后用同一编号重发")
