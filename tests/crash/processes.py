"""The product's processes with a fast clock, forked so that a restart takes milliseconds, killed with SIGKILL."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import dbos  # noqa: F401  here, so that a fork has it already
import uvicorn

from engine import jobs, worker
from engine.worker import Pace
from minhu.application import build_runtime, create_app, run_worker
from minhu.settings import PROJECT, Settings

BEGIN = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
SPEED = 100_000  # a second here is 28 hours there, so deadlines of some days come while we watch
START_SECONDS = 30
PACE = Pace(idle=0.05, beat=0.3, dead=2.0, jobs_after=0.0)

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.crash.processes"])


class FastClock:
    """The same time in every process, before and after a restart."""

    def __init__(self, started: float) -> None:
        self.started = started

    def __call__(self) -> datetime:
        return BEGIN + timedelta(seconds=(time.time() - self.started) * SPEED)


def settings_for(url: str, folder: Path, gateway: str) -> Settings:
    """Everything of one run lies in `folder`; notices are pushed to `gateway`."""
    return Settings(url, folder, str(folder / "attachments"), PROJECT, notice_push_url=gateway)


def _hurry() -> None:
    """In this process the worker waits as little as the killer does."""
    logging.disable(logging.ERROR)  # a refusing gateway is what we are here for
    jobs.POLL_SECONDS = 0.1
    jobs.FIRST_RETRY = timedelta(seconds=0.2)
    worker.run.__kwdefaults__["pace"] = PACE


def serve(settings: Settings, started: float, port: int) -> None:
    """What `minhu serve` runs, in this process."""
    _hurry()
    runtime = build_runtime(settings, FastClock(started))
    app = create_app(settings, runtime)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


def work(settings: Settings, started: float) -> None:
    """What `minhu worker` runs, in this process."""
    _hurry()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_worker(build_runtime(settings, FastClock(started)), stop, embedded=False)


class Victim:
    """One process that is killed and started again."""

    def __init__(self, name: str, target: Callable[..., None], *arguments: Any, port: int | None = None) -> None:
        self.name = name
        self.port = port
        self._target = target
        self._arguments = arguments if port is None else (*arguments, port)
        self._process: BaseProcess | None = None

    def start(self) -> None:
        """Start it; the caller waits with `wait_until_ready`."""
        self._process = _context.Process(target=self._target, args=self._arguments, daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: no handler, no farewell."""
        assert self._process is not None
        assert self._process.is_alive(), f"{self.name} died on its own (exit code {self._process.exitcode})"
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        self._process.close()

    def wait_until_ready(self) -> None:
        """Until a server accepts connections."""
        deadline = time.monotonic() + START_SECONDS
        while self.port is not None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self._process is not None
                assert self._process.is_alive(), f"{self.name} does not start"
                assert time.monotonic() < deadline, f"{self.name} does not start"
                time.sleep(0.01)
            else:
                return


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
