"""What must hold in the database at any moment, read in one snapshot while work goes on."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import orjson
from sqlalchemy import select

from engine import audit, process_definitions
from engine.diagram_functions import StepFunctions
from engine.process_instance_rows import ACTIVE
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.tables import audit_entry, incident, process_instance, user_task
from engine.transaction import SYSTEM, Runtime, Transaction
from hotline.tables import notice, ticket


class Broken(AssertionError):
    """An invariant does not hold."""


def check(runtime: Runtime, completed: list[str], created: list[str]) -> dict[str, int]:
    """Raises Broken; returns how much was looked at. `completed` and `created` were promised to somebody before."""
    with runtime.database.engine.connect() as connection:
        if not runtime.database.is_sqlite:
            connection.execution_options(isolation_level="REPEATABLE READ")
        tx = Transaction(connection, runtime.clock(), SYSTEM, runtime)
        entries = _entries(tx)
        done = _completions_are_audited_once(tx, entries, completed)
        _tickets_and_instances_belong_together(tx, created)
        steps = _every_step_left_its_entry_and_its_notices(tx, entries)
        _rows_are_what_the_state_says(tx)
        if tx.connection.execute(select(incident.c.message)).first():
            raise Broken(f"an incident: {tx.connection.execute(select(incident.c.message)).scalars().all()}")
    return {"tickets": len(entries), "steps": steps, "completions": done, "timers": _timers(entries)}


Entries = dict[str, list[dict[str, Any]]]


def _entries(tx: Transaction) -> Entries:
    """Every ticket's chain, verified."""
    found: Entries = defaultdict(list)
    rows = tx.connection.execute(
        select(audit_entry.c.stream, audit_entry.c.number, audit_entry.c.action, audit_entry.c.detail)
        .where(audit_entry.c.stream.like("instance/%"))
        .order_by(audit_entry.c.stream, audit_entry.c.number)
    )
    for row in rows:
        found[row.stream].append({"action": row.action, **orjson.loads(row.detail)})
    for stream, chain in found.items():
        if audit.verify(tx.connection, stream) != len(chain):
            raise Broken(f"{stream}: the chain is shorter than its entries")
    return found


def _completions_are_audited_once(tx: Transaction, entries: Entries, promised: list[str]) -> int:
    audited = Counter(
        entry["user_task"] for chain in entries.values() for entry in chain if entry["action"] == "user_task.completed"
    )
    doubled = [task for task, times in audited.items() if times > 1]
    lost = set(promised) - audited.keys()
    rows = set(tx.connection.execute(select(user_task.c.id).where(user_task.c.state == "completed")).scalars())
    if doubled or lost or rows != audited.keys():
        raise Broken(f"doubled {doubled}, lost {lost}, rows and audit differ in {rows ^ audited.keys()}")
    return len(audited)


def _tickets_and_instances_belong_together(tx: Transaction, created: list[str]) -> None:
    tickets = set(tx.connection.execute(select(ticket.c.number)).scalars())
    instances = set(tx.connection.execute(select(process_instance.c.business_key)).scalars())
    if tickets != instances:
        raise Broken(f"half-done tickets: {tickets ^ instances}")
    if lost := set(created) - tickets:
        raise Broken(f"lost tickets: {lost}")
    if len(created) != len(set(created)):
        raise Broken("one request made two tickets")


def _every_step_left_its_entry_and_its_notices(tx: Transaction, entries: Entries) -> int:
    sent = Counter(tx.connection.execute(select(notice.c.ticket_number)).scalars())
    total = 0
    for row in tx.connection.execute(select(process_instance.c.business_key, process_instance.c.version)):
        chain = entries[audit.instance_stream(row.business_key)]
        steps = [entry for entry in chain if "entered" in entry]
        if len(steps) != row.version:
            raise Broken(f"{row.business_key}: version {row.version}, but {len(steps)} steps in the audit")
        due = sum(len(each["groups"]) for step in steps for each in step["notices"])
        if sent[row.business_key] != due:
            raise Broken(f"{row.business_key}: {due} notices audited, {sent[row.business_key]} sent")
        total += len(steps)
    return total


def _rows_are_what_the_state_says(tx: Transaction) -> None:
    rows: dict[str, set[str]] = defaultdict(set)
    for row in tx.connection.execute(
        select(user_task.c.instance_id, user_task.c.id).where(user_task.c.state == "created")
    ):
        rows[row.instance_id].add(row.id)
    for row in tx.connection.execute(select(process_instance)):
        waiting: set[str] = set()
        if row.state == ACTIVE:
            functions = StepFunctions(tx)
            engine = ScriptEngine(tx.now, functions.callables, functions.effects)
            compiled = process_definitions.compiled(tx, row.definition_id)
            waiting = {task.id for task in Execution.restore(compiled, bytes(row.blob), engine).open_tasks()}
        if waiting != rows[row.id]:
            raise Broken(f"{row.business_key} ({row.state}): state waits for {waiting}, rows say {rows[row.id]}")


def _timers(entries: Entries) -> int:
    return sum(entry["action"] == "timer.fired" for chain in entries.values() for entry in chain)
