"""Tickets 工单."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.model import Sent, Shown
from hotline import new_ticket


class MaskedCaller(Shown):
    """The caller as far as may be shown; in full only through `caller-reveals`."""

    name: str
    phone: str
    hidden: bool = Field(description="信息保密，对承办部门完全隐藏（3.2.1-8）")


class Ticket(Shown):
    """A ticket as this person may see it."""

    number: str = Field(description="工单编号，即流程的 business_key")
    kind: str = Field(description="ordinary 普通工单、suishenpai 随申拍")
    kind_label: str
    source: str
    title: str
    content: str
    caller: MaskedCaller
    address: str
    anonymous: bool
    confidential: bool
    marks: list[str] = Field(description="复、重、督办级别、保密、匿名等标记")
    supervision: str | None
    matter_class: str | None
    matter_class_label: str
    item_number: int | None = Field(description="附件4 事项序号")
    area_id: str | None
    area_name: str
    lead_id: str | None
    lead_name: str
    responsible_person: str | None
    state: str
    state_label: str
    is_open: bool
    reported_at: datetime
    received_at: datetime
    accepted_at: datetime | None
    dispatched_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None = Field(description="按规范计算的办理时限")
    due_explanation: dict[str, Any] | None
    due_text: str = Field(description="时限的由来，一段中文")
    district_due_at: datetime | None = Field(description="区平台给出的时限")
    counting_due_at: datetime | None = Field(description="计算按时办结所用的时限（3.0-1）")
    on_time: bool | None
    light: str = Field(description="green、yellow、red、none")
    remaining: str
    rework_count: int
    reply_points: str | None
    satisfaction: str | None
    satisfaction_label: str
    resolution: str | None
    version: int


class NewTicket(Sent):
    """A ticket as it is entered; everything else about a ticket is the process's business."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "小区门口占道经营",
                    "content": "真光路100号小区门口每天傍晚有摊贩占道，影响通行",
                    "caller_name": "王女士",
                    "caller_phone": "13800001234",
                    "address": "真光路100号",
                    "reported_at": "2026-03-02T09:00:00+08:00",
                }
            ]
        },
    )

    title: str
    content: str
    source: str = "12345市民热线"
    number: str | None = Field(default=None, description="市平台编号；留空由本系统编号")
    kind: str = "ordinary"
    caller_name: str | None = None
    caller_phone: str | None = None
    address: str | None = None
    anonymous: bool = False
    confidential: bool = False
    recheck: bool = Field(default=False, description="“复”标记")
    reassigned: bool = Field(default=False, description="“重”标记")
    supervision: str | None = None
    reported_at: AwareDatetime | None = None
    district_due_at: AwareDatetime | None = None
    earlier_numbers: tuple[str, ...] = Field(default=(), max_length=20, description="前件编号")

    def entered(self) -> new_ticket.NewTicket:
        """What the office takes."""
        return new_ticket.NewTicket(**dict(self))


class CallerReveal(Sent):
    """Why the caller's data has to be seen; it is put on record (A6-5)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "先行联系"}]})

    reason: str = Field(min_length=1, max_length=500)


class Caller(Shown):
    """The caller in clear text."""

    name: str
    phone: str
    title: str
    content: str


class Reclassification(Sent):
    """A corrected matter class."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"matter_class": "handling", "reason": "核实后应为处置类", "version": 3}]},
    )

    matter_class: str = Field(min_length=1, max_length=20)
    reason: str = Field(min_length=1, max_length=500)
    version: int = Field(ge=1, description="看到的工单版本；工单此间有变化则答 409")


class NewLink(Sent):
    """Another ticket of the same matter."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"linked_number": "ZR202603010003", "kind": "same_matter", "reason": "同一诉求"}]
        },
    )

    linked_number: str = Field(min_length=1, max_length=60)
    kind: str = Field(min_length=1, max_length=20, description="recheck、reassigned、same_matter")
    reason: str = Field(min_length=1, max_length=500)


class Link(Shown):
    """A linked ticket."""

    number: str
    title: str
    state: str
    received_at: datetime
    kind: str
    kind_label: str
    reason: str
    earlier: bool


class Party(Shown):
    """A department with its part in a ticket."""

    department_id: str
    name: str
    role: str = Field(description="lead 主办、co 协办、guide 指导、enforce 执法")
    role_label: str


class ReplyPoints(Shown):
    """Text ready to be copied."""

    text: str
