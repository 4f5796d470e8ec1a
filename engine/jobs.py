"""Work that outlives a request: enqueued in the caller's transaction, run by a worker, retried until it succeeds.

The only module that knows DBOS. Its tables stand in the schema `dbos` on PostgreSQL, in the same file on SQLite.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from engine.database import Database
from engine.transaction import SYSTEM, Runtime, Transaction, new_id

if TYPE_CHECKING:  # imported where it is used: half a second that most commands do not need
    from dbos import DBOSClient
    from dbos._serialization import Serializer

logger = logging.getLogger(__name__)

APPLICATION = "minhu"
VERSION = "1"  # of what `run` takes; jobs of another version are left alone, so it never follows a release
QUEUE = "jobs"
WORKFLOW = "run"
TABLES = frozenset(  # DBOS's own, on SQLite beside ours: no migration of ours touches them
    {
        "application_versions",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(hours=1)
POLL_SECONDS = 1.0
CLAIMED_AT_ONCE = 50  # by one process in one poll
RUNNING_AT_ONCE = 4
GRACE_SECONDS = 10
FINISHED_KEPT = timedelta(days=7)
FORGET_FINISHED = "forget_finished_jobs"
NIGHTLY = "30 3 * * *"  # Shanghai time


class TryAgain(Exception):
    """A job's way to say that it was not possible this time; nobody needs a stack trace."""


Job = Callable[..., None]  # (runtime, *arguments); may run again after a crash
_clients: WeakKeyDictionary[Database, DBOSClient] = WeakKeyDictionary()
_only_one = threading.Lock()  # DBOS keeps its state in the module


def enqueue(
    tx: Transaction, name: str, *arguments: Any, key: str | None = None, delay: timedelta = timedelta(0)
) -> None:
    """Have a worker run the job `name`; it exists when the caller's transaction commits, and not before.

    Arguments are JSON values. Of several jobs with one key only the first exists. Two SQL statements.
    """
    _put(tx, key or new_id(), name, list(arguments), 1, delay)


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after so many failures: 2 s, 4 s … 1 h."""
    return min(FIRST_RETRY * (1 << min(attempts - 1, 20)), LONGEST_RETRY)


def _put(tx: Transaction, key: str, name: str, arguments: list[Any], attempt: int, delay: timedelta) -> None:
    options: dict[str, Any] = {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": key}
    if delay:
        options["delay_seconds"] = delay.total_seconds()
    _client(tx.runtime.database).enqueue_in_transaction(
        tx.connection,
        options,  # type: ignore[arg-type]
        name,
        arguments,
        attempt,
    )


def migrate(database: Database) -> None:
    """Create or update DBOS's tables; many processes may do so at once."""
    from dbos._sys_db import SystemDatabase

    engine = database.another_engine()
    try:
        system = SystemDatabase.create(
            system_database_url=database.url,
            engine_kwargs={},
            engine=engine,
            schema="dbos",
            serializer=_json_serializer(),
            executor_id=None,
            use_listen_notify=False,
        )
        system.run_migrations()
    finally:
        engine.dispose()


