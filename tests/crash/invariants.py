"""What must hold in the database at any moment, read in one snapshot while work goes on."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from engine import audit, process_definitions
from engine.diagram_functions import StepFunctions
from engine.process_instance_rows import ACTIVE, SUSPENDED
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.tables import audit_entry, incident, message, outbox, process_instance, user_task
from engine.transaction import SYSTEM, Runtime, Transaction
from hotline.tables import notice, ticket
from tests.crash.record import Promises

Entry = dict[str, Any]


class Broken(AssertionError):
    """An invariant does not hold."""


class Eyes:
    """Looks again and again; chains and states that did not move since the last look are not read again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._chains: dict[str, list[Entry]] = {}
        self._states: dict[str, int] = {}  # instance → version whose state was compared with its rows

    def forget(self) -> None:
        """The next look reads everything."""
        self._chains.clear()
        self._states.clear()

    def look(self, promised: Promises) -> dict[str, int]:
        """Raises Broken; returns how much there is. What was promised before must be there."""
        with self._runtime.database.read() as connection:
            if not self._runtime.database.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            tx = Transaction(connection, self._runtime.clock(), SYSTEM, self._runtime)
            self._read_chains(connection)
            done = self._completions_are_audited_once(connection, promised)
            _tickets_and_instances_belong_together(connection, promised)
            steps = self._every_step_left_its_entry_and_its_notices(tx)
            self._rows_are_what_the_state_says(tx)
            self._messages_are_taken_once(connection, promised)
            delivered = _deliveries_are_what_the_gateway_saw(connection, promised)
            if failures := connection.execute(select(incident.c.message)).scalars().all():
                raise Broken(f"incidents: {failures}")
        actions = Counter(entry["action"] for chain in self._chains.values() for entry in chain)
        return {
            "tickets": len(self._chains),
            "steps": steps,
            "completions": done,
            "timers": actions["timer.fired"],
            "messages": actions["message.correlated"],
            "suspensions": actions["instance.suspended"],
            "delivered": delivered,
        }

    def _read_chains(self, connection: Connection) -> None:
        """Every ticket's chain that grew, verified."""
        lengths = connection.execute(
            select(audit_entry.c.stream, func.max(audit_entry.c.number))
            .where(audit_entry.c.stream.like("instance/%"))
            .group_by(audit_entry.c.stream)
        ).all()
        for stream, length in lengths:
            if len(self._chains.get(stream, ())) == length:
                continue
            rows = connection.execute(
                select(audit_entry.c.action, audit_entry.c.detail)
                .where(audit_entry.c.stream == stream)
                .order_by(audit_entry.c.number)
            )
            self._chains[stream] = [{"action": row.action, **orjson.loads(row.detail)} for row in rows]
            if audit.verify(connection, stream) != length or len(self._chains[stream]) != length:
                raise Broken(f"{stream}: the chain is shorter than its entries")

    def _completions_are_audited_once(self, connection: Connection, promised: Promises) -> int:
        audited = Counter(entry["user_task"] for entry in self._of("user_task.completed"))
        doubled = [task for task, times in audited.items() if times > 1]
        lost = set(promised.completed) - audited.keys()
        rows = set(connection.execute(select(user_task.c.id).where(user_task.c.state == "completed")).scalars())
        if doubled or lost or rows != audited.keys():
            raise Broken(f"doubled {doubled}, lost {lost}, rows and audit differ in {rows ^ audited.keys()}")
        return len(audited)

    def _of(self, action: str) -> list[Entry]:
        return [entry for chain in self._chains.values() for entry in chain if entry["action"] == action]

    def _every_step_left_its_entry_and_its_notices(self, tx: Transaction) -> int:
        sent = Counter(tx.connection.execute(select(notice.c.ticket_number)).scalars())
        pushed = Counter(tx.connection.execute(select(outbox.c.business_key)).scalars())
        total = 0
        versions = select(process_instance.c.business_key, func.sum(process_instance.c.version).label("version"))
        for row in tx.connection.execute(versions.group_by(process_instance.c.business_key)):
            steps = [entry for entry in self._chains[audit.instance_stream(row.business_key)] if "entered" in entry]
            if len(steps) != row.version:
                raise Broken(f"{row.business_key}: version {row.version}, but {len(steps)} steps in the audit")
            due = sum(len(each["groups"]) for step in steps for each in step["notices"])
            out = due if tx.runtime.adapters else 0
            if (sent[row.business_key], pushed[row.business_key]) != (due, out):
                raise Broken(f"{row.business_key}: {due} notices audited, {sent[row.business_key]} sent, "
                             f"{pushed[row.business_key]} put out")  # fmt: skip
            total += len(steps)
        return total

    def _rows_are_what_the_state_says(self, tx: Transaction) -> None:
        rows: dict[str, set[str]] = defaultdict(set)
        open_tasks = select(user_task.c.instance_id, user_task.c.id).where(user_task.c.state == "created")
        for row in tx.connection.execute(open_tasks):
            rows[row.instance_id].add(row.id)
        for row in tx.connection.execute(select(process_instance.c.id, process_instance.c.version)).all():
            if self._states.get(row.id) != row.version:
                _compare(tx, row.id, rows[row.id])
                self._states[row.id] = row.version

    def _messages_are_taken_once(self, connection: Connection, promised: Promises) -> None:
        kept = set(connection.execute(select(message.c.id)).scalars())
        if lost := set(promised.messages) - kept:
            raise Broken(f"lost messages: {lost}")
        taken = Counter(entry["message_id"] for entry in self._of("message.correlated"))
        marked = set(connection.execute(select(message.c.id).where(message.c.correlated_at.is_not(None))).scalars())
        if any(times > 1 for times in taken.values()) or not taken.keys() <= marked:
            raise Broken(f"messages taken twice or not marked: {taken}, {marked}")


def _compare(tx: Transaction, instance_id: str, rows: set[str]) -> None:
    row = tx.connection.execute(select(process_instance).where(process_instance.c.id == instance_id)).one()
    waiting: set[str] = set()
    if row.state in (ACTIVE, SUSPENDED):
        functions = StepFunctions(tx)
        engine = ScriptEngine(tx.now, functions.callables, functions.effects)
        compiled = process_definitions.compiled(tx, row.definition_id)
        waiting = {task.id for task in Execution.restore(compiled, bytes(row.blob), engine).open_tasks()}
    if waiting != rows:
        raise Broken(f"{row.business_key} ({row.state}): state waits for {waiting}, rows say {rows}")


def _tickets_and_instances_belong_together(connection: Connection, promised: Promises) -> None:
    tickets = set(connection.execute(select(ticket.c.number)).scalars())
    instances = set(connection.execute(select(process_instance.c.business_key)).scalars())
    if tickets != instances:
        raise Broken(f"half-done tickets: {tickets ^ instances}")
    if lost := set(promised.created) - tickets:
        raise Broken(f"lost tickets: {lost}")
    if len(promised.created) != len(set(promised.created)):
        raise Broken("one request made two tickets")


def _deliveries_are_what_the_gateway_saw(connection: Connection, promised: Promises) -> int:
    """At least once: nothing counts as delivered that did not arrive, nothing arrived that was not committed."""
    rows = connection.execute(select(outbox.c.id, outbox.c.delivered_at)).all()
    if phantom := set(promised.taken) - {row.id for row in rows}:
        raise Broken(f"arrived, but never committed: {phantom}")
    delivered = {row.id for row in rows if row.delivered_at is not None}
    if lost := delivered - promised.taken_later().keys():
        raise Broken(f"marked as delivered, but never arrived: {lost}")
    return len(delivered)
