"""The product's server with a count of SQL statements and commits in every answer's headers."""

from __future__ import annotations

from contextvars import ContextVar

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from minhu.application import build_runtime, create_app
from minhu.settings import Settings
from tests.counting import Count, listen

STATEMENTS, COMMITS = "x-sql-statements", "x-sql-commits"


_current: ContextVar[Count | None] = ContextVar("count", default=None)


class Counting:
    """Gives each request its counter, which the request's threads share, and sends it along."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        count = Count()
        _current.set(count)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[STATEMENTS], headers[COMMITS] = str(len(count.statements)), str(count.commits)
            await send(message)

        await self.app(scope, receive, send_counted)


def serve(settings: Settings, port: int) -> None:
    """Serve until killed."""
    runtime = build_runtime(settings)
    listen(runtime.database.engine, _current.get)
    app = create_app(settings, runtime)
    uvicorn.run(Counting(app), host="127.0.0.1", port=port, log_level="critical", access_log=False)
