"""make bench: prints tables, writes bench/latest.json, and with --document the figures in docs/benchmark.md."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import uuid
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import insert, select, update

from bench import engine_only, measure, report
from bench.measure import Caller, Timing
from bench.model import GROUP, KEY, instance_model
from bench.server import servers
from engine import process_definitions, process_instances, user_tasks
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

CLIENTS = (1, 8, 32)
LATEST = PROJECT / "bench" / "latest.json"
PROCESSES = {"sqlite": (1,), "postgresql": (1, 2)}


@click.command()
@click.option("--calls", default=300, show_default=True, help="calls per measurement")
@click.option("--instances", default=200, show_default=True, help="instances of the model per measurement")
@click.option("--document", is_flag=True, help="also renew the figures in docs/benchmark.md")
def main(calls: int, instances: int, document: bool) -> None:
    """Everything in one run: through HTTP at 1, 8 and 32 clients on both databases, and the engine alone."""
    os.environ[postgres.DURABLE] = "on"
    load_before = os.getloadavg()[0]
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "in_memory_ms": round(engine_only.step_ms(saved=False), 3),
        "saved_and_restored_ms": round(engine_only.step_ms(saved=True), 3),
        "gate_seconds": round(engine_only.gate_seconds(), 2),
        "memory_kb": round(engine_only.memory_kb(), 1),
        "history": engine_only.history(),
        "rounds": engine_only.rounds(),
        "completions": [],
        "instances": [],
    }
    postgres.begin_run()
    try:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder, empty_database_url(kind, Path(folder)) as url:
                settings = Settings(url, Path(folder), str(Path(folder) / "attachments"), PROJECT)
                _measure(kind, settings, calls, instances, found)
    finally:
        postgres.end_run()
    found["load"] = [round(load_before, 1), round(os.getloadavg()[0], 1)]
    click.echo(report.tables(found))
    LATEST.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if document:
        report.renew(PROJECT / "docs" / "benchmark.md", found)


def _measure(kind: str, settings: Settings, calls: int, instances: int, found: dict[str, Any]) -> None:
    migrate_database(settings)
    runtime = build_runtime(settings)
    token = open_office(runtime)[GROUP]
    with runtime.write(SYSTEM) as tx:
        process_definitions.deploy(tx, instance_model(), "bench")
    floor = measure.bare(lambda number: _bare_transaction(runtime, number), calls)
    found["completions"].append(_row(kind, "bare transaction", 0, floor, floor, found))
    try:
        for number in PROCESSES[kind]:
            with servers(settings, number) as running:

                def accept(caller: Caller, job: tuple[str, bytes]) -> None:
                    caller.complete(*job)

                def live(caller: Caller, _job: int) -> None:
                    _live(runtime, caller)

                measure.together(running, token, _requests(runtime, 20), 1, accept)  # compiled, connected
                measure.together(running, token, range(10), 1, live)
                for clients in CLIENTS:
                    timing, _ = measure.together(running, token, _requests(runtime, calls), clients, accept)
                    found["completions"].append(_row(kind, "complete a task", number, timing, floor, found))
                for clients in (1, 8):
                    timing, elapsed = measure.together(running, token, range(instances), clients, live)
                    row = _row(kind, "a task of the model", number, timing, floor, found)
                    row |= {"instances_per_second": round(instances / elapsed, 1)}
                    row |= {"server_mb": round(sum(each.resident_mb() for each in running))}
                    found["instances"].append(row)
    finally:
        runtime.database.dispose()


def _live(runtime: Runtime, caller: Caller) -> None:
    """One instance from start to end, its four tasks through HTTP one after the other."""
    with runtime.write(SYSTEM) as tx:
        instance = process_instances.start(tx, KEY, uuid.uuid4().hex, {})
        waiting = user_tasks.list_page(tx, actor_scope="all", business_key=instance.business_key).items[0].id
    answer = caller.complete(waiting, measure.body({"go": True}))
    answer = caller.complete(answer["opened"][0]["id"], measure.body({}))
    for opened in answer["opened"]:
        last = caller.complete(opened["id"], measure.body({"note": "x"}))
    if not last["ended"]:
        raise RuntimeError("the instance did not end")


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
    return [(task.id, measure.body(data)) for task in found]


def _row(kind: str, what: str, processes: int, timing: Timing, floor: Timing, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "database": kind,
        "what": what,
        "processes": processes,
        **asdict(timing),
        "per_bare": round(timing.median_ms / floor.median_ms, 1),
        "per_step": round(timing.median_ms / found["in_memory_ms"], 1),
    }


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
