"""A route: its endpoint runs in one thread, and its mutations may be sent twice under an `Idempotency-Key`."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from fastapi import Request, Response
from fastapi.exceptions import ResponseValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

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


class Route(APIRoute):
    """Reads the key before the endpoint runs and stores the answer before its transaction commits."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, self._in_thread(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if request.method in SAFE_METHODS:
                key = None
            if key is not None:
                request.state.idempotency_key = RequestKey(checked(key), await request_hash(request))
            try:
                response = await handle(request)
                await end(request, self._kept(response) if key is not None else None)
            except Replayed as replayed:
                await undo(request, replayed)
                return replay(replayed.answer)
            except BaseException as error:
                await undo(request, error)
                raise
            return response

        return handle_once

    def _in_thread(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        """The endpoint as a coroutine that does everything in one thread: endpoint, answer, commit.

        For a plain function FastAPI wants a second free thread to build the answer while the transaction is still
        open; when all threads wait for that transaction's locks, none is left and everything stands still.
        """

        @functools.wraps(endpoint)
        async def run(**values: object) -> object:
            return await run_in_threadpool(self._run, endpoint, values)

        return run

    def _run(self, endpoint: Callable[..., Any], values: dict[str, Any]) -> object:
        work = next((value for value in values.values() if isinstance(value, Work)), None)
        if work is None or any(isinstance(value, Response) for value in values.values()):
            return endpoint(**values)  # what it writes on its Response, FastAPI adds to the answer
        try:
            response = self._answer(endpoint(**values))
            answer = self._kept(response) if work.is_open else None
            if answer is not None:
                work.keep(answer)
        except BaseException as error:
            work.roll_back(error)
            raise
        work.commit()
        return response

    def _answer(self, result: Any) -> Response:
        if isinstance(result, Response):
            return result
        status = self.status_code or 200
        if self.response_field is None:
            return Response(status_code=status) if result is None else JSONResponse(result, status)
        value, errors = self.response_field.validate(result, {}, loc=("response",))
        if errors:
            raise ResponseValidationError(errors=errors, body=result)
        return Response(self.response_field.serialize_json(value), status, media_type="application/json")

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


async def end(request: Request, answer: Answer | None) -> None:
    """Commit what the endpoint's thread has not committed already: before the answer is sent, so that it is true.

    In a thread kept for that: all others may be waiting for this transaction.
    """
    work: Work | None = getattr(request.state, "work", None)
    if work is None or not work.is_open:
        return
    if answer is not None:
        await anyio.to_thread.run_sync(work.keep, answer, limiter=anyio.CapacityLimiter(1))
    await anyio.to_thread.run_sync(work.commit, limiter=anyio.CapacityLimiter(1))


async def undo(request: Request, error: BaseException) -> None:
    """Roll back what is still open, in a thread kept for that as in `end`."""
    work: Work | None = getattr(request.state, "work", None)
    if work is not None and work.is_open:
        await anyio.to_thread.run_sync(work.roll_back, error, limiter=anyio.CapacityLimiter(1))


def replay(answer: Answer) -> Response:
    """The first answer once more."""
    headers = {"Idempotency-Replayed": "true"}
    if not answer.body:
        return Response(status_code=answer.status, headers=headers)
    media_type = "application/json" if answer.status in SUCCESS else MEDIA_TYPE
    return Response(answer.body, answer.status, headers, media_type)
