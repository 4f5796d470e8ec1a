"""Caps on the size of a request, enforced while it is read and before anything is parsed."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import of_http

JSON_BYTES = 1024 * 1024
UPLOAD_BYTES = 12 * 1024 * 1024
LONGEST_NUMBER = 12  # digits of a believable Content-Length
TOO_LARGE = HTTPException(413)


class BodyLimits:
    """1 MB for JSON, 12 MB for a multipart upload."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        limit = UPLOAD_BYTES if upload else JSON_BYTES
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or len(announced) > LONGEST_NUMBER or int(announced) > limit:
            await of_http(TOO_LARGE)(scope, receive, send)
            return
        size = 0

        async def receive_within_limit() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_within_limit, send)
