"""Automatic work that fails: the person's work is kept, the failed element waits untouched, and goes on later."""

from __future__ import annotations

from typing import Any

import pytest
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import audit, cancellation, incidents, revision, suspension, timers, user_tasks
from engine.errors import Conflict, InvalidInput
from engine.incidents import Incident
from engine.spiff import failures
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    call,
    document,
    end,
    exclusive,
    extensions,
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
from tests.engine.event_diagrams import event_start, event_subprocess, timer

FORMS = {"p/a": form(x="integer", y="integer"), "p/b": form(), "p/c": form()}
DIVIDES = service_task("divide", "${12 / x}", "share")


def chain(*middle: str, names: tuple[str, ...], forms: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """start → a → the given elements → b → end."""
    diagram = document(
        "p", start(), user_task("a"), *middle, user_task("b"), end(), flows("start", "a", *names, "b", "end")
    )
    return files(("p", diagram), forms=FORMS | (forms or {}))


def open_incidents(world: World) -> list[Incident]:
    with world.runtime.read(ANN) as tx:
        audit.verify(tx.connection, audit.instance_stream("b1"))
        return incidents.list_page(tx).items


def retry(world: World) -> None:
    (incident,) = open_incidents(world)
    with world.runtime.write(ANN) as tx:
        incidents.retry(tx, incident.id)


def revise(world: World, **variables: Any) -> None:
    with world.runtime.write(ANN) as tx:
        revision.revise(tx, world.instance().id, variables, "更正数据")


def fails(world: World, files: dict[str, bytes], **data: Any) -> Incident:
    """Deploy, start, complete a; the one incident there is then."""
    world.deploy(files)
    world.start("p", x=0)
    world.complete("a", **data)
    assert world.names() == []
    (incident,) = open_incidents(world)
    return incident


def test_a_failing_service_task_keeps_the_completion_and_waits_with_its_variables_untouched(world: World) -> None:
    incident = fails(world, chain(DIVIDES, names=("divide",)), x=0, y=3)
    assert (incident.element_id, incident.element_name, incident.kind) == ("divide", "divide", "activity")
    assert "「divide」" in incident.message
    assert incident.attempts == 1
    assert world.variables() == {"x": 0, "y": 3}
    with world.runtime.read(ANN) as tx:
        done = user_tasks.list_page(tx, actor_scope="mine", state="completed").items
        entries = audit.entries(tx, audit.instance_stream("b1"))
    assert [task.element_id for task in done] == ["a"]
    assert [entry.action for entry in entries[1:]] == ["user_task.completed", "incident.created"]
    assert (entries[1].detail["data"], entries[2].element_id) == ({"x": 0, "y": 3}, "divide")


def test_it_runs_on_when_it_is_retried_after_its_cause_is_gone(world: World) -> None:
    fails(world, chain(DIVIDES, names=("divide",)))
    revise(world, x=4)
    assert world.names() == []  # revising alone moves nothing
    retry(world)
    assert world.names() == ["b"]
    assert world.variables()["share"] == 3
    assert open_incidents(world) == []


def test_the_worker_retries_with_growing_pauses(world: World, clock: FakeClock) -> None:
    fails(world, chain(DIVIDES, names=("divide",)))
    pauses = []
    for attempt in range(2, 5):
        assert incidents.retry_due(world.runtime) == 0  # backing off
        before = clock()
        clock.now = open_incidents(world)[0].retry_at
        pauses.append((clock() - before).total_seconds())
        assert incidents.retry_due(world.runtime) == 1
        assert open_incidents(world)[0].attempts == attempt
    assert pauses == [30, 60, 120]
    revise(world, x=6)
    clock.advance(hours=1)
    assert incidents.retry_due(world.runtime) == 1
    assert world.names() == ["b"]


def test_a_retry_that_fails_again_is_counted_and_changes_nothing_else(world: World) -> None:
    fails(world, chain(DIVIDES, names=("divide",)))
    retry(world)
    (incident,) = open_incidents(world)
    assert (incident.attempts, world.variables()) == (2, {"x": 0})


def test_an_incident_already_resolved_is_not_retried(world: World) -> None:
    incident = fails(world, chain(DIVIDES, names=("divide",)))
    revise(world, x=4)
    retry(world)
    with pytest.raises(Conflict, match="已经解决"), world.runtime.write(ANN) as tx:
        incidents.retry(tx, incident.id)


GATEWAY = (
    exclusive("which", default="to_c"),
    flow("which", "b", "${12 / x > 1}", name="to_b"),
    flow("which", "c", name="to_c"),
    user_task("c"),
    end("e2"),
    flow("c", "e2"),
)


def test_a_failing_condition_holds_the_token_at_its_gateway(world: World) -> None:
    diagram = document(
        "p", start(), user_task("a"), *GATEWAY, user_task("b"), end(), flows("start", "a", "which"), flow("b", "end")
    )
    incident = fails(world, files(("p", diagram), forms=FORMS))
    assert incident.element_id == "which"
    revise(world, x=24)
    retry(world)
    assert world.names() == ["c"]


def test_output_parameters_of_a_users_task_that_fail_keep_what_the_user_entered(world: World) -> None:
    diagram = document(
        "p",
        start(),
        user_task("a", inner=extensions(outputs={"first": "${y + 1}", "share": "${12 / x}"})),
        user_task("b"),
        end(),
        flows("start", "a", "b", "end"),
    )
    incident = fails(world, files(("p", diagram), forms=FORMS), y=7)
    assert incident.element_id == "a"
    assert world.variables() == {"x": 0, "y": 7}  # not even `first`
    with world.runtime.read(ANN) as tx:
        assert user_tasks.list_page(tx, actor_scope="all", state="created").items == []
    revise(world, x=3)
    retry(world)
    assert world.names() == ["b"]
    assert world.variables() == {"x": 3, "y": 7, "first": 8, "share": 4}


def test_input_parameters_that_fail_name_their_own_element(world: World) -> None:
    diagram = document(
        "p",
        start(),
        user_task("a"),
        user_task("b", inner=extensions(inputs={"share": "${12 / x}"})),
        end(),
        flows("start", "a", "b", "end"),
    )
    incident = fails(world, files(("p", diagram), forms=FORMS))
    assert incident.element_id == "b"
    revise(world, x=3)
    retry(world)
    assert world.names() == ["b"]


@pytest.mark.parametrize("attribute", ['camunda:dueDate="${workdays(12 // x)}"', 'camunda:assignee="${12 / x}"'])
def test_a_task_that_cannot_be_offered_to_anybody_is_an_incident(world: World, attribute: str) -> None:
    diagram = document(
        "p", start(), user_task("a"), user_task("b", attributes=attribute), end(), flows("start", "a", "b", "end")
    )
    incident = fails(world, files(("p", diagram), forms=FORMS))
    assert incident.element_id == "b"
    revise(world, x=3)
    retry(world)
    assert world.names() == ["b"]


def test_a_timer_date_that_fails_keeps_the_token_before_its_activity(world: World) -> None:
    late = timer_boundary("late", "b", "${workdays(12 // x)}", interrupting=True)
    diagram = document(
        "p", start(), user_task("a"), user_task("b"), late, end(), end("e2"),
        flows("start", "a", "b", "end"), flow("late", "e2"),
    )  # fmt: skip
    incident = fails(world, files(("p", diagram), forms=FORMS))
    assert incident.element_id == "late"
    revise(world, x=3)
    retry(world)
    assert world.names() == ["b"]
    assert world.instance().next_due is not None


def test_a_called_process_whose_mapping_fails_waits_at_the_call(world: World) -> None:
    inner = document("sub", start(), user_task("s"), end(), flows("start", "s", "end"))
    mappings = '<camunda:in source="x" target="x"/><camunda:out sourceExpression="${12 / x}" target="share"/>'
    outer = document(
        "p", start(), user_task("a"), call("go", "sub", mappings), user_task("b"), end(),
        flows("start", "a", "go", "b", "end"),
    )  # fmt: skip
    world.deploy(files(("p", outer), ("sub", inner), forms=FORMS | {"sub/s": form()}))
    world.start("p", x=0)
    world.complete("a")
    world.complete("s")
    (incident,) = open_incidents(world)
    assert incident.element_id in ("go", "end")
    revise(world, x=3)
    retry(world)
    assert world.names() == ["b"]
    assert world.variables()["share"] == 4


def test_other_branches_go_on_while_one_waits_and_the_join_waits_for_it(world: World) -> None:
    diagram = document(
        "p", start(), user_task("a"), parallel("fork"), DIVIDES, service_task("count", "${x + 1}", "n"),
        user_task("c"), parallel("join"), user_task("b"), end(),
        flows("start", "a", "fork", "divide", "join"), flows("fork", "count", "c", "join"), flows("join", "b", "end"),
    )  # fmt: skip
    world.deploy(files(("p", diagram), forms=FORMS))
    world.start("p", x=0)
    world.complete("a")
    assert world.names() == ["c"]
    world.complete("c")
    assert world.names() == []
    assert [each.element_id for each in open_incidents(world)] == ["divide"]
    revise(world, x=2)
    retry(world)
    assert world.names() == ["b"]
    assert {"n": 1, "share": 6}.items() <= world.variables().items()


def test_several_failures_of_one_step_are_each_an_incident_of_their_own(world: World) -> None:
    diagram = document(
        "p", start(), user_task("a"), parallel("fork"), DIVIDES, service_task("modulo", "${12 % x}", "rest"),
        parallel("join"), user_task("b"), end(),
        flows("start", "a", "fork", "divide", "join"), flows("fork", "modulo", "join"), flows("join", "b", "end"),
    )  # fmt: skip
    world.deploy(files(("p", diagram), forms=FORMS))
    world.start("p", x=0)
    world.complete("a")
    first, second = open_incidents(world)
    assert {first.element_id, second.element_id} == {"divide", "modulo"}
    revise(world, x=5)
    with world.runtime.write(ANN) as tx:
        incidents.retry(tx, first.id)
    assert [each.id for each in open_incidents(world)] == [second.id]  # each for itself
    retry(world)
    assert world.names() == ["b"]


def test_notices_of_a_step_that_was_done_again_are_sent_once(world: World) -> None:
    told: list[dict[str, object]] = []
    world.runtime.on_step = lambda _tx, step: told.extend(step.notices)
    tell = service_task("tell", "${notify('staff', 'x', 'y')}")
    fails(world, chain(tell, DIVIDES, names=("tell", "divide")))
    assert len(told) == 1


def test_one_failing_instance_of_a_multi_instance_waits_alone(world: World) -> None:
    each = service_task("divide", "${12 / n}", "share", for_each("items", "n", "shares", "share"))
    world.deploy(chain(each, names=("divide",)))
    world.start("p", items=[3, 0, 4])
    world.complete("a")
    (incident,) = open_incidents(world)
    assert incident.element_id == "divide"
    assert world.names() == []
    revise(world, n=1)
    retry(world)
    assert world.names() == ["b"]


def test_a_failure_inside_a_sub_process_is_held_there(world: World) -> None:
    inner = subprocess("inner", start("s2"), DIVIDES, end("e2"), flows("s2", "divide", "e2"))
    incident = fails(world, chain(inner, names=("inner",)))
    assert incident.element_id == "divide"
    revise(world, x=3)
    retry(world)
    assert world.names() == ["b"]


def test_a_timer_step_with_a_failing_activity_is_kept_as_well(world: World, clock: FakeClock) -> None:
    late = timer_boundary("late", "a", "${workdays(1)}", interrupting=True)
    diagram = document(
        "p", start(), user_task("a"), late, DIVIDES, user_task("b"), end(), end("e2"),
        flows("start", "a", "e2"), flows("late", "divide", "b", "end"),
    )  # fmt: skip
    world.deploy(files(("p", diagram), forms=FORMS))
    world.start("p", x=0)
    clock.advance(days=3)
    assert timers.fire_due(world.runtime) == 1
    (incident,) = open_incidents(world)
    assert incident.element_id == "divide"


def test_at_the_start_a_failure_is_refused_and_nothing_is_left(world: World) -> None:
    diagram = document("p", start(), DIVIDES, user_task("b"), end(), flows("start", "divide", "b", "end"))
    world.deploy(files(("p", diagram), forms=FORMS))
    with pytest.raises(InvalidInput, match="divide"):
        world.start("p", x=0)
    world.start("p", x=2)  # the business key is free
    assert world.names() == ["b"]


def test_wrong_form_data_is_still_refused_and_changes_nothing(world: World) -> None:
    world.deploy(chain(DIVIDES, names=("divide",)))
    world.start("p", x=0)
    with pytest.raises(InvalidInput):
        world.complete("a", x="many")
    assert world.names() == ["a"]
    assert open_incidents(world) == []


def test_a_suspended_instance_is_not_retried_and_a_cancelled_one_has_no_incident(
    world: World, clock: FakeClock
) -> None:
    incident = fails(world, chain(DIVIDES, names=("divide",)))
    with world.runtime.write(ANN) as tx:
        suspension.suspend(tx, incident.instance_id, "暂缓")
    clock.advance(hours=1)
    assert incidents.retry_due(world.runtime) == 0
    with pytest.raises(Conflict, match="挂起"):
        retry(world)
    with world.runtime.write(ANN) as tx:
        cancellation.cancel(tx, incident.instance_id, "撤销")
    assert open_incidents(world) == []


def test_the_diagrams_own_answer_to_a_failure_comes_first_and_finds_the_task_untouched(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def deals_with_it(task: Task, error: Exception) -> bool:
        seen.append((task.task_spec.name, task._state, dict(task.data), type(error)))
        task.data["share"] = 0
        task.complete()
        return True

    monkeypatch.setattr(failures, "on_failure", deals_with_it)
    world.deploy(chain(DIVIDES, names=("divide",)))
    world.start("p", x=0)
    world.complete("a")
    assert seen == [("divide", TaskState.READY, {"x": 0}, InvalidInput)]
    assert (world.names(), open_incidents(world)) == (["b"], [])


def test_a_bad_timer_beside_the_flow_does_not_refuse_the_start_but_waits_as_an_incident(world: World) -> None:
    reminder = event_subprocess(
        "reminder",
        event_start("late", timer("timeDuration", "${patience}"), interrupting=False),
        user_task("c"),
        end("reminded"),
        flows("late", "c", "reminded"),
    )
    diagram = document("p", start(), user_task("a"), end(), flows("start", "a", "end"), reminder)
    world.deploy(files(("p", diagram), forms=FORMS))
    world.start("p", x=0, patience="two hours")
    (incident,) = open_incidents(world)
    assert (incident.element_id, world.names()) == ("reminder", [])
    assert "现为 'two hours'" in incident.message
    revise(world, patience="PT2H")
    retry(world)
    assert (open_incidents(world), world.names()) == ([], ["a"])
    assert world.instance().next_due is not None
