"""make bench: prints a table, writes bench/latest.json, and docs/benchmark.md when asked with --document."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import socket
import tempfile
import time
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import insert, select, update

from bench import measure
from bench.measure import Timing
from bench.server import serve
from engine import user_tasks
from engine.tables import audit_entry, worker_heartbeat
from engine.transaction import SYSTEM, Runtime
from hotline import tickets
from hotline.new_ticket import NewTicket
from minhu.application import build_runtime
from minhu.settings import PROJECT, Settings
from minhu.startup import migrate_database
from tests import postgres
from tests.answers import fill, schema_of
from tests.conftest import KINDS, empty_database_url
from tests.crash.office import open_office
from tests.crash.processes import free_port

CLIENTS = (1, 8)
LATEST = PROJECT / "bench" / "latest.json"
DOCUMENT = PROJECT / "docs" / "benchmark.md"
HEAD = ("database", "what", "clients", "median ms", "p95 ms", "per second", "SQL", "commits", "× bare")


@click.command()
@click.option("--calls", default=300, show_default=True, help="calls per measurement")
@click.option("--document", is_flag=True, help="also write docs/benchmark.md")
def main(calls: int, document: bool) -> None:
    """Complete-a-task through HTTP at 1 and 8 clients, SQLite and PostgreSQL, both durable."""
    os.environ[postgres.DURABLE] = "on"
    postgres.begin_run()
    rows: list[dict[str, Any]] = []
    try:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder, empty_database_url(kind, Path(folder)) as url:
                rows += _measure(kind, Settings(url, Path(folder), str(Path(folder) / "attachments"), PROJECT), calls)
    finally:
        postgres.end_run()
    table = _table(rows)
    click.echo(table)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    found = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, "rows": rows}
    LATEST.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if document:
        DOCUMENT.write_text(_document(found, table), encoding="utf-8")


def _measure(kind: str, settings: Settings, calls: int) -> list[dict[str, Any]]:
    migrate_database(settings)
    runtime = build_runtime(settings)
    token = open_office(runtime)["center_intake"]
    floor = measure.bare(lambda number: _bare_transaction(runtime, number), calls)
    rows = [_row(kind, "bare transaction", floor, floor)]
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port), daemon=True)
    server.start()
    try:
        _wait_for(port)
        measure.complete(port, token, _requests(runtime, 20), 1)  # compiled definitions, open connections
        for clients in CLIENTS:
            timing = measure.complete(port, token, _requests(runtime, calls), clients)
            rows.append(_row(kind, "complete a task", timing, floor))
    finally:
        server.kill()
        server.join()
        runtime.database.dispose()
    return rows


def _bare_transaction(runtime: Runtime, number: int) -> None:
    """One SELECT, one UPDATE, one INSERT, one commit."""
    with runtime.database.write() as connection:
        connection.execute(select(audit_entry.c.number).where(audit_entry.c.stream == "bench"))
        connection.execute(update(worker_heartbeat).values(embedded=False))
        connection.execute(
            insert(audit_entry).values(
                stream="bench", number=number, at=runtime.clock(), actor="bench", action="x", detail="{}", hash="0" * 64
            )
        )


def _requests(runtime: Runtime, count: int) -> list[tuple[str, bytes]]:
    """So many freshly entered tickets, each to be accepted."""
    numbers = []
    for _ in range(count):
        with runtime.write(SYSTEM) as tx:
            number = f"B{uuid.uuid4().hex[:16].upper()}"
            numbers.append(tickets.enter(tx, NewTicket(title="楼道堆物", content="影响通行", number=number)))
    with runtime.read(SYSTEM) as tx:
        found = [user_tasks.list_page(tx, actor_scope="all", business_key=number).items[0] for number in numbers]
    data = fill(schema_of(found[0].process_key, found[0].form_key or ""))
    return [(f"/api/user-tasks/{task.id}/complete", measure.body(data)) for task in found]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def _row(kind: str, what: str, timing: Timing, floor: Timing) -> dict[str, Any]:
    return {"database": kind, "what": what, **asdict(timing), "ratio": round(timing.median_ms / floor.median_ms, 1)}


def _table(rows: list[dict[str, Any]]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    for row in rows:
        cells = [row[name] for name in ("database", "what", "clients", "median_ms", "p95_ms", "per_second")]
        sql = [row["statements"], row["commits"]] if row["commits"] else ["", ""]
        lines.append("| " + " | ".join(str(cell) for cell in [*cells, *sql, row["ratio"]]) + " |")
    return "\n".join(lines)


def _document(found: dict[str, Any], table: str) -> str:
    return f"""# Benchmark

`make bench`, {found["at"][:10]}, {found["machine"]}; clients, server and database share them. Both databases are
durable (SQLite `synchronous=FULL`, PostgreSQL `fsync=on`). Trust the ratios, not the absolutes.

“Complete a task” is `POST /api/user-tasks/{{id}}/complete` of 受理审核 on the real process: authorization, form, engine
step, decision table, audit, the office's projection, commit. “Bare transaction” is one SELECT, UPDATE, INSERT and
commit without HTTP and engine. SQL and commits are per call, counted in the server.

{table}
"""


if __name__ == "__main__":
    main()
