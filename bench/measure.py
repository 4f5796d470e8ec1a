"""Times calls from several clients at once; a client is a thread with one connection to each server process."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.http_client import Client
from bench.server import COMMITS, STATEMENTS, Server

OK = 200


@dataclass(frozen=True)
class Timing:
    """Milliseconds per call, and what each call cost the servers and the database on average."""

    clients: int
    calls: int
    median_ms: float
    p95_ms: float
    per_second: float
    cpu_ms: float = 0.0  # of the server processes
    statements: float = 0.0
    commits: float = 0.0


@dataclass
class Tally:
    """What the clients have seen so far."""

    seconds: list[float] = field(default_factory=list)
    statements: int = 0
    commits: int = 0
    failures: list[str] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def timing(self, clients: int, elapsed: float, cpu: float = 0.0) -> Timing:
        """One line of a table."""
        calls = len(self.seconds)
        return Timing(
            clients,
            calls,
            round(statistics.median(self.seconds) * 1000, 2),
            round(statistics.quantiles(self.seconds, n=20)[18] * 1000, 2),
            round(calls / elapsed, 1),
            round(cpu / calls * 1000, 2),
            round(self.statements / calls, 1),
            round(self.commits / calls, 1),
        )


class Caller:
    """One client's connections; every call goes to a process chosen at random, as a browser's would."""

    def __init__(self, running: Sequence[Server], token: str, tally: Tally) -> None:
        self._clients = [Client(server.port, token) for server in running]
        self._tally = tally

    def complete(self, task_id: str, body: bytes) -> Any:
        """Complete a user task; the decoded answer. Raises when it was not answered 200."""
        client = random.choice(self._clients)
        start = time.perf_counter()
        status, headers, answer = client.post(f"/api/user-tasks/{task_id}/complete", body)
        took = time.perf_counter() - start
        if status != OK:
            raise RuntimeError(f"{status} {answer}")
        with self._tally.guard:
            self._tally.seconds.append(took)
            self._tally.statements += int(headers[STATEMENTS])
            self._tally.commits += int(headers[COMMITS])
        return answer

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            client.close()


def bare(transaction: Callable[[int], None], calls: int) -> Timing:
    """The floor: one client, no HTTP, no engine."""
    tally = Tally()
    begin = time.perf_counter()
    for number in range(calls):
        start = time.perf_counter()
        transaction(number)
        tally.seconds.append(time.perf_counter() - start)
    return tally.timing(1, time.perf_counter() - begin)


def together(
    running: Sequence[Server], token: str, jobs: Sequence[Any], clients: int, work: Callable[[Caller, Any], None]
) -> tuple[Timing, float]:
    """Each job once, by whichever client is free: the calls' timing, and the seconds all jobs took."""
    waiting, tally = list(jobs), Tally()

    def client() -> None:
        caller = Caller(running, token, tally)
        try:
            while not tally.failures:
                with tally.guard:
                    if not waiting:
                        return
                    job = waiting.pop()
                work(caller, job)
        except Exception as error:
            tally.failures.append(str(error)[:500])
        finally:
            caller.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    cpu = sum(server.cpu_seconds() for server in running)
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begin
    if tally.failures:
        raise RuntimeError(f"not answered 200: {tally.failures[0]}")
    cpu = sum(server.cpu_seconds() for server in running) - cpu
    return tally.timing(clients, elapsed, cpu), elapsed


def body(data: dict[str, object]) -> bytes:
    """What completing a task sends."""
    return orjson.dumps({"data": data})
