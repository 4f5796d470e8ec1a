"""The product as users meet it: a real server on a port of its own, with demo people and tickets."""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn

from engine.transaction import Runtime
from hotline.seed_people import DEMO_PASSWORD
from minhu import startup
from minhu.application import build_runtime, create_app
from minhu.commands.serve import listening
from minhu.settings import PROJECT, Settings
from tests import postgres, shipped
from tests.conftest import FakeClock, migrated_database_url

START_SECONDS = 30


@dataclass(frozen=True)
class LiveServer:
    """Address, the runtime behind it and the clock both obey."""

    url: str
    runtime: Runtime
    clock: FakeClock
    password: str = DEMO_PASSWORD  # of every demo login


def settings_for(url: str, folder: Path) -> Settings:
    """The product's settings for one test."""
    return Settings(database_url=url, var=folder, attachments=os.environ["ATTACHMENTS_DIR"], processes_root=PROJECT)


@contextmanager
def demo_database_url(kind: str, folder: Path) -> Iterator[str]:
    """URL of a fresh database with processes, organisation and demo data, copied from one made per run."""
    template = _demo_template(kind)
    if kind == "sqlite":
        shutil.copy(template, folder / "demo.db")
        shutil.copytree(_demo_attachments(kind), os.environ["ATTACHMENTS_DIR"], dirs_exist_ok=True)
        yield f"sqlite:///{folder / 'demo.db'}"
        return
    name = f"minhu_test_{uuid.uuid4().hex}"
    shutil.copytree(_demo_attachments(kind), os.environ["ATTACHMENTS_DIR"], dirs_exist_ok=True)
    yield postgres.create_database(name, template)
    postgres.drop_database(name)


def _demo_attachments(kind: str) -> Path:
    return postgres.run_folder() / f"demo-{kind}-attachments"


def _demo_template(kind: str) -> str:
    home = postgres.run_folder()
    name = "minhu_demo_" + home.name.rpartition("-")[2].lower()
    path = home / "demo.db"
    with postgres.locked(home / f"demo-{kind}.lock"):
        ready = home / f"demo-{kind}.ready"
        if not ready.exists():
            url = f"sqlite:///{path}" if kind == "sqlite" else postgres.create_database(name)
            _demo_attachments(kind).mkdir()
            settings = Settings(url, home, str(_demo_attachments(kind)), PROJECT)
            _prepare(settings)
            ready.touch()
    return str(path) if kind == "sqlite" else name


def _prepare(settings: Settings) -> None:
    startup.migrate_database(settings)
    before = os.environ["ATTACHMENTS_DIR"]
    runtime = build_runtime(settings, FakeClock())
    try:
        startup.deploy_shipped(runtime, settings)
        startup.load_organisation(runtime)
        startup.load_demo(runtime)
    finally:
        os.environ["ATTACHMENTS_DIR"] = before
        runtime.database.dispose()


@contextmanager
def serving(settings: Settings, clock: FakeClock) -> Iterator[LiveServer]:
    """Run the whole product in a thread; everything is closed when the block ends."""
    runtime = build_runtime(settings, clock)
    listener = listening(replace(settings, port=0))
    config = uvicorn.Config(create_app(settings, runtime), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield LiveServer(f"http://127.0.0.1:{listener.getsockname()[1]}", runtime, clock)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        runtime.database.dispose()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the server did not start")
        time.sleep(0.02)


@pytest.fixture
def live_server(tmp_path: Path, clock: FakeClock) -> Iterator[LiveServer]:
    """A running product on SQLite with demo people and tickets; time stands still until `clock` moves."""
    with demo_database_url("sqlite", tmp_path) as url, serving(settings_for(url, tmp_path), clock) as server:
        yield server


@pytest.fixture
def office(database_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Runtime]:
    """The product's runtime on a migrated database of either kind: processes deployed, organisation loaded."""
    settings = settings_for(database_url, tmp_path)
    runtime = build_runtime(settings, clock)
    shipped.deploy(runtime)
    startup.load_organisation(runtime)
    yield runtime
    runtime.database.dispose()


@pytest.fixture
def empty_server(tmp_path: Path, clock: FakeClock) -> Iterator[LiveServer]:
    """A running product on SQLite without people: only schema, processes and organisation."""
    with migrated_database_url("sqlite", tmp_path) as url:
        settings = settings_for(url, tmp_path)
        runtime = build_runtime(settings, clock)
        shipped.deploy(runtime)
        startup.load_organisation(runtime)
        runtime.database.dispose()
        with serving(settings, clock) as server:
            yield server
