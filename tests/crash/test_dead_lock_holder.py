"""A process killed while it holds the lock of an instance: what it did is gone, who waits for it goes on at once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.authentication import COOKIE
from engine import audit, user_tasks
from engine.transaction import Actor, Runtime
from hotline import persons, seed_people, sessions, tickets
from hotline.new_ticket import NewTicket
from minhu.settings import Settings
from tests.answers import fill, schema_of
from tests.api.serving import serving
from tests.crash import processes
from tests.crash.processes import Life, Victim

INTAKE = Actor("intake1", "沈佳怡", frozenset({"center_intake"}))
PATIENCE_SECONDS = 30


def complete(runtime: Runtime, number: str, told: Path | None = None) -> None:
    """Accept the ticket; with `told`, say so when all is written and nothing committed, and never commit."""
    with runtime.write(INTAKE) as tx:
        [task] = user_tasks.list_page(tx, actor_scope="groups", business_key=number).items
        user_tasks.complete(tx, task.id, fill(schema_of(task.process_key, task.form_key or "")))
        if told is not None:
            told.touch()
            time.sleep(PATIENCE_SECONDS)
            os._exit(1)


def holder(settings: Settings, started: float, number: str, told: Path) -> Life:
    """A process that never lets go."""
    runtime = processes.runtime_for(settings, started)
    return lambda: complete(runtime, number, told)


@contextmanager
def asking(runtime: Runtime, session: str) -> Iterator[httpx.Client]:
    """Somebody at another server on the same database."""
    with serving(runtime) as url:
        headers = {"Origin": url.removesuffix("/api")}
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            client.cookies.set(COOKIE, session, domain="127.0.0.1")
            yield client


def test_the_lock_dies_with_the_process_that_held_it(office: Runtime, tmp_path: Path) -> None:
    with office.write(INTAKE) as tx:
        number = tickets.enter(tx, NewTicket(title="楼道堆物", content="影响通行", caller_phone="13800000000"))
        seed_people.load(tx)
        desk = persons.by_login(tx, INTAKE.id)
        assert desk is not None
        session = sessions.open_session(tx, desk.id, "127.0.0.1", "test")
    told = tmp_path / "told"
    settings = processes.settings_for(office.database.url, tmp_path, gateway="")
    victim = Victim("holder", holder, settings, time.time(), number, told)
    victim.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not told.exists():
        assert time.monotonic() < deadline, "the holder never got the lock"
        time.sleep(0.01)
    with asking(office, session) as client, ThreadPoolExecutor(1) as pool:
        [task] = client.get("/user-tasks", params={"scope": "groups", "business_key": number}).json()["items"]
        body = {"data": fill(schema_of(task["process_key"], task["form_key"]))}
        answer = pool.submit(client.post, f"/user-tasks/{task['id']}/complete", json=body)
        victim.kill()
        victim.close()
        assert answer.result().status_code == 200, answer.result().text
    with office.read(INTAKE) as tx:
        stream = audit.instance_stream(number)
        actions = [entry.action for entry in audit.entries(tx, stream)]
        assert audit.verify(tx.connection, stream) == len(actions)
    assert actions.count("user_task.completed") == 1
