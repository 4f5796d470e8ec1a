"""What leaves an instance goes through the inbox in the step's own transaction; the path shows every drawn event."""

from __future__ import annotations

import time

import pytest

from engine import audit, messages, paths, process_definitions, user_tasks, worker
from engine.errors import Conflict, InvalidInput
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World
from tests.engine.diagrams import end, flows, parallel, start
from tests.engine.event_diagrams import boundary, catch, link, message, one, signal, task, throw


def test_a_thrown_message_reaches_what_waits_under_the_same_business_key_now_or_later(world: World) -> None:
    world.deploy(
        one(
            start(),
            parallel("split"),
            catch("waits", message("order")),
            task("first"),
            task("go"),
            throw("send", message("order"), carries={"what": "${'paper'}"}),
            throw("send_early", message("answer")),
            task("before"),
            catch("waits_later", message("answer")),
            end("e1"),
            end("e2"),
            flows("start", "split", "waits", "first", "e1"),
            flows("split", "go", "send", "send_early", "before", "waits_later", "e2"),
        )
    )
    world.start("p")
    step = world.complete("go")
    assert world.names() == ["before", "first"]
    assert step.variables["what"] == "paper"
    assert world.complete("before").instance.state == "active"
    assert world.names() == ["first"]  # the early message was taken when something waited for it
    assert world.complete("first").instance.state == "completed"
    with world.runtime.read(ANN) as tx:
        entries = audit.entries(tx, audit.instance_stream("b1"))
    assert [e.detail["messages"] for e in entries if "messages" in e.detail] == [["order", "answer"]]


def test_the_path_shows_links_and_every_firing_of_a_boundary_event(world: World) -> None:
    world.deploy(
        one(
            start(),
            task("host"),
            boundary("hinted", "host", message("hint"), interrupting=False),
            throw("leave", link("far")),
            catch("arrive", link("far")),
            end("e1"),
            end("e2"),
            flows("start", "host", "leave"),
            flows("arrive", "e1"),
            flows("hinted", "e2"),
        )
    )
    world.start("p")
    with world.runtime.write(ANN) as tx:
        assert messages.correlate(tx, "hint", "b1", "m1", {})
        assert messages.correlate(tx, "hint", "b1", "m2", {})
    world.complete("host")
    with world.runtime.read(ANN) as tx:
        path = paths.path(tx, world.instance())
    assert {(v.element_id, v.state, v.count) for v in path.visits} == {
        ("start", "done", 1),
        ("host", "done", 1),
        ("hinted", "done", 2),
        ("leave", "done", 1),
        ("arrive", "done", 1),
        ("e1", "done", 1),
        ("e2", "done", 2),
    }
    assert {flow for _, flow in path.flows} == {"start_to_host", "host_to_leave", "arrive_to_e1", "hinted_to_e2"}


def test_a_thrown_signal_reaches_the_other_instances_that_waited_for_it_when_it_was_thrown(
    world: World, clock: FakeClock
) -> None:
    world.deploy(
        one(
            start(),
            task("before"),
            catch("heard", signal("alarm")),
            task("after"),
            end("e1"),
            flows("start", "before", "heard", "after", "e1"),
            key="listener",
        )
        | one(
            start(),
            throw("ring", signal("alarm"), carries={"why": "${reason}"}),
            end("e2"),
            flows("start", "ring", "e2"),
            key="thrower",
        )
    )
    for key in ("early", "late"):
        world.start("listener", key)
    complete(world, "before", "early")
    clock.advance(minutes=1)
    assert world.start("thrower", "thrower", reason="fire").state == "completed"
    clock.advance(minutes=1)
    complete(world, "before", "late")
    runner = worker.run_jobs(world.runtime, "tester")
    try:
        waited_until = time.monotonic() + 20
        while world.names("early") != ["after"] and time.monotonic() < waited_until:
            time.sleep(0.05)
    finally:
        runner.stop()
    assert world.variables("early") == {"why": "fire"}
    assert world.names("late") == []


def complete(world: World, element: str, business_key: str) -> None:
    with world.runtime.write(ANN) as tx:
        user_tasks.complete(tx, world.task(element, business_key).id, {})


STARTED = one(
    '<bpmn:startEvent id="start"><bpmn:messageEventDefinition messageRef="message_order"/></bpmn:startEvent>',
    task("work"),
    catch("again", message("order")),
    end("e1"),
    flows("start", "work", "again", "e1"),
)


def test_a_message_starts_a_process_that_does_not_run_under_the_business_key(world: World) -> None:
    world.deploy(STARTED)
    with pytest.raises(InvalidInput, match="由消息“order”发起"):
        world.start("p")

    def send(message_id: str, business_key: str = "b1", **payload: object) -> bool:
        with world.runtime.write(ANN) as tx:
            return messages.correlate(tx, "order", business_key, message_id, payload)

    assert send("m1", what="paper")
    assert not send("m1", what="paper")
    assert world.names() == ["work"]
    assert world.variables() == {"what": "paper"}
    assert not send("m2", what="ink")  # it waits for its step: the process runs once at a time under a key
    assert world.complete("work").instance.state == "completed"
    assert send("m3", what="glue")
    assert world.variables() == {"what": "glue"}
    assert send("m4", "b2")
    assert world.names("b2") == ["work"]


def test_a_message_that_starts_two_processes_starts_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    again = {k.replace("/p/p.", "/q/q."): v.replace(b'"p"', b'"q"') for k, v in STARTED.items()}
    world.deploy(STARTED)
    monkeypatch.setattr(process_definitions, "check", lambda _tx, _files: [])  # as before the gate refused it
    world.deploy(again)
    with pytest.raises(Conflict, match="p、q"), world.runtime.write(ANN) as tx:
        messages.correlate(tx, "order", "b1", "m1", {})
    assert world.open() == []
