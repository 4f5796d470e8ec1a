"""One run: an office at work on one database while its processes are killed; invariants after every kill."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from engine.tables import outbox
from engine.transaction import SYSTEM, Runtime
from minhu.application import build_runtime
from minhu.settings import Settings
from minhu.startup import migrate_database
from tests.crash import processes
from tests.crash.gateway import Gateway
from tests.crash.invariants import Eyes
from tests.crash.office import Clerk, open_office
from tests.crash.processes import FastClock, Victim
from tests.crash.record import Record

CLERKS = 4
MOST_STEPS = 2  # promises between a restart and the next kill, at least one: a slow machine shows as much
MOST_WAIT = 0.1  # seconds after the last of them, so that the kill may come at any moment of a request
PATIENCE_SECONDS = 60
SETTLE_SECONDS = 30


@dataclass(frozen=True)
class Result:
    """What one run did; every number that should not be zero is asserted by the caller."""

    kills: int
    interrupted: int
    tickets: int
    steps: int
    completions: int
    timers: int
    messages: int
    suspensions: int
    delivered: int
    delivered_again: int  # at least once: the gateway knows them by their key


def run(url: str, folder: Path, cycles: int, seed_number: int) -> Result:
    """Kill `cycles` times; raises Broken or AssertionError when anything was lost, doubled or half-done."""
    gateway = Gateway(seed_number)
    started = time.time()
    settings = processes.settings_for(url, folder, gateway.url)
    migrate_database(settings)
    runtime = build_runtime(settings, FastClock(started))
    try:
        tokens = open_office(runtime)
        victims = _victims(settings, started, tokens, sqlite=runtime.database.is_sqlite)
        return _run(runtime, victims, tokens, gateway, cycles, seed_number)
    finally:
        runtime.database.dispose()
        gateway.close()


def _run(
    runtime: Runtime, victims: list[Victim], tokens: dict[str, str], gateway: Gateway, cycles: int, seed_number: int
) -> Result:
    record, eyes = Record(), Eyes(runtime)
    chance = random.Random(seed_number)
    with _running(victims):
        with _working(victims, tokens, record, seed_number):
            kills = 0
            for _ in range(cycles):
                _let_them_work(record, chance)
                killed = victims if chance.random() < 0.2 else [chance.choice(victims)]
                for victim in killed:
                    victim.kill()
                kills += len(killed)
                eyes.look(record.promises(gateway.taken))
                for victim in killed:
                    victim.start()  # and perhaps killed again before it is ready
        until_everything_is_delivered(runtime)
    eyes.forget()
    seen = eyes.look(record.promises(gateway.taken))
    assert not record.wrong, record.wrong[:10]
    assert not record.statuses[503], "only ours were killed, the database was there all the time"
    again = sum(gateway.taken.values()) - len(gateway.taken)
    return Result(kills=kills, interrupted=record.interrupted, delivered_again=again, **seen)


def until_everything_is_delivered(runtime: Runtime) -> None:
    """Nothing is lost on the way out: not by the gateway's moods, not with a killed worker's jobs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with runtime.read(SYSTEM) as tx:
            waiting = tx.connection.execute(select(outbox.c.id).where(outbox.c.delivered_at.is_(None))).all()
        if not waiting:
            return
        assert time.monotonic() < deadline, f"lost on the way out: {waiting}"
        time.sleep(0.1)


def _let_them_work(record: Record, chance: random.Random) -> None:
    wanted = len(record.completed) + chance.randint(1, MOST_STEPS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(record.completed) < wanted:
        assert time.monotonic() < deadline, f"nobody gets anything done: {record.wrong[:3]}"
        time.sleep(0.005)
    time.sleep(chance.uniform(0, MOST_WAIT))


def _victims(settings: Settings, started: float, tokens: dict[str, str], *, sqlite: bool) -> list[Victim]:
    """SQLite: one server with its worker inside. PostgreSQL: two servers and two workers."""
    servers = [
        Victim(f"server {number}", processes.server, settings, started, tokens, port=processes.free_port())
        for number in range(1 if sqlite else 2)
    ]
    workers = [Victim(f"worker {number}", processes.worker_process, settings, started) for number in range(2)]
    return servers if sqlite else servers + workers


@contextmanager
def _running(victims: list[Victim]) -> Iterator[None]:
    for victim in victims:
        victim.start()
    try:
        for victim in victims:
            victim.wait_until_ready()
        yield
        for victim in victims:
            victim.wait_until_ready()
    finally:
        for victim in victims:
            victim.kill()
            victim.close()


@contextmanager
def _working(victims: list[Victim], tokens: dict[str, str], record: Record, seed_number: int) -> Iterator[None]:
    urls = [f"http://127.0.0.1:{victim.port}" for victim in victims if victim.port is not None]
    clerks = [Clerk(urls, tokens, record, seed_number * 100 + number) for number in range(CLERKS)]
    for clerk in clerks:
        clerk.start()
    try:
        yield
    finally:
        for clerk in clerks:
            clerk.stopping.set()
        for clerk in clerks:
            clerk.join(SETTLE_SECONDS)
            assert not clerk.is_alive(), "a clerk never got an answer"
