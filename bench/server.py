"""The product's server with a count of SQL statements and commits in every answer's headers."""

from __future__ import annotations

import multiprocessing
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from minhu.application import build_runtime, create_app
from minhu.settings import Settings
from tests.counting import Count, listen
from tests.crash.processes import free_port

STATEMENTS, COMMITS = "x-sql-statements", "x-sql-commits"
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60

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


class Server:
    """One process of the product."""

    def __init__(self, settings: Settings) -> None:
        self.port = free_port()
        self._process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(settings, self.port), daemon=True
        )
        self._process.start()

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the server did not start")

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self) -> float:
        """Memory it holds."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1_048_576

    def stop(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.join()


@contextmanager
def servers(settings: Settings, number: int) -> Iterator[list[Server]]:
    """So many processes on one database."""
    running = [Server(settings) for _ in range(number)]
    try:
        for each in running:
            each.wait()
        yield running
    finally:
        for each in running:
            each.stop()
