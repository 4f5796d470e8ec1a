"""Posts as rows of a form, shared by a new account and a person's page; what was refused, by field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from engine.errors import InvalidInput, MinhuError
from engine.transaction import Transaction
from hotline import organisation, roles
from hotline.people import Membership

EMPTY_ROWS = 2  # for further posts


class PostsForm(BaseModel):
    """Rows of posts, column by column, and the posts the page was made from."""

    model_config = ConfigDict(extra="forbid")

    department_id: list[str] = []
    role: list[str] = []
    handler_rank: list[str] = []
    expected: list[str] = []

    def posts(self) -> list[Membership]:
        """The rows that were filled in."""
        rows = zip(self.department_id, self.role, self.handler_rank, strict=True)
        return [Membership(d, r, rank or None) for d, r, rank in rows if d and r]

    def former(self) -> list[Membership]:
        """The posts shown when the form was opened."""
        parts = (text.split("/") for text in self.expected)
        return [Membership(d, r, rank or None) for d, r, rank in parts]


def refused_fields(error: MinhuError) -> dict[str, str]:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return dict(fields) or {"": error.message}


def post_rows(tx: Transaction, posts: Iterable[Membership]) -> dict[str, Any]:
    rows = list(posts)
    return {
        "posts": rows,
        "empty_rows": EMPTY_ROWS,
        "departments": department_names(tx),
        "roles": {role.id: role.label for role in roles.ROLES.values()},
        "ranks": {"A": "A角", "B": "B角"},
    }


def department_names(tx: Transaction) -> dict[str, str]:
    return {each.id: each.name for each in organisation.all_departments(tx)}
