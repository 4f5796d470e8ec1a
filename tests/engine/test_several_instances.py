"""Several processes under one business key: each process runs once at a time, they reach each other by messages."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from engine import (
    audit,
    messages,
    messages_inbox,
    paths,
    process_instance_rows,
    process_instances,
    suspension,
    timers,
    user_tasks,
)
from engine.errors import Conflict, DefinitionRefused, StuckInstance
from engine.tables import message as inbox
from engine.tables import process_instance
from engine.transaction import Runtime
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World
from tests.engine.diagrams import end, flows, parallel, start, timer_boundary
from tests.engine.event_diagrams import catch, message, one, task, throw
from tests.engine.test_concurrency import at_once


def message_start(name: str) -> str:
    return f'<bpmn:startEvent id="start">{message(name)}</bpmn:startEvent>'


MAIN = one(
    start(),
    task("go"),
    throw("ask", message("order"), carries={"what": "${'paper'}"}),
    task("middle"),
    catch("answered", message("answer")),
    task("last"),
    end("e1"),
    flows("start", "go", "ask", "middle", "answered", "last", "e1"),
    key="main",
)
SIDE = one(
    message_start("order"),
    task("work"),
    throw("reply", message("answer"), carries={"found": "${what}"}),
    end("e1"),
    flows("start", "work", "reply", "e1"),
    key="side",
)


def states(runtime: Runtime, business_key: str = "b1") -> list[tuple[str, str]]:
    with runtime.read(ANN) as tx:
        query = select(process_instance.c.definition_key, process_instance.c.state)
        rows = tx.connection.execute(query.where(process_instance.c.business_key == business_key))
        return sorted((row.definition_key, row.state) for row in rows)


def complete(world: World, element: str, process: str) -> None:
    found = next(each for each in world.open() if each.element_id == element and each.process_key == process)
    with world.runtime.write(ANN) as tx:
        user_tasks.complete(tx, found.id, {})


def test_a_thrown_message_starts_another_process_of_the_key_and_its_answer_comes_back(world: World) -> None:
    world.deploy(MAIN | SIDE)
    world.start("main")
    world.complete("go")
    assert states(world.runtime) == [("main", "active"), ("side", "active")]
    assert world.names() == ["middle", "work"]  # in the transaction of the step that threw
    world.complete("middle")
    complete(world, "work", "side")
    assert world.names() == ["last"]
    assert states(world.runtime) == [("main", "active"), ("side", "completed")]
    with world.runtime.read(ANN) as tx:
        main, side = world.instance(key="main"), world.instance(key="side")
        entries = audit.entries(tx, audit.instance_stream("b1"))
        assert audit.verify(tx.connection, audit.instance_stream("b1")) == len(entries) == 6
        assert [e.detail["instance"] for e in entries if e.action == audit.STARTED] == [main.id, side.id]
        assert entries[-1].detail["data"] == {"found": "paper"}
        walked = {visit.element_id for visit in paths.path(tx, main).visits}
        assert walked == {"start", "go", "ask", "middle", "answered", "last"}
        assert {visit.element_id for visit in paths.path(tx, side).visits} == {"start", "work", "reply", "e1"}


def test_a_message_that_starts_a_deployed_process_cannot_start_another_one(world: World) -> None:
    world.deploy(MAIN | SIDE)
    rival = one(message_start("order"), end("e1"), flows("start", "e1"), key="rival")
    with pytest.raises(DefinitionRefused) as refused:
        world.deploy(rival)
    assert [(f.rule, f.element) for f in refused.value.findings] == [("start-message-same", "start")]
    assert "side" in refused.value.findings[0].message
    world.deploy(one(message_start("order"), task("more"), end("e1"), flows("start", "more", "e1"), key="side"))
    world.deploy(rival | one(message_start("hint"), end("e1"), flows("start", "e1"), key="side"))


def test_an_answer_that_comes_early_waits_for_its_catcher(world: World) -> None:
    world.deploy(MAIN | SIDE)
    world.start("main")
    world.complete("go")
    complete(world, "work", "side")
    assert world.names() == ["middle"]
    world.complete("middle")
    assert world.names() == ["last"]


def test_what_waits_for_a_message_takes_it_before_a_process_starts_with_it_and_only_one_takes_it(world: World) -> None:
    waiter = one(start(), catch("c", message("order")), task("after"), end("e1"), flows("start", "c", "after", "e1"))
    again = {k.replace("/p/p.", "/q/q."): v.replace(b'"p"', b'"q"') for k, v in waiter.items()}
    world.deploy(waiter | again | SIDE)
    for key in ("q", "p"):
        world.start(key)

    def send(message_id: str) -> tuple[bool, list[str]]:
        with world.runtime.write(ANN) as tx:
            return messages.correlate(tx, "order", "b1", message_id, {}), world_names(world)

    def world_names(world: World) -> list[str]:
        return sorted(f"{each.process_key}.{each.element_id}" for each in world.open())

    assert send("m1")[0]
    assert send("m1") == (False, [world_names(world)[0]])  # repeated
    assert send("m2")[0]
    assert world_names(world) == ["p.after", "q.after"]
    assert send("m3")[0]
    assert world_names(world) == ["p.after", "q.after", "side.work"]
    assert not send("m4")[0]  # side runs already: the message waits
    assert world_names(world) == ["p.after", "q.after", "side.work"]


def test_what_a_suspended_instance_waits_for_is_kept_for_it(world: World) -> None:
    world.deploy(MAIN | SIDE)
    world.start("main")
    world.complete("go")
    world.complete("middle")
    with world.runtime.write(ANN) as tx:
        suspension.suspend(tx, world.instance(key="main").id, "等一等")
    complete(world, "work", "side")
    assert world.names() == []
    with world.runtime.write(ANN) as tx:
        suspension.resume(tx, world.instance(key="main").id, "继续")
    assert world.names() == ["last"]


def test_a_process_runs_once_at_a_time_under_a_key_and_again_once_it_has_ended(world: World) -> None:
    world.deploy(one(start(), task("a"), end("e1"), flows("start", "a", "e1")))
    world.start("p")
    with pytest.raises(Conflict, match="b1 已有「p」在办"):
        world.start("p")
    first = world.instance()
    assert world.complete("a").instance.id == first.id
    second = world.start("p")
    assert second.id != first.id
    assert states(world.runtime) == [("p", "active"), ("p", "completed")]
    with world.runtime.read(ANN) as tx:
        assert [visit.state for visit in paths.path(tx, first).visits] == ["done", "done", "done"]
        assert [visit.state for visit in paths.path(tx, second).visits] == ["done", "active"]


def test_the_database_itself_keeps_a_second_running_instance_out(world: World) -> None:
    world.deploy(one(start(), task("a"), end("e1"), flows("start", "a", "e1")))
    world.start("p")
    with world.runtime.read(ANN) as tx:
        row = dict(tx.connection.execute(select(process_instance)).one()._mapping)
    for state in ("completed", "cancelled"):
        with world.runtime.write(ANN) as tx:
            tx.connection.execute(insert(process_instance).values(row | {"id": state, "state": state}))
    for state in ("active", "suspended"):
        with pytest.raises(IntegrityError), world.runtime.write(ANN) as tx:
            tx.connection.execute(insert(process_instance).values(row | {"id": state, "state": state}))


def test_of_several_starts_at_once_one_wins(world: World) -> None:
    world.deploy(one(start(), task("a"), end("e1"), flows("start", "a", "e1")))

    def begin(_i: int) -> object:
        with world.runtime.write(ANN) as tx:
            return process_instances.start(tx, "p", "b1", {})

    results = at_once(5, begin)
    lost = [each for each in results if isinstance(each, Exception)]
    assert len(lost) == 4
    assert all(isinstance(each, Conflict) and "已有「p」在办" in each.message for each in lost)
    assert states(world.runtime) == [("p", "active")]


@pytest.mark.parametrize("ids", [["m"] * 4, ["m1", "m2", "m3", "m4"]])
def test_of_several_deliveries_at_once_one_starts_the_process(world: World, ids: list[str]) -> None:
    world.deploy(SIDE)

    def send(i: int) -> object:
        with world.runtime.write(ANN) as tx:
            return messages.correlate(tx, "order", "b1", ids[i], {})

    assert sorted(map(str, at_once(4, send))) == ["False", "False", "False", "True"]
    assert states(world.runtime) == [("side", "active")]
    with world.runtime.read(ANN) as tx:
        kept = messages_inbox.waiting(tx, "b1")
        assert len(kept) == len(set(ids)) - 1
        assert tx.connection.execute(select(func.count()).select_from(inbox)).scalar_one() == len(set(ids))


def test_instances_of_one_key_step_at_once_without_a_ring_or_a_fork(world: World, clock: FakeClock) -> None:
    keys = ("p0", "p1", "p2")
    for key in keys:  # two tasks, and a timer that is due: person and worker meet
        body = (
            *(start(), parallel("split"), task("a"), task("b"), task("late"), parallel("join"), end("e1"), end("e2")),
            timer_boundary("t", "b", "2026-03-02T10:00:00+08:00", interrupting=False),
            throw("tell", message("hint")),
            flows("start", "split", "a", "tell", "join", "e1"),
            flows("split", "b", "join") + flows("t", "late", "e2"),
        )
        world.deploy(one(*body, key=key))
    for key in keys:
        world.start(key)
    clock.advance(hours=2)
    waiting = [each for each in world.open() if each.element_id == "a"]

    def act(i: int) -> object:
        if i >= len(waiting):
            return timers.fire_due(world.runtime)
        with world.runtime.write(ANN) as tx:
            return user_tasks.complete(tx, waiting[i].id, {})

    results = at_once(len(waiting) + 2, act)
    assert not [each for each in results if isinstance(each, Exception)]
    timers.fire_due(world.runtime)
    assert world.names() == ["b", "b", "b", "late", "late", "late"]
    with world.runtime.read(ANN) as tx:
        audit.verify(tx.connection, audit.instance_stream("b1"))


def test_processes_that_answer_each_other_without_end_are_stopped_and_nothing_is_done(world: World) -> None:
    def player(key: str, mine: str, yours: str) -> dict[str, bytes]:
        return one(message_start(mine), throw("t", message(yours)), end("e1"), flows("start", "t", "e1"), key=key)

    world.deploy(player("ping", "order", "answer") | player("pong", "answer", "order"))
    with pytest.raises(StuckInstance, match="没有尽头"), world.runtime.write(ANN) as tx:
        messages.correlate(tx, "order", "b1", "m1", {})
    assert states(world.runtime) == []
    with world.runtime.read(ANN) as tx:
        assert messages_inbox.waiting(tx, "b1") == []


def test_entries_of_the_time_when_a_key_had_one_instance_belong_to_that_one(world: World) -> None:
    world.deploy(SIDE)
    with world.runtime.write(ANN) as tx:
        audit.append(tx, audit.instance_stream("b1"), audit.STARTED, detail={"entered": [["main", "go"]]})
        messages.correlate(tx, "order", "b1", "m1", {})
        audit.append(tx, audit.instance_stream("b1"), "user_task.completed", detail={"instance": "older"})
        side = process_instance_rows.find(tx, "side", "b1").id
        older = [entry.number for entry in audit.of_instance(tx, "b1", "older")]
        assert (older, [entry.number for entry in audit.of_instance(tx, "b1", side)]) == ([1, 3], [2])
