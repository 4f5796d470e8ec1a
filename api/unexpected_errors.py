"""The outermost ring of the API: what nobody expected is logged under a number, never shown."""

from __future__ import annotations

import logging
import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

logger = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class UnexpectedErrors:
    """Answers 500 with an incident number instead of a stack trace; adds the headers every answer has."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            number = secrets.token_hex(4)
            logger.exception("unexpected error %s: %s %s", number, scope["method"], scope["path"])
            if started:
                raise
            answer = problem(
                500,
                "internal",
                "系统内部错误",
                f"系统内部错误，本次操作没有生效。请把编号 {number} 告诉系统管理员",
                incident_id=number,
            )
            await answer(scope, receive, send_with_headers)
