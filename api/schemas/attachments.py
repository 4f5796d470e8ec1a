"""Attachments 附件."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.model import Shown


class Attachment(Shown):
    """A stored file; its type was told from its bytes."""

    id: str
    ticket_number: str
    user_task_id: str | None
    name: str
    content_type: str
    kind: str = Field(description="photo、recording、video、document")
    kind_label: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str
    uploaded_by_name: str