class Runner:
    """DBOS at work in this process; one per process. Start it after the first heartbeat of `executor_id`."""

    def __init__(
        self, runtime: Runtime, executor_id: str, jobs: Mapping[str, Job], schedules: Mapping[str, str]
    ) -> None:
        if not _only_one.acquire(blocking=False):
            raise RuntimeError("jobs run in this process already")
        self._runtime = runtime
        self._executor_id = executor_id
        self._jobs = {**jobs, FORGET_FINISHED: self._forget_finished}
        self._room = threading.Semaphore(RUNNING_AT_ONCE)
        self._busy: set[int] = set()
        self._stopping = False
        self._engine = runtime.database.another_engine()
        try:
            self._launch({**schedules, FORGET_FINISHED: NIGHTLY})
        except BaseException:
            self.stop()
            raise

    def _launch(self, schedules: Mapping[str, str]) -> None:
        from dbos import DBOS

        _say_warnings_only()
        DBOS(
            config={
                "name": APPLICATION,
                "application_version": VERSION,
                "executor_id": self._executor_id,
                "system_database_url": self._runtime.database.url,
                "system_database_engine": self._engine,
                "serializer": _json_serializer(),
                "use_listen_notify": False,
                "run_migrations": False,
                "log_level": "WARNING",
                "notification_listener_polling_interval_sec": 0.1,  # asks nothing; it only has to notice the end
            }
        )

        @DBOS.workflow(name=WORKFLOW)
        def run(name: str, arguments: list[Any], attempt: int) -> None:
            self._attempt(DBOS.workflow_id or "", name, arguments, attempt)

        @DBOS.workflow(name="run_scheduled")
        def run_scheduled(_at: datetime, name: str) -> None:
            self._run(name, [])  # not retried: its next time comes

        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=CLAIMED_AT_ONCE, polling_interval_sec=POLL_SECONDS)
        for known in DBOS.list_schedules():
            if known["schedule_name"] not in schedules:
                DBOS.delete_schedule(known["schedule_name"])
        DBOS.apply_schedules(
            [
                {
                    "schedule_name": name,
                    "workflow_fn": run_scheduled,
                    "schedule": cron,
                    "context": name,
                    "cron_timezone": "Asia/Shanghai",
                    "queue_name": QUEUE,
                }
                for name, cron in schedules.items()
            ]
        )

    def _attempt(self, key: str, name: str, arguments: list[Any], attempt: int) -> None:
        try:
            self._run(name, arguments)
        except Exception as error:
            trace = None if isinstance(error, TryAgain) else error
            logger.warning("job %s (%s) failed, attempt %d: %s", name, key, attempt, error, exc_info=trace)
            self._retry(key, name, arguments, attempt + 1)

    def _run(self, name: str, arguments: list[Any]) -> None:
        with self._room:
            if self._stopping:
                raise SystemExit  # stays pending; another worker takes it over
            self._busy.add(threading.get_ident())
            try:
                self._jobs[name](self._runtime, *arguments)
            finally:
                self._busy.discard(threading.get_ident())

    def _retry(self, key: str, name: str, arguments: list[Any], attempt: int) -> None:
        """A job of its own, so that nobody sleeps; the key makes it one even if we are killed and come here twice."""
        again = f"{key.partition('/')[0]}/{attempt}"
        while True:
            try:
                with self._runtime.write(SYSTEM) as tx:
                    _put(tx, again, name, arguments, attempt, retry_delay(attempt - 1))
                return
            except Exception:
                if self._stopping:
                    raise
                logger.exception("job %s cannot be put off", key)
                time.sleep(FIRST_RETRY.total_seconds())

    def recover(self, alive: Collection[str]) -> int:
        """Take over what executors without a heartbeat left unfinished; returns how many were dead."""
        from dbos import DBOS

        pending = DBOS.list_workflows(
            status="PENDING", application_name=APPLICATION, load_input=False, load_output=False
        )
        dead = {each.executor_id for each in pending if each.executor_id} - set(alive)
        if dead:
            # unlike resume_workflow it changes nothing when somebody else was faster
            DBOS._recover_pending_workflows(sorted(dead))
        return len(dead)

    def _forget_finished(self, _runtime: Runtime) -> None:
        """DBOS keeps every job for ever; a week is enough to look into what went wrong."""
        client = _new_client(self._engine)
        before = (datetime.now(UTC) - FINISHED_KEPT).isoformat()
        while finished := client.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before,
            limit=1000,
            load_input=False,
            load_output=False,
        ):
            client.delete_workflows([each.workflow_id for each in finished])

    def stop(self) -> None:
        """Claim nothing more, let running jobs end, close."""
        from dbos import DBOS

        self._stopping = True
        # a thread of DBOS may hold a connection longer than the pool lives: it is closed when it comes back
        event.listen(self._engine, "checkin", _close)
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=GRACE_SECONDS if self._busy else 0)
        self._engine.dispose()
        _only_one.release()


def _close(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.invalidate()


def _client(database: Database) -> DBOSClient:
    if database not in _clients:
        _clients[database] = _new_client(database.engine)
    return _clients[database]


def _new_client(engine: Any) -> DBOSClient:
    from dbos import DBOSClient

    return DBOSClient(
        system_database_engine=engine, serializer=_json_serializer(), application_name=APPLICATION, lazy=True
    )


def _json_serializer() -> Serializer:
    """DBOS's default is pickle, which turns a write to the database into the execution of code."""
    from dbos import Serializer as Base

    class Json(Base):
        def serialize(self, data: Any) -> str:
            return orjson.dumps(data, default=str).decode()

        def deserialize(cls, serialized_data: str) -> Any:
            return orjson.loads(serialized_data)

        def name(self) -> str:
            return "json"

    return Json()


def _say_warnings_only() -> None:
    """Without a handler DBOS installs its own and stops propagating to ours."""
    found = logging.getLogger("dbos")
    if not found.handlers:
        found.addHandler(logging.NullHandler())
