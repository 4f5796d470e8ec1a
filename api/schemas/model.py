"""The two shapes every schema has: what a client sends, and what it is shown."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

T = TypeVar("T")

Sorted = Annotated[list[str], BeforeValidator(sorted)]  # a set, in an order that stays the same


class Sent(BaseModel):
    """A request body: a field the schema does not name is an error, so nothing can be slipped in."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Shown(BaseModel):
    """A response, read from the attributes of a domain object."""

    model_config = ConfigDict(from_attributes=True)


class Page(Shown, Generic[T]):
    """One page of a longer list."""

    items: list[T]
    total: int
    limit: int
    offset: int
