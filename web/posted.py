"""What a browser posted, read before the endpoint runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

LARGEST_BODY = 40 * 1024 * 1024
MOST_FIELDS = 400
MOST_FILES = 20


async def _posted(request: Request) -> AsyncIterator[FormData]:
    announced = request.headers.get("content-length", "")
    if not announced.isdecimal() or int(announced) > LARGEST_BODY:
        raise HTTPException(413)
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as posted:
        yield posted


Posted = Annotated[FormData, Depends(_posted)]


def text(posted: FormData, name: str) -> str:
    """One text field, trimmed; a file in its place counts as nothing."""
    value = posted.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def texts(posted: FormData, name: str) -> list[str]:
    """Every value of a repeated text field, empty ones left out."""
    return [value.strip() for value in posted.getlist(name) if isinstance(value, str) and value.strip()]
