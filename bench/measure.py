"""Times calls from several clients at once; a client is a thread with one connection."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.server import COMMITS, STATEMENTS


@dataclass(frozen=True)
class Timing:
    """Milliseconds, and what each call did to the database on average."""

    clients: int
    calls: int
    median_ms: float
    p95_ms: float
    per_second: float
    statements: float = 0.0
    commits: float = 0.0


def summarize(clients: int, seconds: list[float], elapsed: float, statements: int = 0, commits: int = 0) -> Timing:
    """One line of the table."""
    calls = len(seconds)
    return Timing(
        clients,
        calls,
        round(statistics.median(seconds) * 1000, 2),
        round(statistics.quantiles(seconds, n=20)[18] * 1000, 2),
        round(calls / elapsed, 1),
        round(statements / calls, 1),
        round(commits / calls, 1),
    )


def bare(transaction: Callable[[int], None], calls: int) -> Timing:
    """The floor: one client, no HTTP, no engine."""
    seconds = []
    begin = time.perf_counter()
    for number in range(calls):
        start = time.perf_counter()
        transaction(number)
        seconds.append(time.perf_counter() - start)
    return summarize(1, seconds, time.perf_counter() - begin)


def complete(port: int, token: str, requests: Iterable[tuple[str, bytes]], clients: int) -> Timing:
    """POST each (path, body) once; raises when any is not answered 200."""
    waiting = list(requests)
    guard = threading.Lock()
    seconds: list[float] = []
    counts: list[tuple[int, int]] = []
    failures: list[str] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        while not failures:
            with guard:
                if not waiting:
                    break
                path, body = waiting.pop()
            start = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            took = time.perf_counter() - start
            with guard:
                if answer.status != http.client.OK:
                    failures.append(f"{answer.status} {text[:500]!r}")
                seconds.append(took)
                counts.append((int(answer.headers[STATEMENTS]), int(answer.headers[COMMITS])))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begin
    if failures:
        raise RuntimeError(f"not answered 200: {failures[0]}")
    statements, commits = (sum(each) for each in zip(*counts, strict=True))
    return summarize(clients, seconds, elapsed, statements, commits)


def body(data: dict[str, object]) -> bytes:
    """What completing a task sends."""
    return json.dumps({"data": data}).encode()
