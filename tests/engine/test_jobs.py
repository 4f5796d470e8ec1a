"""Jobs: there when the transaction commits, run once it has, tried again when they fail or their worker dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from engine import jobs, outbox, worker
from engine.outbox import Delivery, Undelivered
from engine.transaction import SYSTEM, Runtime

PATIENCE_SECONDS = 20


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(jobs, "retry_delay", lambda attempts: jobs.timedelta(milliseconds=10 * attempts))


@contextmanager
def running(
    runtime: Runtime, known: dict[str, jobs.Job], schedules: dict[str, str] | None = None, name: str = "me"
) -> Iterator[jobs.Runner]:
    runner = jobs.Runner(runtime, name, known, schedules or {})
    try:
        yield runner
    finally:
        runner.stop()


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def rows(runtime: Runtime, column: str) -> list[str]:
    schema = "" if runtime.database.is_sqlite else "dbos."
    with runtime.read(SYSTEM) as tx:
        query = text(f"SELECT {column} FROM {schema}workflow_status ORDER BY created_at")
        return list(tx.connection.execute(query).scalars())


def change(runtime: Runtime, values: str) -> None:
    schema = "" if runtime.database.is_sqlite else "dbos."
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(text(f"UPDATE {schema}workflow_status SET {values}"))


def statuses(runtime: Runtime) -> list[str]:
    return rows(runtime, "status")


def enqueue(runtime: Runtime, name: str, *arguments: object, key: str | None = None) -> None:
    with runtime.write(SYSTEM) as tx:
        jobs.enqueue(tx, name, *arguments, key=key)


def test_a_job_exists_with_its_transaction_and_costs_two_statements(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        jobs.enqueue(tx, "work", 1)
        tx.connection.rollback()
    assert statuses(runtime) == []
    statements: list[str] = []
    with runtime.write(SYSTEM) as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        jobs.enqueue(tx, "work", 1)
    assert len(statements) == 2
    assert statuses(runtime) == ["ENQUEUED"]


def test_jobs_run_with_their_arguments_and_one_key_is_one_job(runtime: Runtime) -> None:
    done: list[object] = []
    for _ in range(2):
        enqueue(runtime, "work", "甲", {"n": 1}, key="same")
    with running(runtime, {"work": lambda _runtime, *given: done.append(given)}):
        wait_for(lambda: statuses(runtime) == ["SUCCESS"])
    assert done == [("甲", {"n": 1})]


def test_what_is_stored_is_json_and_not_pickle(runtime: Runtime) -> None:
    enqueue(runtime, "work", "甲")
    schema = "" if runtime.database.is_sqlite else "dbos."
    with runtime.read(SYSTEM) as tx:
        stored = tx.connection.execute(text(f"SELECT inputs FROM {schema}workflow_input")).scalar_one()
    assert stored == '{"args":["work",["甲"],1],"kwargs":{}}'


def test_a_failing_job_is_tried_again_as_a_job_of_its_own(runtime: Runtime) -> None:
    attempts: list[int] = []

    def fails_twice(_runtime: Runtime) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("gateway away")

    enqueue(runtime, "work", key="root")
    with running(runtime, {"work": fails_twice}):
        wait_for(lambda: len(attempts) == 3 and statuses(runtime) == ["SUCCESS"] * 3)
    assert rows(runtime, "workflow_uuid") == ["root", "root/2", "root/3"]


def test_a_job_nobody_knows_yet_waits_for_a_worker_that_does(runtime: Runtime) -> None:
    done: list[int] = []
    enqueue(runtime, "later")
    with running(runtime, {}):
        wait_for(lambda: len(statuses(runtime)) >= 2)
    with running(runtime, {"later": lambda _runtime: done.append(1)}):
        wait_for(lambda: done == [1])


def test_the_jobs_of_a_dead_executor_are_taken_over_and_those_of_a_living_one_are_not(runtime: Runtime) -> None:
    done: list[int] = []
    enqueue(runtime, "work")
    change(runtime, "status = 'PENDING', executor_id = 'other', application_version = '1'")
    with running(runtime, {"work": lambda _runtime: done.append(1)}) as runner:
        assert runner.recover({"me", "other"}) == 0
        time.sleep(0.3)
        assert (done, statuses(runtime)) == ([], ["PENDING"])
        assert runner.recover({"me"}) == 1
        wait_for(lambda: statuses(runtime) == ["SUCCESS"])
    assert done == [1]


def test_a_worker_that_begins_takes_over_what_a_dead_one_left(runtime: Runtime) -> None:
    done, stop = threading.Event(), threading.Event()
    runtime.jobs["work"] = lambda _runtime: done.set()
    enqueue(runtime, "work")
    change(runtime, "status = 'PENDING', executor_id = 'other', application_version = '1'")
    pace = worker.Pace(idle=0.02, beat=1_000, jobs_after=0)  # it looks again only long after
    thread = threading.Thread(target=worker.run, args=(runtime, stop), kwargs={"embedded": True, "pace": pace})
    thread.start()
    try:
        assert done.wait(PATIENCE_SECONDS)
    finally:
        stop.set()
        thread.join()
    assert rows(runtime, "status")[0] == "SUCCESS"


def test_stopping_lets_the_running_job_end(runtime: Runtime) -> None:
    started, done = threading.Event(), []

    def slow(_runtime: Runtime) -> None:
        started.set()
        time.sleep(0.5)
        done.append(1)

    enqueue(runtime, "work")
    with running(runtime, {"work": slow}):
        assert started.wait(PATIENCE_SECONDS)
    assert (done, statuses(runtime)) == ([1], ["SUCCESS"])


def test_schedules_are_those_of_the_code_and_run_their_job(runtime: Runtime) -> None:
    from dbos import DBOS

    done: list[int] = []
    with running(runtime, {}, {"old": "0 0 1 1 *"}):
        assert {each["schedule_name"] for each in DBOS.list_schedules()} == {"old", jobs.FORGET_FINISHED}
    with running(runtime, {"new": lambda _runtime: done.append(1)}, {"new": "0 0 1 1 *"}):
        assert {each["schedule_name"] for each in DBOS.list_schedules()} == {"new", jobs.FORGET_FINISHED}
        DBOS.trigger_schedule("new")
        wait_for(lambda: done == [1])


def test_finished_jobs_are_forgotten_after_a_week(runtime: Runtime) -> None:
    from dbos import DBOS

    enqueue(runtime, "work", key="old")
    with running(runtime, {"work": lambda _runtime: None}):
        wait_for(lambda: statuses(runtime) == ["SUCCESS"])
        week = 8 * 24 * 3600 * 1000
        change(runtime, f"completed_at = completed_at - {week}, created_at = created_at - {week}")
        enqueue(runtime, "work", key="new")
        wait_for(lambda: statuses(runtime) == ["SUCCESS"] * 2)
        DBOS.trigger_schedule(jobs.FORGET_FINISHED)
        wait_for(lambda: "old" not in rows(runtime, "workflow_uuid"))
    assert "new" in rows(runtime, "workflow_uuid")


def test_the_engines_own_jobs_deliver_what_a_transaction_put_out(runtime: Runtime) -> None:
    received: list[Delivery] = []
    runtime.adapters = {"sms": received.append}
    with runtime.write(SYSTEM) as tx:
        ids = outbox.put(tx, "sms", "PT1", [{"n": 1}, {"n": 2}])
    runner = worker.run_jobs(runtime, "me")
    try:
        wait_for(lambda: statuses(runtime) == ["SUCCESS"])
    finally:
        runner.stop()
    assert sorted((each.id, each.payload["n"]) for each in received) == sorted(zip(ids, (1, 2), strict=True))


def test_a_failed_delivery_says_why_and_what_arrived_is_not_sent_again(runtime: Runtime) -> None:
    received: list[str] = []
    down = {"b"}

    def gateway(delivery: Delivery) -> None:
        if delivery.payload["to"] in down:
            raise OSError("connection refused")
        received.append(delivery.payload["to"])

    runtime.adapters = {"sms": gateway}
    with runtime.write(SYSTEM) as tx:
        ids = outbox.put(tx, "sms", "PT1", [{"to": "a"}, {"to": "b"}])
    with pytest.raises(Undelivered):
        outbox.deliver(runtime, ids)
    with runtime.read(SYSTEM) as tx:
        query = text("SELECT last_error, attempts FROM outbox WHERE delivered_at IS NULL")
        assert tx.connection.execute(query).all() == [("OSError: connection refused", 1)]
    down.clear()
    outbox.deliver(runtime, ids)
    assert received == ["a", "b"]


def test_a_topic_without_adapter_is_not_swallowed(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        ids = outbox.put(tx, "sms", "PT1", [{}])
    with pytest.raises(Undelivered, match="sms"):
        outbox.deliver(runtime, ids)


def test_deliveries_whose_job_is_gone_get_a_new_one(runtime: Runtime) -> None:
    with runtime.write(SYSTEM) as tx:
        outbox.put(tx, "sms", "PT1", [{}])
    outbox.find_forgotten(runtime)
    assert len(statuses(runtime)) == 1  # its own job may still come
    runtime.clock.advance(hours=3)  # type: ignore[attr-defined]
    outbox.find_forgotten(runtime)
    outbox.find_forgotten(runtime)
    assert len(statuses(runtime)) == 2
