"""Two people at once: one wins, the other is told, the instance stays healthy."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, insert, select, update

from engine import audit, cancellation, incidents, process_definitions, process_instances, revision, timers, user_tasks
from engine.database import Database
from engine.errors import Conflict, Forbidden, InvalidInput
from engine.tables import audit_entry, process_instance, setting
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, BEN, EVE, World, form
from tests.engine.diagrams import document, end, files, flow, flows, parallel, start, timer_boundary, user_task
from tests.engine.test_execution import overdue

TWO = files(
    ("p", document("p", start(), user_task("a"), user_task("b"), end(), flows("start", "a", "b", "end"))),
    forms={"p/a": form(x="integer"), "p/b": form()},
)
FORK = files(
    (
        "p",
        document(
            "p",
            start(),
            parallel("fork"),
            user_task("a"),
            user_task("b"),
            parallel("join"),
            user_task("c"),
            end(),
            flow("start", "fork"),
            flows("fork", "a", "join"),
            flows("fork", "b", "join"),
            flows("join", "c", "end"),
        ),
    ),
    forms={"p/a": form(x="integer"), "p/b": form(y="integer"), "p/c": form()},
)


def at_once(count: int, work) -> list[object]:
    """Run `work(i)` in threads that start together; results or exceptions."""
    results: list[object] = [None] * count
    barrier = threading.Barrier(count)

    def run(i: int) -> None:
        barrier.wait()
        try:
            results[i] = work(i)
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_submissions_at_once_exactly_one_wins(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    task = world.task("a")

    def submit(i: int) -> object:
        with world.runtime.write(ANN if i % 2 else BEN) as tx:
            return user_tasks.complete(tx, task.id, {"x": i})

    results = at_once(6, submit)
    winners = [r for r in results if not isinstance(r, Exception)]
    assert len(winners) == 1
    assert all(isinstance(r, Conflict) for r in results if isinstance(r, Exception))
    assert world.names() == ["b"]
    with world.runtime.read(ANN) as tx:
        assert audit.verify(tx.connection, audit.instance_stream("b1")) == 2


def test_a_timer_and_a_completion_at_once_leave_a_healthy_instance(world: World, clock: FakeClock) -> None:
    world.deploy(overdue(interrupting=True))
    world.start("p")
    task = world.task("a")
    clock.advance(days=4)

    def race(i: int) -> object:
        if i == 0:
            return timers.fire_due(world.runtime)
        with world.runtime.write(ANN) as tx:
            return user_tasks.complete(tx, task.id, {})

    results = at_once(2, race)
    timers.fire_due(world.runtime)
    assert isinstance(results[1], Conflict)
    assert world.names() == ["urge"]


def test_parallel_branches_completed_at_once_both_count_and_join_once(world: World) -> None:
    world.deploy(FORK)
    world.start("p")
    tasks = [world.task(name) for name in "ab"]

    def submit(i: int) -> object:
        with world.runtime.write((ANN, BEN)[i]) as tx:
            return user_tasks.complete(tx, tasks[i].id, {"xy"[i]: i + 1})

    assert not [result for result in at_once(2, submit) if isinstance(result, Exception)]
    assert world.names() == ["c"]
    assert {"x": 1, "y": 2}.items() <= world.variables().items()
    with world.runtime.read(ANN) as tx:
        assert audit.verify(tx.connection, audit.instance_stream("b1")) == 3


def test_workers_share_due_timers_without_firing_one_twice(world: World, clock: FakeClock) -> None:
    world.deploy(overdue(interrupting=False))
    for i in range(8):
        world.start("p", f"b{i}")
    clock.advance(days=4)
    fired = at_once(3, lambda _i: timers.fire_due(world.runtime))
    assert all(isinstance(count, int) for count in fired), fired
    while timers.fire_due(world.runtime):
        pass
    with world.runtime.read(ANN) as tx:
        count = select(func.count()).where(audit_entry.c.action == "timer.fired")
        assert tx.connection.execute(count).scalar_one() == 8


def test_a_finished_task_cannot_be_completed_again(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    task = world.task("a")
    world.complete("a", x=1)
    with pytest.raises(Conflict, match="已被办理"), world.runtime.write(ANN) as tx:
        user_tasks.complete(tx, task.id, {"x": 2})


def test_a_business_key_is_started_once(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    with pytest.raises(Conflict):
        world.start("p")


def test_only_candidates_act_and_a_claimed_task_is_its_claimers(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    task = world.task("a")
    with pytest.raises(Forbidden), world.runtime.write(EVE) as tx:
        user_tasks.complete(tx, task.id, {})
    with world.runtime.write(BEN) as tx:
        user_tasks.claim(tx, task.id)
    for verb in (user_tasks.claim, lambda tx, i: user_tasks.complete(tx, i, {})):
        with pytest.raises(Conflict, match="ben"), world.runtime.write(ANN) as tx:
            verb(tx, task.id)
    with world.runtime.write(BEN) as tx:
        user_tasks.unclaim(tx, task.id)
    assert world.complete("a").completed_task.assignee == "ann"


def test_a_draft_is_kept_until_completion(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    with world.runtime.write(ANN) as tx:
        user_tasks.save_draft(tx, world.task("a").id, {"x": "未完"})
    assert world.task("a").draft == {"x": "未完"}
    world.complete("a", x=1)
    with world.runtime.read(ANN) as tx:
        done = user_tasks.list_page(tx, actor_scope="mine", state="completed").items
    assert [t.draft for t in done] == [None]


def test_wrong_form_data_changes_nothing(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    before = world.instance().version
    for data in ({"x": "not a number"}, {"unknown": 1}, {"state": "completed"}):
        with pytest.raises(InvalidInput) as refused:
            world.complete("a", **data)
        assert set(refused.value.fields) == set(data)
    assert world.instance().version == before
    assert world.names() == ["a"]


def test_a_running_instance_stays_on_its_version(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    changed = files(
        ("p", document("p", start(), user_task("a"), end(), flows("start", "a", "end"))), forms={"p/a": form()}
    )
    deployment = world.deploy(changed)
    assert [(d.key, d.version) for d in deployment.definitions] == [("p", 2)]
    world.start("p", "b2")
    world.runtime.compiled.clear()  # as after a restart
    world.complete("a", x=1)
    assert world.names() == ["b"]
    assert world.instance("b2").definition_version == 2


def test_the_authors_file_is_kept_byte_for_byte_and_unchanged_files_make_no_version(world: World) -> None:
    world.deploy(TWO)
    assert world.deploy(TWO).unchanged == ["p"]
    with world.runtime.read(ANN) as tx:
        definition = process_definitions.latest(tx, "p")
        assert definition.version == 1
        assert process_definitions.bpmn(tx, definition.id, "p") == TWO["processes/p/p.bpmn"]


def test_a_changed_audit_entry_breaks_the_chain(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    world.complete("a", x=1)
    stream = audit.instance_stream("b1")
    with world.runtime.read(ANN) as tx:
        rows = [dict(r._mapping) for r in tx.connection.execute(select(audit_entry).order_by(audit_entry.c.number))]
    chain = [r for r in rows if r["stream"] == stream]
    for field, value in (("actor", "eve"), ("detail", "{}"), ("clause", "9"), ("action", "x")):
        forged = {**chain[1], field: value}
        assert audit.digest(chain[0]["hash"], forged) != chain[1]["hash"], field


def failing_timer(world: World, monkeypatch: pytest.MonkeyPatch) -> incidents.Incident:
    """A timer is due and cannot be fired now; the incident of it."""

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("磁盘故障")

    with monkeypatch.context() as patched:
        patched.setattr(process_instances, "save", broken)
        timers.fire_due(world.runtime, limit=1)
    with world.runtime.read(ANN) as tx:
        (incident,) = incidents.list_page(tx).items
    return incident


def test_a_failing_timer_becomes_an_incident_that_backs_off_and_can_be_retried(
    world: World, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(overdue(interrupting=True))
    world.start("p")
    clock.advance(days=4)
    incident = failing_timer(world, monkeypatch)
    assert "磁盘故障" in incident.message
    assert timers.fire_due(world.runtime) == 0  # backing off
    assert world.names() == ["a"]
    with world.runtime.write(ANN) as tx:
        incidents.retry(tx, incident.id)
    assert world.names() == ["urge"]
    with world.runtime.read(ANN) as tx:
        assert incidents.list_page(tx).items == []


def test_with_its_instance_the_incident_of_a_timer_is_over(
    world: World, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(overdue(interrupting=True))
    world.start("p")
    clock.advance(days=4)
    incident = failing_timer(world, monkeypatch)
    with world.runtime.write(ANN) as tx:
        cancellation.cancel(tx, incident.instance_id, "撤销")
    with world.runtime.read(ANN) as tx:
        assert incidents.list_page(tx).items == []


def test_revising_variables_moves_timers_and_due_dates_with_an_audit_entry(world: World, clock: FakeClock) -> None:
    due = 'camunda:dueDate="${workdays(days, began)}"'
    diagram = document(
        "p",
        start(),
        user_task("a", attributes=due),
        timer_boundary("late", "a", "${workdays(days, began)}", interrupting=True),
        end(),
        end("e2"),
        flows("start", "a", "end"),
        flows("late", "e2"),
    )
    world.deploy(files(("p", diagram), forms={"p/a": form()}))
    world.start("p", days=1, began="2026-03-02T09:00:00+08:00")
    first = world.task("a")
    assert first.due_explanation is not None
    with world.runtime.write(ANN) as tx:
        revision.revise(tx, first.instance_id, {"days": 3}, "改判为复杂")
    later = world.task("a")
    assert later.due_at is not None
    assert first.due_at is not None
    assert (later.due_at - first.due_at).days == 2
    clock.advance(days=2)
    assert timers.fire_due(world.runtime) == 0
    with world.runtime.read(ANN) as tx:
        last = audit.entries(tx, audit.instance_stream("b1"))[-1]
        assert (last.action, last.detail["reason"]) == ("instance.revised", "改判为复杂")
        blob_version = tx.connection.execute(select(process_instance.c.version)).scalar_one()
    assert blob_version == 2


def test_a_step_loaded_before_somebody_elses_save_is_not_saved(world: World) -> None:
    world.deploy(TWO)
    world.start("p")
    instance_id = world.instance().id
    newer = process_instance.c.version + 1
    with world.runtime.write(ANN) as tx:
        loaded = process_instances.lock(tx, instance_id)
        tx.connection.execute(
            update(process_instance).where(process_instance.c.id == instance_id).values(version=newer)
        )
        with pytest.raises(Conflict, match="他人"):
            process_instances.save(tx, loaded, "test", detail={})


def test_two_processes_on_one_database_wait_for_each_other(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(2)]
    with databases[0].write() as connection:
        connection.execute(insert(setting).values(name="count", value="0"))

    def count(i: int) -> None:
        for _ in range(20):
            with databases[i].write() as connection:
                query = select(setting.c.value).where(setting.c.name == "count").with_for_update()
                value = int(connection.execute(query).scalar_one())
                connection.execute(update(setting).where(setting.c.name == "count").values(value=str(value + 1)))

    assert at_once(2, count) == [None, None]
    with databases[0].read() as connection:
        assert connection.execute(select(setting.c.value)).scalar_one() == "40"
    for database in databases:
        database.dispose()
