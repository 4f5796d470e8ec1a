"""Messages 消息 from outside."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.model import Sent, Shown


class Message(Sent):
    """One message; its id makes sure it is taken once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "6f1f6c7e-9a58-4f2c-8f39-5a2f6f1f2f10",
                    "name": "withdrawn",
                    "business_key": "ZR202603020001",
                    "payload": {"withdrawn_reason": "诉求人撤诉"},
                }
            ]
        },
    )

    id: str = Field(min_length=1, max_length=100, description="消息的唯一编号，重复发送不会重复生效")
    name: str = Field(min_length=1, max_length=100, description="消息名称，见流程图")
    business_key: str = Field(min_length=1, max_length=100, description="工单编号")
    payload: dict[str, Any] = Field(default_factory=dict, description="随消息写入的流程变量")


class Correlation(Shown):
    """Whether a waiting instance took the message at once."""

    correlated: bool = Field(description="true：已送达流程；false：已收下，等流程走到能接收的一步")
