"""The loop beside the API: due timers, and the jobs of engine.jobs. A thread on SQLite, processes on PostgreSQL."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from engine import heartbeats, idempotency, incidents, jobs, outbox, process_instances, signals, timers
from engine.recalculation import recalculate_if_changed
from engine.transaction import SYSTEM, Runtime, new_id

logger = logging.getLogger(__name__)
KEYS_KEPT = timedelta(days=7)  # how long a request may be repeated under its Idempotency-Key
FORGET_KEYS = "forget_idempotency_keys"


@dataclass(frozen=True)
class Pace:
    """Seconds between things."""

    idle: float = 1.0
    beat: float = 15.0
    dead: float = 60.0  # without a heartbeat: others take over its jobs
    jobs_after: float = 3.0  # launching DBOS takes most of a second; a server answers its first requests before


def run(runtime: Runtime, stop: threading.Event, *, embedded: bool, pace: Pace = Pace()) -> None:
    """Work until told to stop; any number may run on one database."""
    worker_id = new_id()
    runner: jobs.Runner | None = None
    started = next_beat = time.monotonic()
    recalculated = False
    while not stop.is_set():
        busy = False
        try:
            if time.monotonic() >= next_beat:
                heartbeats.beat(runtime, worker_id, embedded=embedded)
                next_beat = time.monotonic() + pace.beat
                if runner is not None:
                    runner.recover(heartbeats.alive(runtime, timedelta(seconds=pace.dead)))
            if runner is None and time.monotonic() >= started + pace.jobs_after:
                runner = run_jobs(runtime, worker_id)
                runner.recover(heartbeats.alive(runtime, timedelta(seconds=pace.dead)))
            if not recalculated:  # before the first timer fires by an outdated calendar
                recalculate_if_changed(runtime)
                recalculated = True
            busy = timers.fire_due(runtime) + incidents.retry_due(runtime) > 0
        except Exception:
            logger.exception("worker round failed")
        if not busy:
            stop.wait(pace.idle)
    if runner is not None:
        runner.stop()
    heartbeats.farewell(runtime, worker_id)


def run_jobs(runtime: Runtime, executor_id: str) -> jobs.Runner:
    """The engine's own jobs and schedules together with those of the domain."""
    own: dict[str, jobs.Job] = {
        outbox.JOB: outbox.deliver,
        process_instances.BROADCAST: signals.broadcast_thrown,
        outbox.FIND_FORGOTTEN: outbox.find_forgotten,
        FORGET_KEYS: _forget_old_keys,
    }
    hourly = {outbox.FIND_FORGOTTEN: "15 * * * *", FORGET_KEYS: "45 * * * *"}
    return jobs.Runner(runtime, executor_id, {**own, **runtime.jobs}, {**hourly, **runtime.schedules})


def _forget_old_keys(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        idempotency.forget(tx, tx.now - KEYS_KEPT)
