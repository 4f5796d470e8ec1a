"""People 人员, their posts and absences."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.model import Sent, Shown
from api.schemas.sessions import Post
from hotline import people


class Person(Shown):
    """An account."""

    id: str
    login: str
    name: str
    phone: str | None
    active: bool
    program: bool = Field(description="程序账号：没有密码，只能用访问令牌")
    must_change_password: bool
    absent_until: datetime | None
    created_at: datetime
    posts: list[Post] = Field(validation_alias="memberships")


class NewPost(Sent):
    """A post to be held."""

    department_id: str = Field(min_length=1, max_length=100)
    role: str = Field(min_length=1, max_length=40)
    handler_rank: str | None = Field(default=None, max_length=1, description="A 或 B，仅经办人")

    def held(self) -> people.Membership:
        """What the office stores."""
        return people.Membership(self.department_id, self.role, self.handler_rank)


class NewPerson(Sent):
    """An account to be made; the first password is made by the system."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "login": "zhang.wei",
                    "name": "张伟",
                    "posts": [{"department_id": "area_zhenguang", "role": "handler", "handler_rank": "A"}],
                }
            ]
        },
    )

    login: str = Field(max_length=200)
    name: str = Field(max_length=200)
    phone: str | None = Field(default=None, max_length=100)
    posts: list[NewPost] = Field(default_factory=list, max_length=50)
    program: bool = False

    def entered(self) -> people.NewPerson:
        """What the office takes."""
        posts = tuple(post.held() for post in self.posts)
        return people.NewPerson(self.login, self.name, self.phone, posts, self.program)


class CreatedPerson(Shown):
    """A new account and its first password."""

    person: Person
    one_time_password: str | None = Field(description="首次登录密码，只显示这一次")


class OneTimePassword(Shown):
    """A password to be changed at the next login."""

    one_time_password: str = Field(description="只显示这一次")


class Contact(Sent):
    """Name and phone."""

    name: str = Field(max_length=200)
    phone: str | None = Field(default=None, max_length=100)


class Posts(Sent):
    """All posts of a person; `expected` are the ones the editor saw."""

    posts: list[NewPost] = Field(max_length=50)
    expected: list[NewPost] | None = Field(default=None, max_length=50, description="修改前看到的岗位，不符则答 409")


class Absence(Sent):
    """Until when somebody is away; null ends the absence."""

    until: AwareDatetime | None


class HandedOver(Shown):
    """A task that went to the other handler."""

    task_id: str
    business_key: str
    task_name: str
    to_login: str
    to_name: str


class LeftBehind(Shown):
    """A task nobody could take over."""

    task_id: str
    business_key: str
    task_name: str
    reason: str


class HandOver(Shown):
    """What became of the open tasks."""

    moved: list[HandedOver]
    left: list[LeftBehind]
