"""Health 健康检查."""

from __future__ import annotations

from api.schemas.model import Shown


class Health(Shown):
    """The state of a process."""

    status: str
