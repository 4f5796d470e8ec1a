"""Notices 通知."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.model import Sent, Shown


class Notice(Shown):
    """A message to a group; `read` is this person's own."""

    id: str
    group_id: str
    ticket_number: str | None
    title: str
    body: str
    clause: str | None
    created_at: datetime
    read: bool


class Reading(Sent):
    """Which notices were read; null means all."""

    ids: list[str] | None = Field(default=None, max_length=200)


class Count(Shown):
    """How many."""

    count: int
