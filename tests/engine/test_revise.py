"""revise({…}) of a service task: variables, timers, due dates and groups of the process it stands in, nobody else's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import audit, timers, user_tasks
from engine.errors import DefinitionRefused
from engine.working_days import SHANGHAI
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World
from tests.engine.diagrams import (
    call,
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    for_each,
    service_task,
    start,
    timer_boundary,
    user_task,
)
from tests.engine.event_diagrams import OUTSIDE, event_start, event_subprocess, message, one, task, throw
from tests.engine.rehearsal import Rehearsal

SOON, LATER = "2026-03-05T18:00:00+08:00", "2026-03-20T18:00:00+08:00"
MOVED = event_subprocess(
    "moved",
    event_start("told", message("order"), interrupting=False),
    exclusive("ours", "not_ours"),
    service_task("move", "${revise({'until': moved_until, 'who': 'boss'})}"),
    end("moved_end"),
    end("left_alone"),
    flows("told", "ours"),
    flow("ours", "move", "${moved_department == department}"),
    flow("ours", "left_alone", name="not_ours"),
    flows("move", "moved_end"),
)
PART = document(
    "part",
    start(),
    user_task("work", "${[department, who]}", attributes='camunda:dueDate="${until}"').replace(
        'camunda:formKey="work"', ""
    ),
    timer_boundary("late", "work", "${until}", interrupting=False),
    task("urge"),
    end("urged"),
    end("done"),
    flows("start", "work", "done"),
    flows("late", "urge", "urged"),
    MOVED,
    outside=OUTSIDE,
)
PARTS = call(
    "parts",
    "part",
    '<camunda:in source="department" target="department"/><camunda:in source="until" target="until"/>'
    '<camunda:in source="who" target="who"/><camunda:out source="until" target="was_due"/>',
    for_each("${departments}", "department", "dues", "was_due"),
)
MAIN = document("main", start(), PARTS, task("last"), end(), flows("start", "parts", "last", "end"))
SIDE = document(
    "side",
    start(),
    task("decide"),
    throw("grant", message("order"), carries={"moved_department": "${'d2'}", "moved_until": f"${{'{LATER}'}}"}),
    end("e1"),
    flows("start", "decide", "grant", "e1"),
    outside=OUTSIDE,
)


def begin(world: World) -> None:
    world.deploy(files(("main", MAIN), ("part", PART), ("side", SIDE)))
    world.start("main", departments=["d1", "d2"], until=SOON, who="staff")
    world.start("side")


def dues(world: World) -> dict[tuple[str, ...], datetime | None]:
    return {task.candidate_groups: task.due_at for task in world.open() if task.element_id == "work"}


def test_a_message_of_another_process_moves_the_due_date_of_one_department_only(world: World) -> None:
    begin(world)
    soon, later = datetime.fromisoformat(SOON), datetime.fromisoformat(LATER)
    assert dues(world) == {("d1", "staff"): soon, ("d2", "staff"): soon}
    world.complete("decide")
    assert dues(world) == {("d1", "staff"): soon, ("boss", "d2"): later}
    with world.runtime.read(ANN) as tx:
        entry = audit.entries(tx, audit.instance_stream("b1"))[-1]
    assert entry.action == "message.correlated"
    assert entry.detail["revised"] == [{"element": "move", "variables": {"until": LATER, "who": "boss"}}]
    moved = [each["to"] for each in entry.detail["user_tasks"]]
    assert [datetime.fromisoformat(each) for each in moved] == [later]
    assert world.variables()["until"] == SOON  # the calling process has its own


def test_date_timers_follow(world: World, runtime: Any, clock: FakeClock) -> None:
    begin(world)
    world.complete("decide")
    clock.now = datetime.fromisoformat(SOON).astimezone(SHANGHAI) + timedelta(minutes=1)
    timers.fire_due(runtime)
    assert world.names().count("urge") == 1  # of d1
    clock.now = datetime.fromisoformat(LATER).astimezone(SHANGHAI) + timedelta(minutes=1)
    timers.fire_due(runtime)
    assert world.names().count("urge") == 2


def test_what_was_revised_is_what_the_process_gives_back(world: World) -> None:
    begin(world)
    world.complete("decide")
    for group in ("d1", "d2"):
        found = world.task("work", group=group)
        with world.runtime.write(ANN) as tx:
            user_tasks.complete(tx, found.id, {})
    assert world.variables()["dues"] == [SOON, LATER]


@pytest.mark.parametrize("restart", [True, False])
def test_it_reaches_the_branches_beside_it_and_a_later_write_still_wins(restart: bool) -> None:
    parts = (
        start(),
        '<bpmn:parallelGateway id="split" name="split"/><bpmn:parallelGateway id="join" name="join"/>',
        task("slow"),
        task("quick"),
        service_task("change", "${revise({'x': 2, 'fresh': x + 1})}"),
        service_task("again", "${x + 40}", "x"),
        task("look"),
        end("e1"),
        flows("start", "split", "slow", "join", "look", "e1"),
        flows("split", "quick", "change", "again", "join"),
    )
    rehearsal = Rehearsal(one(*parts), restart=restart, x=1)
    rehearsal.complete("quick")
    assert rehearsal.sees("slow") == {"x": 2, "fresh": 2}
    rehearsal.complete("slow")
    assert rehearsal.sees("look") == {"x": 42, "fresh": 2}


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("${revise(x)}", "revise"),
        ("${revise({})}", "revise"),
        ("${revise({'now': 1})}", "变量名 now 与函数或保留字重名"),
        ("${revise({'revise': 1})}", "变量名 revise 与函数或保留字重名"),
    ],
)
def test_the_gate_wants_to_see_which_variables_change(world: World, expression: str, told: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        world.deploy(one(start(), service_task("s", expression), end("e1"), flows("start", "s", "e1")))
    assert any(told in finding.message for finding in refused.value.findings)


def test_it_belongs_to_service_tasks_alone(world: World) -> None:
    gateway = (exclusive("g", "else"), flow("g", "e1", "${revise({'x': 1})}"), flow("g", "e2", name="else"))
    with pytest.raises(DefinitionRefused, match="revise"):
        world.deploy(one(start(), *gateway, end("e1"), end("e2"), flows("start", "g")))
