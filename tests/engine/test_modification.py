"""Tokens moved by hand: to before or after an element, away from it, back to an earlier one; or refused, unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from engine import audit, modifications, participants, revision, suspension, timers
from engine.errors import Conflict, InvalidInput
from engine.process_instances import Step
from engine.spiff.modification import Instruction
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    call,
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    for_each,
    parallel,
    service_task,
    start,
    subprocess,
    timer_boundary,
    user_task,
)
from tests.engine.test_concurrency import at_once

REASON = "承办意见有误"
FORMS = {f"p/{name}": form(x="integer") for name in ("a", "b", "c", "a2", "b2", "urge")}

LINE = document(
    "p",
    start(),
    user_task("a"),
    user_task("b"),
    timer_boundary("late", "b", "${workdays(1)}", interrupting=False),
    user_task("urge"),
    service_task("count", "${x + 1}", "n"),
    user_task("c"),
    end(),
    end("e2"),
    flows("start", "a", "b", "count", "c", "end"),
    flows("late", "urge", "e2"),
)
FORK = document(
    "p",
    start(),
    parallel("fork"),
    user_task("a"),
    user_task("a2"),
    user_task("b"),
    user_task("b2"),
    parallel("join"),
    user_task("c"),
    exclusive("again", default="done"),
    exclusive("merge"),
    end(),
    flows("start", "merge", "fork", "a", "a2", "join", "c", "again"),
    flows("fork", "b", "b2", "join"),
    flow("again", "merge", "${x == 99}"),
    flow("again", "end", name="done"),
)


def modify(world: World, *instructions: tuple[Any, ...], business_key: str = "b1") -> Step:
    """(verb, element[, user task id]) in process p, or (verb, "key/element", …)."""
    parsed = []
    for verb, element, *task in instructions:
        key, _, name = element.rpartition("/")
        parsed.append(Instruction(verb, key or "p", name, *task))
    with world.runtime.write(ANN) as tx:
        return modifications.modify(tx, world.instance(business_key).id, parsed, REASON)


def go_back(world: World, element: str, task_id: str | None = None) -> Step:
    with world.runtime.write(ANN) as tx:
        return modifications.return_to(tx, world.instance().id, "p", element, REASON, user_task_id=task_id)


def unchanged(world: World, error: type[Exception], match: str, *instructions: tuple[Any, ...]) -> None:
    before, open_before = world.instance(), world.open()
    with pytest.raises(error, match=match):
        modify(world, *instructions)
    assert (world.instance(), world.open()) == (before, open_before)


def started(world: World, diagram: bytes, **variables: Any) -> World:
    world.deploy(files(("p", diagram), forms=FORMS))
    world.start("p", x=1, **variables)
    return world


def finish(world: World, *elements: str) -> None:
    """Complete these in turn; the instance must be at its end then, and its chain whole."""
    for element in elements:
        world.complete(element)
    assert world.instance().state == "completed"
    with world.runtime.read(ANN) as tx:
        audit.verify(tx.connection, audit.instance_stream("b1"))


def test_a_token_moves_to_another_element_with_its_variables(world: World) -> None:
    started(world, LINE)
    world.complete("a", x=5)
    step = modify(world, ("cancel", "b"), ("start_before", "c"))
    assert (step.change.entered, step.change.cancelled, step.change.flows) == ([("p", "c")], [("p", "b")], [])
    assert world.variables() == {"x": 5}  # what lies between was not done
    finish(world, "c")


def test_starting_an_element_again_takes_no_flow_although_one_leads_there(world: World) -> None:
    started(world, FORK)
    step = modify(world, ("cancel", "a"), ("start_before", "a"))
    assert (step.change.entered, step.change.flows) == ([("p", "a")], [])
    finish(world, "a", "a2", "b", "b2", "c")


def test_starting_before_an_automatic_element_runs_it(world: World) -> None:
    started(world, LINE)
    modify(world, ("cancel", "a"), ("start_before", "count"))
    assert (world.names(), world.variables()) == (["c"], {"x": 1, "n": 2})
    finish(world, "c")


def test_starting_after_an_element_leaves_it_without_its_work(world: World) -> None:
    started(world, LINE)
    modify(world, ("cancel", "a"), ("start_after", "count"))
    assert (world.names(), world.variables()) == (["c"], {"x": 1})
    finish(world, "c")


def test_boundary_events_come_and_go_with_their_activity(world: World, clock: FakeClock) -> None:
    started(world, LINE)
    modify(world, ("cancel", "a"), ("start_before", "b"))
    assert world.instance().next_due is not None
    clock.advance(days=3)
    timers.fire_due(world.runtime)
    assert world.names() == ["b", "urge"]
    modify(world, ("cancel", "b"), ("start_before", "c"))
    assert world.names() == ["c", "urge"]
    assert world.instance().next_due is None
    finish(world, "urge", "c")


def test_the_audit_entry_says_who_moved_what_and_why(world: World) -> None:
    started(world, LINE)
    modify(world, ("cancel", "a"), ("start_before", "c"))
    with world.runtime.read(ANN) as tx:
        entry = audit.entries(tx, audit.instance_stream("b1"))[-1]
    assert (entry.action, entry.actor, entry.detail["reason"]) == ("instance.modified", "ann", REASON)
    assert [each["verb"] for each in entry.detail["instructions"]] == ["cancel", "start_before"]


@pytest.mark.parametrize(
    ("error", "match", "instructions"),
    [
        (Conflict, "「c」现在没有进行中", [("cancel", "c")]),
        (Conflict, "没有进行中的环节.*终止", [("cancel", "a")]),
        (InvalidInput, "没有环节 p/nowhere", [("start_before", "nowhere")]),
        (InvalidInput, "没有环节 other/a", [("start_before", "other/a")]),
        (InvalidInput, "不能从「结束」之前", [("start_before", "end")]),
        (InvalidInput, "不能从「开始」之后", [("start_after", "start")]),
        (InvalidInput, "不能从「late」之前", [("start_before", "late")]),
        (InvalidInput, "「late」附在环节上", [("cancel", "late")]),
        (Conflict, "「b」会被重复办理", [("start_before", "b")]),
        (Conflict, "「b」会被重复办理", [("cancel", "a"), ("start_before", "b"), ("start_before", "b")]),
        (InvalidInput, "1 到 20 项", []),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    world: World, error: type[Exception], match: str, instructions: list[tuple[str, str]]
) -> None:
    unchanged(started(world, LINE), error, match, *instructions)


def test_without_a_reason_nothing_is_modified(world: World) -> None:
    started(world, LINE)
    with pytest.raises(InvalidInput, match="原因"), world.runtime.write(ANN) as tx:
        modifications.modify(tx, world.instance().id, [Instruction("cancel", "p", "a")], " ")


def test_a_join_that_would_wait_for_ever_is_refused_and_moving_both_branches_is_not(world: World) -> None:
    started(world, FORK)
    unchanged(world, Conflict, "「join」会一直等不到", ("cancel", "a"))
    unchanged(world, Conflict, "「join」会一直等不到", ("cancel", "a"), ("cancel", "b"), ("start_before", "a2"))
    world.complete("a")
    world.complete("a2")  # one token waits at the join now
    unchanged(world, Conflict, "「join」会一直等不到", ("cancel", "b"))
    unchanged(world, Conflict, "会被重复办理", ("start_before", "a2"))
    modify(world, ("cancel", "join"), ("cancel", "b"), ("start_before", "c"))
    finish(world, "c")


def test_branches_keep_their_own_variables_when_one_of_them_is_moved(world: World) -> None:
    started(world, FORK)
    world.complete("a", x=7)
    modify(world, ("cancel", "b"), ("start_before", "b2"))
    world.complete("b2")
    world.complete("a2")
    assert world.variables() == {"x": 7}
    finish(world, "c")


def test_a_scope_that_is_not_running_or_would_be_left_empty_is_refused(world: World) -> None:
    inner = subprocess("inner", start("s2"), user_task("a"), user_task("a2"), end("e2"), flows("s2", "a", "a2", "e2"))
    diagram = document(
        "p", start(), user_task("b"), inner, user_task("c"), end(), flows("start", "b", "inner", "c", "end")
    )
    started(world, diagram)
    unchanged(world, Conflict, "「a」所在的流程或子流程没有在运行", ("start_before", "a"))
    world.complete("b")
    unchanged(world, Conflict, "没有进行中的环节，请取消整个", ("cancel", "a"))
    modify(world, ("cancel", "a"), ("start_before", "a2"))
    assert world.names() == ["a2"]
    modify(world, ("cancel", "inner"), ("start_before", "inner"))
    assert world.names() == ["a"]
    modify(world, ("cancel", "inner"), ("start_after", "inner"))
    assert world.names() == ["c"]
    unchanged(world, Conflict, "没有在运行", ("start_before", "a"))
    finish(world, "c")


CALLED = document("sub", start(), user_task("s"), user_task("s2"), end(), flows("start", "s", "s2", "end"))
CALLS = document(
    "p",
    start(),
    call("each", "sub", '<camunda:in source="who" target="who"/>', loop=for_each("people", "who")),
    user_task("c"),
    end(),
    flows("start", "each", "c", "end"),
)


def calling(world: World) -> World:
    groups = user_task("s", groups="${who}")
    called = CALLED.replace(user_task("s").encode(), groups.encode())
    forms = {**FORMS, "sub/s": form(), "sub/s2": form()}
    world.deploy(files(("p", CALLS), ("sub", called), forms=forms))
    world.start("p", x=1, people=["d1", "d2"])
    return world


def test_of_several_running_scopes_the_one_with_the_given_task_is_meant(world: World) -> None:
    calling(world)
    unchanged(world, InvalidInput, "2 个在同时运行", ("cancel", "sub/s"))
    task = world.task("s", group="d1")
    modify(world, ("cancel", "sub/s", task.id), ("start_before", "sub/s2", task.id))
    assert world.names() == ["s", "s2"]
    world.complete("s2")
    world.complete("s")
    finish(world, "s2", "c")


def test_a_participant_added_while_others_work_is_waited_for(world: World) -> None:
    calling(world)
    with world.runtime.write(ANN) as tx:
        participants.add(tx, world.instance().id, "p", "each", "d3", REASON)
    assert world.names() == ["s", "s", "s"]
    assert world.variables()["people"] == ["d1", "d2", "d3"]
    for group in ("d1", "d3", "d2"):
        assert world.names() != ["c"]
        world.complete("s", group)
        world.complete("s2")
    finish(world, "c")


def test_a_participant_removed_is_not_waited_for(world: World) -> None:
    calling(world)
    with world.runtime.write(ANN) as tx:
        step = participants.remove(tx, world.instance().id, "p", "each", REASON, item="d1")
    assert ("sub", "s") in step.change.cancelled
    assert world.variables()["people"] == ["d2"]
    world.complete("s", "d2")
    finish(world, "s2", "c")


def test_the_last_one_working_may_be_removed_once_another_is_done(world: World) -> None:
    calling(world)
    world.complete("s", "d1")
    world.complete("s2")
    with world.runtime.write(ANN) as tx:
        participants.remove(tx, world.instance().id, "p", "each", REASON, user_task_id=world.task("s", group="d2").id)
    finish(world, "c")


SEQUENCE = document(
    "p",
    start(),
    user_task("a", groups="${who}", inner=for_each("people", "who", "all_x", "x", sequential=True)),
    user_task("c"),
    end(),
    flows("start", "a", "c", "end"),
)


def test_in_a_sequential_activity_participants_join_at_the_end_and_leave_anywhere(world: World) -> None:
    started(world, SEQUENCE, people=["d1", "d2"])
    with world.runtime.write(ANN) as tx:
        participants.add(tx, world.instance().id, "p", "a", "d3", REASON)
        participants.remove(tx, world.instance().id, "p", "a", REASON, item="d2")  # has not begun
    assert world.variables()["people"] == ["d1", "d3"]
    assert [task.candidate_groups for task in world.open()] == [("d1",)]
    with world.runtime.write(ANN) as tx:
        participants.remove(tx, world.instance().id, "p", "a", REASON, item="d1")  # at work
    assert [task.candidate_groups for task in world.open()] == [("d3",)]
    finish(world, "a", "c")


@pytest.mark.parametrize(
    ("verb", "element", "item", "error", "match"),
    [
        (participants.add, "each", "d1", Conflict, "不能重复加签"),
        (participants.add, "each", 3, InvalidInput, "类型"),
        (participants.add, "c", "d3", Conflict, "没有进行中"),
        (participants.add, "nowhere", "d3", InvalidInput, "没有环节"),
    ],
)
def test_participants_that_cannot_be_are_refused(world: World, verb, element, item, error, match) -> None:
    calling(world)
    with pytest.raises(error, match=match), world.runtime.write(ANN) as tx:
        verb(tx, world.instance().id, "p", element, item, REASON)
    with pytest.raises(Conflict, match="不在名单中"), world.runtime.write(ANN) as tx:
        participants.remove(tx, world.instance().id, "p", "each", REASON, item="d9")
    with world.runtime.write(ANN) as tx:
        participants.remove(tx, world.instance().id, "p", "each", REASON, item="d1")
    with pytest.raises(Conflict, match="只有这一位"), world.runtime.write(ANN) as tx:
        participants.remove(tx, world.instance().id, "p", "each", REASON, item="d2")


def test_going_back_keeps_what_was_entered_and_cancels_what_came_after(world: World, clock: FakeClock) -> None:
    started(world, LINE)
    world.complete("a", x=8)
    clock.advance(days=3)
    timers.fire_due(world.runtime)
    assert world.names() == ["b", "urge"]
    step = go_back(world, "a")
    assert (world.names(), world.variables()) == (["a"], {"x": 8})
    assert set(step.change.cancelled) == {("p", "b"), ("p", "urge")}
    with world.runtime.read(ANN) as tx:
        assert audit.entries(tx, audit.instance_stream("b1"))[-1].action == "instance.returned"
    finish(world, "a", "b", "c")


def test_going_back_in_one_branch_leaves_the_other_alone(world: World) -> None:
    started(world, FORK)
    world.complete("a")
    world.complete("b")
    go_back(world, "a")
    assert world.names() == ["a", "b2"]
    world.complete("a", x=3)
    world.complete("a2")
    go_back(world, "a2")  # from the join
    assert world.names() == ["a2", "b2"]
    finish(world, "a2", "b2", "c")


def test_going_back_behind_a_join_is_refused(world: World) -> None:
    started(world, FORK)
    for element in ("a", "a2", "b", "b2"):
        world.complete(element)
    with pytest.raises(Conflict, match="「a」：「join」会一直等不到其他分支"):
        go_back(world, "a")
    assert world.names() == ["c"]
    modify(world, ("cancel", "c"), ("start_before", "a"), ("start_before", "b"))
    finish(world, "a", "b", "a2", "b2", "c")


@pytest.mark.parametrize(
    ("element", "error", "match"),
    [("c", Conflict, "还没有办理过"), ("count", InvalidInput, "用户任务"), ("nowhere", InvalidInput, "用户任务")],
)
def test_one_can_only_go_back_to_what_was_done(world: World, element: str, error: type[Exception], match: str) -> None:
    started(world, LINE)
    world.complete("a")
    with pytest.raises(error, match=match):
        go_back(world, element)
    assert world.names() == ["b"]


def test_a_suspended_instance_is_modified_and_moves_when_it_is_resumed(world: World) -> None:
    started(world, LINE)
    instance = world.instance().id
    with world.runtime.write(ANN) as tx:
        suspension.suspend(tx, instance, REASON)
    modify(world, ("cancel", "a"), ("start_before", "count"))
    assert (world.names(), world.instance().state) == ([], "suspended")
    with world.runtime.write(ANN) as tx:
        suspension.resume(tx, instance, REASON)
    assert world.names() == ["c"]


def test_what_fails_after_a_modification_is_an_incident_as_always(world: World) -> None:
    started(world, LINE)
    with world.runtime.write(ANN) as tx:
        revision.revise(tx, world.instance().id, {"x": "one"}, REASON)
    modify(world, ("cancel", "a"), ("start_before", "count"))
    assert world.names() == []
    modify(world, ("cancel", "count"), ("start_after", "count"))  # by hand over what failed
    finish(world, "c")


def test_of_two_modifications_at_once_one_wins(world: World) -> None:
    started(world, LINE)
    results = at_once(2, lambda _i: modify(world, ("cancel", "a"), ("start_before", "c")))
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    finish(world, "c")


def test_one_token_for_several_takes_what_each_of_them_brought(world: World) -> None:
    started(world, FORK)
    world.complete("a", x=7)
    modify(world, ("cancel", "a2"), ("cancel", "b"), ("start_before", "c"))
    assert world.variables() == {"x": 7}
    finish(world, "c")


def test_cancelling_the_last_branch_ends_what_waited_only_for_it(world: World) -> None:
    diagram = document(
        "p",
        start(),
        parallel("fork"),
        user_task("a"),
        user_task("b"),
        end(),
        end("e2"),
        flows("start", "fork", "a", "end"),
        flows("fork", "b", "e2"),
    )
    started(world, diagram)
    world.complete("a")
    assert modify(world, ("cancel", "b")).ended
    finish(world)
