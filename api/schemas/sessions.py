"""Sessions 会话."""

from __future__ import annotations

from pydantic import AliasPath, ConfigDict, Field, SecretStr

from api.schemas.model import Sent, Shown, Sorted


class Login(Sent):
    """Who says they are whom."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"login": "zhang.wei", "password": "……"}]}
    )

    login: str = Field(max_length=200)
    password: SecretStr = Field(max_length=1000)


class PasswordChange(Sent):
    """The old password once more, and the new one."""

    old_password: SecretStr = Field(max_length=1000)
    new_password: SecretStr = Field(max_length=1000)


class Post(Shown):
    """A role in a department."""

    department_id: str
    role: str
    handler_rank: str | None
    label: str


class Me(Shown):
    """The person behind the request and what they may do with it."""

    login: str = Field(validation_alias=AliasPath("person", "login"))
    name: str = Field(validation_alias=AliasPath("person", "name"))
    must_change_password: bool = Field(validation_alias=AliasPath("person", "must_change_password"))
    posts: list[Post] = Field(validation_alias=AliasPath("person", "memberships"))
    permissions: Sorted
    groups: Sorted = Field(validation_alias=AliasPath("actor", "groups"), description="候选组")
    scopes: Sorted | None = Field(description="令牌的范围；会话为 null")
