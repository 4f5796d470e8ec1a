"""`minhu serve --workers 2` and two `minhu worker` on one PostgreSQL: once each, taken over, ended without a rest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

from engine import user_tasks
from engine.tables import audit_entry, process_instance, worker_heartbeat
from engine.transaction import SYSTEM, Actor, Runtime
from hotline import tickets
from hotline.new_ticket import NewTicket
from minhu.application import build_runtime
from tests.answers import fill, schema_of
from tests.conftest import SHANGHAI, FakeClock, migrated_database_url
from tests.crash import processes
from tests.crash.gateway import Gateway
from tests.crash.harness import until_everything_is_delivered
from tests.crash.invariants import Eyes
from tests.crash.office import Clerk, open_office
from tests.crash.processes import Victim
from tests.crash.record import Record

INTAKE = Actor("intake1", "沈佳怡", frozenset({"center_intake"}))
PATIENCE_SECONDS = 60
ENOUGH = 8


def wait_for(reached: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway(0, trouble=0)
    yield server
    server.answering.set()
    server.close()


def enter(runtime: Runtime) -> str:
    with runtime.write(INTAKE) as tx:
        return tickets.enter(tx, NewTicket(title="楼道堆物", content="影响通行", caller_phone="13800000000"))


def accepted(runtime: Runtime) -> str:
    """A ticket whose caller must be contacted in time."""
    number = enter(runtime)
    with runtime.write(INTAKE) as tx:
        [task] = user_tasks.list_page(tx, actor_scope="groups", business_key=number).items
        user_tasks.complete(tx, task.id, fill(schema_of(task.process_key, task.form_key or "")))
    return number


def fired(runtime: Runtime) -> Counter[str]:
    with runtime.read(SYSTEM) as tx:
        query = select(audit_entry.c.stream).where(audit_entry.c.action == "timer.fired")
        return Counter(tx.connection.execute(query).scalars())


def beating(runtime: Runtime) -> set[str]:
    with runtime.read(SYSTEM) as tx:
        return set(tx.connection.execute(select(worker_heartbeat.c.worker_id)).scalars())


def silent_for_long(runtime: Runtime) -> None:
    """As if two minutes had passed since the last heartbeat."""
    with runtime.write(SYSTEM) as tx:
        earlier = datetime.now(SHANGHAI) - timedelta(minutes=2)
        tx.connection.execute(update(worker_heartbeat).values(seen_at=earlier))


def completes_after_sigterm(runtime: Runtime, url: str, token: str, server: Victim) -> None:
    """A request that waits for a lock when the signal comes is answered, and what it did is kept."""
    number = enter(runtime)
    with runtime.read(INTAKE) as tx:
        [task] = user_tasks.list_page(tx, actor_scope="groups", business_key=number).items
    body = {"data": fill(schema_of(task.process_key, task.form_key or ""))}
    headers = {"Authorization": f"Bearer {token}"}
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with ThreadPoolExecutor() as pool, httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        with runtime.write(SYSTEM) as tx:
            row = select(process_instance.c.id).where(process_instance.c.business_key == number).with_for_update()
            tx.connection.execute(row)
            answer = pool.submit(client.post, f"{url}/api/user-tasks/{task.id}/complete", json=body, headers=headers)
            wait_for(lambda: _count(runtime, waiting))
            server.stop()
            time.sleep(0.7)  # uvicorn looks for signals twice a second
            assert not answer.done()
        assert answer.result().status_code == 200, answer.result().text
    with runtime.read(INTAKE) as tx:
        found = user_tasks.list_page(tx, actor_scope="groups", business_key=number).items
    assert task.id not in {each.id for each in found}


def _count(runtime: Runtime, query: Any) -> int:
    with runtime.read(SYSTEM) as tx:
        return int(tx.connection.execute(query).scalar_one())


def work_through(url: str, tokens: dict[str, str], withdrawn: str) -> Record:
    """Four people at once, and a message that comes twice at once."""
    record = Record()
    clerks = [Clerk([url], tokens, record, number) for number in range(4)]
    message = {"id": "platform-1", "name": "withdrawn", "business_key": withdrawn, "payload": {}}
    headers = {"Authorization": f"Bearer {tokens['center_intake']}"}
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as client, ThreadPoolExecutor(2) as pool:
            # sent before anybody works: the clerks might bring that ticket to its end first
            sent = [pool.submit(client.post, f"{url}/api/messages", json=message, headers=headers) for _ in range(2)]
            for clerk in clerks:
                clerk.start()
            assert [each.result().status_code for each in sent] == [200, 200]
        wait_for(lambda: len(record.completed) >= ENOUGH)
    finally:
        for clerk in clerks:
            clerk.stopping.set()
        for clerk in clerks:
            clerk.join()
    record.messages.append("platform-1")
    assert not record.wrong, record.wrong
    return record


def test_the_real_commands_share_one_database(tmp_path: Path, gateway: Gateway) -> None:
    with migrated_database_url("postgresql", tmp_path) as url:
        settings = processes.settings_for(url, tmp_path, gateway.url)
        settings = replace(settings, port=processes.free_port())
        runtime = build_runtime(settings, FakeClock(datetime.now(SHANGHAI) - timedelta(days=30)))
        tokens = open_office(runtime)
        numbers = [accepted(runtime) for _ in range(3)]  # a month ago: their time limits have passed
        gateway.answering.clear()
        log = tmp_path / "said.log"
        server = Victim("server", processes.command, settings, log, "serve", "--workers", "2")
        workers = [Victim(f"worker {number}", processes.command, settings, log, "worker") for number in range(3)]
        try:
            server.start()
            workers[0].start()
            wait_for(lambda: gateway.arrived)
            workers[0].kill()
            first = fired(runtime)
            assert set(first) == {f"instance/{number}" for number in numbers}, log.read_text()
            dead = beating(runtime)
            silent_for_long(runtime)
            half_done = set(gateway.arrived)
            gateway.answering.set()
            for worker in workers[1:]:
                worker.start()
            site = f"http://127.0.0.1:{settings.port}"
            record = work_through(site, tokens, numbers[0])
            until_everything_is_delivered(runtime)
            twice = {key for key, times in gateway.taken.items() if times > 1}
            assert twice == half_done, "at least once under one key, and once where nobody was killed"
            assert len(beating(runtime) - dead) == 2, log.read_text()
            completes_after_sigterm(runtime, site, tokens["center_intake"], server)
            for worker in workers[1:]:
                worker.stop()
            assert [each.end() for each in (server, *workers[1:])] == [0, 0, 0], log.read_text()
            assert beating(runtime) == dead, "who ends takes its heartbeat along"
            until_everything_is_delivered(runtime)
            seen = Eyes(runtime).look(record.promises(gateway.taken))
            assert min(seen["messages"], seen["timers"] // len(numbers)) > 0
        finally:
            for victim in (server, *workers):
                victim.close()
            runtime.database.dispose()
