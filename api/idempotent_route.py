"""A route whose mutations may be sent twice: `Idempotency-Key` replays the first answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE, problem
from api.work import Replayed, RequestKey, Work
from engine.errors import InvalidInput
from engine.idempotency import Answer

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KEY = re.compile(r"[\x21-\x7e]{1,200}")
SUCCESS = range(200, 300)
SHOWN_ONCE: dict[str, Any] = {"x-shown-once": True}  # openapi_extra of answers that must not be kept
ALREADY_SHOWN = Answer(
    409,
    bytes(problem(409, "already-shown", "内容只显示一次", "这个请求已经执行过，其内容只显示一次，没有再次执行").body),
)


class IdempotentRoute(APIRoute):
    """Reads the key before the endpoint runs and stores the answer before its transaction commits."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None or request.method in SAFE_METHODS:
                return await handle(request)
            request.state.idempotency_key = RequestKey(checked(key), await request_hash(request))
            try:
                response = await handle(request)
            except Replayed as replayed:
                return replay(replayed.answer)
            await keep(request, self._kept(response))
            return response

        return handle_once

    def _kept(self, response: Response) -> Answer | None:
        if response.status_code not in SUCCESS:
            return None
        if self.openapi_extra == SHOWN_ONCE:
            return ALREADY_SHOWN
        return Answer(response.status_code, bytes(response.body))


def checked(key: str) -> str:
    """The key, when it is one."""
    if not KEY.fullmatch(key):
        message = "应为 1 到 200 个可见的 ASCII 字符，建议使用 UUID"
        raise InvalidInput(f"幂等键{message}", {"Idempotency-Key": message})
    return key


async def request_hash(request: Request) -> str:
    """SHA-256 of what is asked for; a multipart boundary is chosen anew by every retry and does not count."""
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    kind, _, boundary = content_type.partition("boundary=")
    if boundary:
        body = body.replace(boundary.strip('"').encode("latin-1"), b"")
    parts = (request.method.encode(), request.url.path.encode(), request.url.query.encode(), kind.encode(), body)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


async def keep(request: Request, answer: Answer | None) -> None:
    """Store a successful answer in the transaction that is still open."""
    work: Work | None = getattr(request.state, "work", None)
    if work is None or answer is None:
        return
    await anyio.to_thread.run_sync(work.keep, answer, limiter=anyio.CapacityLimiter(1))


def replay(answer: Answer) -> Response:
    """The first answer once more."""
    headers = {"Idempotency-Replayed": "true"}
    if not answer.body:
        return Response(status_code=answer.status, headers=headers)
    media_type = "application/json" if answer.status in SUCCESS else MEDIA_TYPE
    return Response(answer.body, answer.status, headers, media_type)
