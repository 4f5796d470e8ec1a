"""Audit entries 审计记录."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.schemas.model import Shown


class AuditEntry(Shown):
    """One line of a hash chain; enough to recompute the chain offline."""

    stream: str
    number: int
    at: datetime
    actor: str
    action: str
    process_key: str | None
    element_id: str | None
    clause: str | None
    detail: dict[str, Any]
    hash: str


class AuditEntries(Shown):
    """The whole chain of one ticket."""

    items: list[AuditEntry]


class Verification(Shown):
    """A chain that was recomputed and found whole."""

    stream: str
    entries: int = Field(description="核对过的条数")
    intact: bool = Field(description="每一条都与其指纹一致")
