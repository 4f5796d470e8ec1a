"""The product's server with a count of SQL statements and commits in every answer's headers."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import uvicorn
from sqlalchemy import event
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from minhu.application import build_runtime, create_app
from minhu.settings import Settings

STATEMENTS, COMMITS = "x-sql-statements", "x-sql-commits"


@dataclass
class Count:
    """What one request did to the database."""

    statements: int = 0
    commits: int = 0


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
                headers[STATEMENTS], headers[COMMITS] = str(count.statements), str(count.commits)
            await send(message)

        await self.app(scope, receive, send_counted)


def serve(settings: Settings, port: int) -> None:
    """Serve until killed."""
    runtime = build_runtime(settings)
    engine = runtime.database.engine

    @event.listens_for(engine, "before_cursor_execute")
    def _statement(*_arguments: Any) -> None:
        if count := _current.get():
            count.statements += 1

    @event.listens_for(engine, "commit")
    def _commit(*_arguments: Any) -> None:
        if count := _current.get():
            count.commits += 1

    app = create_app(settings, runtime)
    uvicorn.run(Counting(app), host="127.0.0.1", port=port, log_level="critical", access_log=False)
