"""Suspend, resume and cancel: what stands still, what waits, what is gone, and who wins a race."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine import audit, cancellation, messages, revision, suspension, timers, user_tasks
from engine.errors import Conflict, InvalidInput
from engine.process_instances import Step
from engine.transaction import Transaction
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    document,
    end,
    files,
    flow,
    flows,
    message_boundary,
    parallel,
    start,
    timer_boundary,
    user_task,
)
from tests.engine.test_concurrency import at_once

REASON = "区平台通知暂缓"
MESSAGE = '<bpmn:message id="m" name="withdrawn"/>'
DIAGRAM = document(
    "p",
    start(),
    user_task("a"),
    timer_boundary("late", "a", "${workdays(1)}", interrupting=False),
    user_task("urge"),
    message_boundary("stop", "a", "m"),
    user_task("sign_off"),
    user_task("b"),
    end(),
    end("e2"),
    end("e3"),
    flows("start", "a", "b", "end"),
    flows("late", "urge", "e2"),
    flows("stop", "sign_off", "e3"),
    outside=MESSAGE,
)
FILES = files(("p", DIAGRAM), forms={"p/a": form(x="integer"), "p/b": form(), "p/urge": form(), "p/sign_off": form()})
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
            end(),
            flow("start", "fork"),
            flows("fork", "a", "join"),
            flows("fork", "b", "join"),
            flow("join", "end"),
        ),
    ),
    forms={"p/a": form(), "p/b": form()},
)

Verb = Callable[[Transaction, str, str], Step]


def do(world: World, verb: Verb, reason: str = REASON) -> Step:
    instance = world.instance().id
    with world.runtime.write(ANN) as tx:
        return verb(tx, instance, reason)


def last_entry(world: World) -> audit.AuditEntry:
    with world.runtime.read(ANN) as tx:
        audit.verify(tx.connection, audit.instance_stream("b1"))
        return audit.entries(tx, audit.instance_stream("b1"))[-1]


@pytest.fixture
def started(world: World) -> World:
    world.deploy(FILES)
    world.start("p")
    return world


def test_while_suspended_nobody_acts_on_a_task_and_after_resuming_everybody_may(started: World) -> None:
    do(started, suspension.suspend)
    assert started.instance().state == "suspended"
    task = started.task("a")
    for verb in (
        user_tasks.claim,
        lambda tx, i: user_tasks.complete(tx, i, {"x": 1}),
        lambda tx, i: user_tasks.save_draft(tx, i, {"x": 1}),
        lambda tx, i: user_tasks.assign(tx, i, "ben", "休假"),
    ):
        with pytest.raises(Conflict, match="已挂起"), started.runtime.write(ANN) as tx:
            verb(tx, task.id)
    assert started.task("a") == task  # nothing changed
    do(started, suspension.resume)
    started.complete("a", x=1)
    assert started.names() == ["b"]


def test_a_suspended_instances_timer_fires_when_it_is_resumed(started: World, clock: FakeClock) -> None:
    do(started, suspension.suspend)
    clock.advance(days=4)
    assert timers.fire_due(started.runtime) == 0
    assert started.names() == ["a"]
    do(started, suspension.resume)
    assert started.names() == ["a", "urge"]


def test_a_message_to_a_suspended_instance_waits_until_it_is_resumed_and_counts_once(started: World) -> None:
    do(started, suspension.suspend)
    for _ in range(2):
        with started.runtime.write(ANN) as tx:
            assert not messages.correlate(tx, "withdrawn", "b1", "m1", {})
    assert started.names() == ["a"]
    do(started, suspension.resume)
    assert started.names() == ["sign_off"]


def test_each_intervention_is_on_record_with_its_reason_and_who_did_it(started: World) -> None:
    for verb, action in (
        (suspension.suspend, "instance.suspended"),
        (suspension.resume, "instance.resumed"),
        (cancellation.cancel, "instance.cancelled"),
    ):
        do(started, verb)
        entry = last_entry(started)
        assert (entry.action, entry.actor, entry.detail["reason"]) == (action, "ann", REASON)


@pytest.mark.parametrize("verb", [suspension.suspend, suspension.resume, cancellation.cancel])
def test_without_a_reason_nothing_is_done(started: World, verb: Verb) -> None:
    before = started.instance()
    with pytest.raises(InvalidInput, match="原因"):
        do(started, verb, "  ")
    assert started.instance() == before


def test_what_is_already_so_is_refused(started: World) -> None:
    with pytest.raises(Conflict, match="没有挂起"):
        do(started, suspension.resume)
    do(started, suspension.suspend)
    with pytest.raises(Conflict, match="已经挂起"):
        do(started, suspension.suspend)
    do(started, cancellation.cancel)
    for verb in (suspension.suspend, suspension.resume, cancellation.cancel):
        with pytest.raises(Conflict, match="已结束"):
            do(started, verb)


def test_a_cancelled_instance_has_nothing_open_and_keeps_its_variables(started: World, clock: FakeClock) -> None:
    started.complete("a", x=5)
    task = started.task("b")
    step = do(started, cancellation.cancel)
    assert step.ended
    assert step.change.cancelled == [("p", "b")]
    instance = started.instance()
    assert (instance.state, instance.next_due) == ("cancelled", None)
    assert instance.ended_at is not None
    assert started.names() == []
    with started.runtime.read(ANN) as tx:
        assert user_tasks.get(tx, task.id).state == "cancelled"
    assert started.variables()["x"] == 5
    clock.advance(days=9)
    assert timers.fire_due(started.runtime) == 0
    with started.runtime.write(ANN) as tx:
        assert not messages.correlate(tx, "withdrawn", "b1", "m1", {})


def test_cancelling_inside_parallel_branches_closes_all_of_them(world: World) -> None:
    world.deploy(FORK)
    world.start("p")
    world.complete("a")
    assert do(world, cancellation.cancel).change.cancelled == [("p", "b")]
    assert world.names() == []


def test_variables_of_a_suspended_instance_can_be_revised_and_nothing_moves(started: World, clock: FakeClock) -> None:
    do(started, suspension.suspend)
    clock.advance(days=4)
    with started.runtime.write(ANN) as tx:
        revision.revise(tx, started.instance().id, {"x": 7}, "更正")
    assert (started.names(), started.instance().state) == (["a"], "suspended")


@pytest.mark.parametrize("verb", [suspension.suspend, cancellation.cancel])
def test_of_two_administrators_at_once_one_wins(started: World, verb: Verb) -> None:
    results = at_once(2, lambda _i: do(started, verb))
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]


def test_a_completion_against_a_cancellation_has_one_winner_and_stays_healthy(world: World) -> None:
    world.deploy(FORK)
    world.start("p")
    world.complete("a")
    task = world.task("b")

    def race(i: int) -> Step:
        if i:
            return do(world, cancellation.cancel)
        with world.runtime.write(ANN) as tx:
            return user_tasks.complete(tx, task.id, {})

    results = at_once(2, race)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert world.instance().state == ("cancelled" if isinstance(results[0], Conflict) else "completed")
    assert last_entry(world).number == 3


def test_a_timer_against_a_suspension_fires_before_or_after_but_once(started: World, clock: FakeClock) -> None:
    clock.advance(days=4)
    fired, suspended = at_once(2, lambda i: do(started, suspension.suspend) if i else timers.fire_due(started.runtime))
    assert not isinstance(suspended, Exception)
    assert started.names() == (["a", "urge"] if fired else ["a"])
    do(started, suspension.resume)
    assert started.names() == ["a", "urge"]
