"""One run: an office at work on one database while its processes are killed; invariants after every kill."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.transaction import Runtime
from minhu.application import build_runtime
from minhu.settings import Settings
from minhu.startup import migrate_database
from tests.crash import processes
from tests.crash.invariants import check
from tests.crash.office import Clerk, Record, open_office
from tests.crash.processes import FastClock, Victim

CLERKS = 4
MOST_STEPS = 4  # promises between a restart and the next kill, at least one: a slow machine shows as much
MOST_WAIT = 0.2  # seconds after the last of them, so that the kill may come at any moment of a request
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


def run(url: str, folder: Path, cycles: int, seed_number: int) -> Result:
    """Kill `cycles` times; raises Broken or AssertionError when anything was lost, doubled or half-done."""
    started = time.time()
    settings = processes.settings_for(url, folder)
    migrate_database(settings)
    runtime = build_runtime(settings, FastClock(started))
    tokens = open_office(runtime)
    record = Record()
    chance = random.Random(seed_number)
    victims = _victims(settings, started, sqlite=runtime.database.is_sqlite)
    with _running(victims), _working(victims, tokens, record, seed_number):
        kills = 0
        for _ in range(cycles):
            _let_them_work(record, chance)
            killed = victims if chance.random() < 0.2 else [chance.choice(victims)]
            for victim in killed:
                victim.kill()
            kills += len(killed)
            _look(runtime, record)
            for victim in killed:
                victim.start()
            for victim in killed:
                victim.wait_until_ready()
    seen = _look(runtime, record)
    runtime.database.dispose()
    assert not record.wrong, record.wrong[:10]
    return Result(kills, record.interrupted, seen["tickets"], seen["steps"], seen["completions"], seen["timers"])


def _let_them_work(record: Record, chance: random.Random) -> None:
    wanted = len(record.completed) + chance.randint(1, MOST_STEPS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(record.completed) < wanted:
        assert time.monotonic() < deadline, f"nobody gets anything done: {record.wrong[:3]}"
        time.sleep(0.005)
    time.sleep(chance.uniform(0, MOST_WAIT))


def _look(runtime: Runtime, record: Record) -> dict[str, int]:
    # copied before the snapshot: whatever was promised by now must be in it
    return check(runtime, list(record.completed), list(record.created))


def _victims(settings: Settings, started: float, *, sqlite: bool) -> list[Victim]:
    """SQLite: one server with its worker inside. PostgreSQL: two servers and a worker."""
    servers = [
        Victim(f"server {number}", processes.serve, settings, started, port=processes.free_port())
        for number in range(1 if sqlite else 2)
    ]
    return servers if sqlite else [*servers, Victim("worker", processes.work, settings, started)]


@contextmanager
def _running(victims: list[Victim]) -> Iterator[None]:
    for victim in victims:
        victim.start()
    try:
        for victim in victims:
            victim.wait_until_ready()
        yield
    finally:
        for victim in victims:
            victim.kill()


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
