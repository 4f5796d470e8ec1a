"""The composition root: the only place that knows the engine, the office, the API and the pages at once."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio.to_thread
from fastapi import FastAPI

import api.application
import web.application
from engine import worker
from engine.database import Database
from engine.transaction import Clock, Runtime, system_clock
from engine.working_days import WorkingDays
from hotline import diagram_effects, notices, option_catalogues, organisation, projection, sessions
from minhu import notice_push
from minhu.settings import Settings

THREADS = 4  # a step is computation, not waiting: more threads than this make it slower
STOP_SECONDS = 20
FORGET_SESSIONS = "forget_expired_sessions"


def build_runtime(settings: Settings, clock: Clock = system_clock) -> Runtime:
    """The engine with everything the office adds to it."""
    os.environ["ATTACHMENTS_DIR"] = settings.attachments  # hotline.attachments reads it on each use
    return Runtime(
        database=Database(settings.database_url),
        working_days=WorkingDays.from_folder(settings.processes_root / "processes"),
        clock=clock,
        option_catalogues=dict(option_catalogues.CATALOGUES),
        effects=dict(diagram_effects.EFFECTS),
        candidate_groups=organisation.known_groups,
        on_step=projection.on_step,
        adapters={notices.PUSH: notice_push.adapter(settings.notice_push_url)} if settings.notice_push_url else {},
        jobs={FORGET_SESSIONS: sessions.forget_expired},
        schedules={FORGET_SESSIONS: "15 3 * * *"},
    )


def create_app(settings: Settings, runtime: Runtime | None = None) -> FastAPI:
    """Pages at /, the API at /api; on SQLite the worker runs inside."""
    runtime = runtime or build_runtime(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        if not runtime.database.is_sqlite:
            yield
            return
        with embedded_worker(runtime):
            yield

    app = FastAPI(title="工单办理系统", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    api.application.install(app, runtime, secure_cookies=settings.session_cookie_secure)
    web.application.install(app, runtime, secure_cookies=settings.session_cookie_secure)
    return app


def create_from_environment() -> FastAPI:
    """What each process of `minhu serve --workers N` calls."""
    return create_app(Settings.from_environment())


@contextmanager
def embedded_worker(runtime: Runtime) -> Iterator[None]:
    """Timers and jobs in a thread of this process; PostgreSQL has `minhu worker` instead."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(runtime, stop), kwargs={"embedded": True})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)


def run_worker(runtime: Runtime, stop: threading.Event, *, embedded: bool) -> None:
    """Fire timers and run jobs until told to stop."""
    worker.run(runtime, stop, embedded=embedded)
