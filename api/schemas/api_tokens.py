"""API tokens 访问令牌."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.model import Sent, Shown, Sorted


class NewToken(Sent):
    """A token to be issued."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "区平台对接", "scopes": ["ticket.create"]}]},
    )

    name: str = Field(max_length=200)
    scopes: list[str] = Field(max_length=50, description="权限范围，不能超出所属账号的权限")
    person_id: str | None = Field(default=None, max_length=36, description="程序账号；留空为本人")
    expires_at: AwareDatetime | None = None


class ApiToken(Shown):
    """A token without its secret."""

    id: str
    name: str
    person_id: str
    person_name: str
    scopes: Sorted
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class IssuedToken(Shown):
    """A new token; the secret is shown this once."""

    token: ApiToken
    secret: str = Field(description="令牌本身，只显示这一次，请立即妥善保存")
