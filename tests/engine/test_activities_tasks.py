"""Tasks that send and receive, data that only documents, ends that terminate, what may become a variable."""

from __future__ import annotations

from typing import Any

import pytest

from engine import messages, revision
from engine.errors import InvalidInput
from engine.working_days import SHANGHAI
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    TERMINATE,
    document,
    end,
    extensions,
    files,
    flows,
    parallel,
    start,
    timer_boundary,
    user_task,
)
from tests.engine.event_diagrams import catch, race, timer
from tests.engine.rehearsal import Rehearsal

MESSAGE = '<bpmn:message id="m" name="answered"/>'


def deployed(*parts: str, outside: str = MESSAGE) -> dict[str, bytes]:
    """Process p; its user tasks may set x and y."""
    forms = {f"p/{name}": form(x="string", y="string") for name in "abc"}
    return files(("p", document("p", *parts, outside=outside)), forms=forms)


def receive(name: str, inner: str = "") -> str:
    """A receive task."""
    return f'<bpmn:receiveTask id="{name}" name="{name}" messageRef="m">{inner}</bpmn:receiveTask>'


def test_a_receive_task_waits_for_its_message_and_keeps_what_it_brings() -> None:
    parameters = extensions({"x": "${x + '!'}", "began": "${now()}"}, {"echo": "${x + answer}", "since": "${began}"})
    chain = flows("start", "wait", "a", "end")
    run = Rehearsal(deployed(start(), receive("wait", parameters), user_task("a"), end(), chain), x="outer")
    assert [step for step in run.path if step[0] == "+"] == ["+start", "+wait"]
    began = run.now.astimezone(SHANGHAI).isoformat()
    run.later(days=1)  # its parameters are set when it is entered, not when the message comes
    assert run.message("answered", answer="yes")
    assert run.count("-wait") == 1
    assert run.open == ["a"]
    assert run.variables == {"x": "outer", "answer": "yes", "echo": "outer!yes", "since": began}
    assert not run.message("answered")


def test_a_receive_task_may_be_interrupted() -> None:
    late = timer_boundary("late", "wait", "${'2026-03-03T09:00:00+08:00'}", interrupting=True)
    paths = flows("start", "wait", "end") + flows("late", "a", "end")
    run = Rehearsal(deployed(start(), receive("wait"), late, user_task("a"), end(), paths))
    change = run.later(days=2)
    assert change.cancelled == [("p", "wait")]
    assert run.open == ["a"]
    assert not run.message("answered")


def test_a_receive_task_behind_an_event_based_gateway_withdraws_the_other_events() -> None:
    until = timer("timeDate", "${'2026-03-03T09:00:00+08:00'}")
    paths = flows("start", "g", "wait", "a", "end") + flows("g", "late", "b", "end")
    run = Rehearsal(
        deployed(start(), race("g"), receive("wait"), catch("late", until), *map(user_task, "ab"), end(), paths)
    )
    assert run.message("answered", x="1")
    assert run.open == ["a"]
    run.later(days=2)
    assert run.open == ["a"]


def test_a_send_task_sends_its_message_with_its_parameters() -> None:
    send = f'<bpmn:sendTask id="tell" name="tell" messageRef="m">{extensions({"x": "${x * 2}"})}</bpmn:sendTask>'
    run = Rehearsal(deployed(start(), send, user_task("a"), end(), flows("start", "tell", "a", "end")), x=3)
    run.complete("a")
    assert [(thrown.name, thrown.payload) for thrown in run.thrown_messages] == [("answered", {"x": 6})]
    assert run.variables == {"x": 3}


def test_data_that_nothing_reads_or_writes_changes_nothing() -> None:
    data = (
        '<bpmn:dataObject id="d"/><bpmn:dataObjectReference id="paper" name="材料" dataObjectRef="d"/>'
        '<bpmn:dataStoreReference id="files" name="档案库" dataStoreRef="store"/>'
    )
    note = '<bpmn:property id="note" name="note"/>'
    parts = (start(), user_task("a"), end(), flows("start", "a", "end"))
    run = Rehearsal(deployed(note, *parts, data, outside='<bpmn:dataStore id="store" name="档案库"/>'))
    plain = Rehearsal(deployed(*parts))
    for each in (run, plain):
        each.complete("a", x="1")
    assert run.completed
    assert run.variables == plain.variables == {"x": "1"}
    assert (run.path, run.flows) == (plain.path, plain.flows)


def test_a_terminate_end_keeps_what_the_other_branches_had_set() -> None:
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            user_task("a"),
            user_task("b"),
            user_task("c"),
            end("stop", TERMINATE),
            end(),
            flows("start", "split", "a", "b", "end"),
            flows("split", "c", "stop"),
        ),
        x="0",
    )
    run.complete("a", x="1")
    run.complete("c", y="2")
    assert run.completed
    assert run.variables == {"x": "1", "y": "2"}


def bomb(levels: int) -> list[Any]:
    """Lists in lists."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "variables",
    [
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": 10**30},
        {"x": bomb(2000)},
        {"x": {"y": {1, 2}}},
        {"x": {1: "number as name"}},
        {"x": b"bytes"},
        {"x": "half a character \ud800"},
        {"len": 1},
        {"now": 1},
        {"true": False},
        {"typename": "x"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_what_is_no_json_or_has_a_reserved_name_stays_outside(world: World, variables: dict[str, Any]) -> None:
    world.deploy(deployed(start(), receive("wait"), end(), flows("start", "wait", "end")))
    with pytest.raises(InvalidInput):
        world.start("p", "refused", **variables)
    instance = world.start("p")
    with pytest.raises(InvalidInput), world.runtime.write(ANN) as tx:
        messages.correlate(tx, "answered", "b1", "m-1", variables)
    with pytest.raises(InvalidInput), world.runtime.write(ANN) as tx:
        revision.revise(tx, instance.id, variables, "试一试")
    assert world.variables() == {}
