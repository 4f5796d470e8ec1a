"""Problems 错误 (RFC 9457)."""

from __future__ import annotations

from api.schemas.model import Shown


class Problem(Shown):
    """What went wrong, in words for a user."""

    type: str
    title: str
    status: int
    detail: str
    clause: str | None = None
    fields: dict[str, str] | None = None
    findings: list[dict[str, str]] | None = None
    incident_id: str | None = None
