"""The product's processes with a fast clock, forked so that a restart takes milliseconds, killed with SIGKILL."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dbos  # noqa: F401  here, so that a fork has it already
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from engine import jobs, process_definitions, worker
from engine.tables import process_definition
from engine.transaction import SYSTEM, Runtime
from engine.worker import Pace
from minhu.application import build_runtime, create_app, run_worker
from minhu.settings import PROJECT, Settings
from tests.crash.office import Clerk
from tests.crash.record import Record

BEGIN = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
SPEED = 100_000  # a second here is 28 hours there, so deadlines of some days come while we watch
START_SECONDS = 30
ACTS_BEFORE = 30  # of a clerk, before the first kill
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


Life = Callable[[], None]


def server(settings: Settings, started: float, tokens: dict[str, str], port: int) -> Life:
    """What `minhu serve` runs, with no connection open yet, but past what only the first requests pay."""
    runtime = runtime_for(settings, started)
    app = create_app(settings, runtime)
    _work_a_little(app, tokens, port)
    runtime.database.dispose()
    return lambda: uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


def _work_a_little(app: FastAPI, tokens: dict[str, str], port: int) -> None:
    """A clerk at this server, without its worker: forks need not compile every statement and form anew."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", access_log=False, lifespan="off")
    server, record = uvicorn.Server(config), Record()
    thread = threading.Thread(target=server.run)
    thread.start()
    clerk = Clerk([f"http://127.0.0.1:{port}"], tokens, record, 0)
    for _ in range(ACTS_BEFORE):
        clerk.act()
    server.should_exit = True
    thread.join()
    assert not record.wrong, record.wrong


def worker_process(settings: Settings, started: float) -> Life:
    """What `minhu worker` runs."""
    runtime = runtime_for(settings, started)

    def work() -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        run_worker(runtime, stop, embedded=False)

    return work


def command(settings: Settings, log: Path, *words: str) -> Life:
    """The real `minhu …` with the real clock and pace; what it says goes to `log`."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "MINHU_VAR": str(settings.var),
        "ATTACHMENTS_DIR": settings.attachments,
        "NOTICE_PUSH_URL": settings.notice_push_url,
        "PORT": str(settings.port),
    }

    def run() -> None:
        with log.open("a") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        os.chdir(settings.processes_root)
        os.execve(sys.executable, [sys.executable, "-m", "minhu", *words], environment)

    return run


def runtime_for(settings: Settings, started: float) -> Runtime:
    """With the definitions compiled, which never change; no instance is known, no connection open."""
    _hurry()
    runtime = build_runtime(settings, FastClock(started))
    with runtime.read(SYSTEM) as tx:
        for definition in tx.connection.execute(select(process_definition.c.id)).scalars():
            process_definitions.load(tx, definition)
    runtime.database.dispose()
    return runtime


def _nest(pipe: Connection, make: Callable[..., Life], arguments: tuple[Any, ...]) -> None:
    """Gets one life ready, then forks it as often as asked: sends its process id and, when it ends, its exit code."""
    live = make(*arguments)
    gc.freeze()  # the collector would touch, and so copy, every page of the fork
    with suppress(EOFError):
        while True:
            pipe.recv()
            pid = os.fork()
            if pid == 0:
                pipe.close()
                live()
                os._exit(0)
            pipe.send(pid)
            pipe.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


class Victim:
    """One process that is killed and started again; what takes long to start is prepared once, in its nest."""

    def __init__(self, name: str, make: Callable[..., Life], *arguments: Any, port: int | None = None) -> None:
        self.name = name
        self.port = port
        self._pipe, theirs = _context.Pipe()
        arguments = arguments if port is None else (*arguments, port)
        self._nest = _context.Process(target=_nest, args=(theirs, make, arguments), daemon=True)
        self._nest.start()
        theirs.close()
        self._pid = 0

    def start(self) -> None:
        """Start it; the caller waits with `wait_until_ready`."""
        self._pipe.send(None)
        self._pid = self._pipe.recv()

    def kill(self) -> None:
        """SIGKILL: no handler, no farewell."""
        assert not self._pipe.poll(), f"{self.name} died on its own (exit code {self._pipe.recv()})"
        os.kill(self._pid, signal.SIGKILL)
        assert self._pipe.recv() == -signal.SIGKILL
        self._pid = 0

    def stop(self) -> None:
        """SIGTERM: it may finish; `end` waits for that."""
        os.kill(self._pid, signal.SIGTERM)

    def end(self) -> int:
        """Wait until it has ended; its exit code."""
        assert self._pipe.poll(START_SECONDS), f"{self.name} does not end"
        code: int = self._pipe.recv()
        self._pid = 0
        return code

    def close(self) -> None:
        """Nobody starts it any more; it is told to stop if it still runs."""
        if self._pid:
            self.stop()
        self._pipe.close()
        self._nest.join()
        self._nest.close()

    def wait_until_ready(self) -> None:
        """Until a server accepts connections."""
        deadline = time.monotonic() + START_SECONDS
        while self.port is not None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert not self._pipe.poll(), f"{self.name} does not start"
                assert time.monotonic() < deadline, f"{self.name} does not start"
                time.sleep(0.01)
            else:
                return


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
