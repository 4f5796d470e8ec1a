"""Event sub-processes wait as long as their scope runs; an interrupting one ends all else in it (§13.5.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.spiff.execution import Execution
from tests.engine.diagrams import call, document, end, exclusive, files, flow, flows, parallel, service_task, start
from tests.engine.diagrams import subprocess as sub
from tests.engine.event_diagrams import (
    OUTSIDE,
    boundary,
    catch,
    error,
    escalation,
    event_start,
    event_subprocess,
    message,
    one,
    signal,
    task,
    throw,
    timer,
)
from tests.engine.rehearsal import START, Rehearsal

restarts = pytest.mark.parametrize("restart", [True, False], ids=["restarted", "in memory"])
DEFINITIONS = {
    "message": message("stop"),
    "signal": signal("alarm"),
    "date": timer("timeDate", "${due}"),
    "duration": timer("timeDuration", "${'PT2H'}"),
}
DUE = {"due": (START + timedelta(hours=2)).isoformat()}


def handler(definition: str, *, interrupting: bool, name: str = "handler") -> str:
    return event_subprocess(
        name,
        event_start(f"{name}_start", definition, interrupting=interrupting),
        task(f"{name}_task"),
        end(f"{name}_end"),
        flows(f"{name}_start", f"{name}_task", f"{name}_end"),
    )


def process(*handlers: str) -> dict[str, bytes]:
    """Two parallel tasks, one in a sub-process with a timer, and event sub-processes beside them."""
    return one(
        start(),
        task("first"),
        parallel("split"),
        task("a"),
        sub(
            "inner",
            start("s2"),
            task("b"),
            boundary("slow", "b", timer("timeDuration", "${'PT9H'}"), interrupting=False),
            end("e2"),
            end("e4"),
            flows("s2", "b", "e2"),
            flow("slow", "e4"),
        ),
        catch("waits", message("order")),
        end("e1"),
        end("e3"),
        end("e5"),
        flows("start", "first", "split", "a", "e1"),
        flows("split", "inner", "e3"),
        flows("split", "waits", "e5"),
        *handlers,
    )


def trigger(run: Rehearsal, kind: str) -> None:
    if kind == "message":
        assert run.message("stop", why="told")
    elif kind == "signal":
        assert run.signal("alarm", why="told")
    else:
        run.later(hours=2)


@restarts
@pytest.mark.parametrize("kind", DEFINITIONS)
def test_an_interrupting_one_cancels_everything_else_in_its_scope_and_the_scope_ends_with_it(
    *, restart: bool, kind: str
) -> None:
    run = Rehearsal(process(handler(DEFINITIONS[kind], interrupting=True)), restart=restart, **DUE)
    assert run.open == ["first"]
    run.complete("first", amount=7)
    assert run.open == ["a", "b"]
    trigger(run, kind)
    assert run.open == ["handler_task"]
    assert run.next_due is None
    assert run.sees("handler_task")["amount"] == 7
    assert (run.sees("handler_task").get("why") == "told") is (kind in ("message", "signal"))
    assert {"xa", "xb", "xinner", "xwaits", "+handler", "+handler_start"} <= set(run.path)
    assert not run.message("stop")
    assert not run.message("order")
    run.complete("handler_task", result="handled")
    assert run.completed
    assert run.variables["result"] == "handled"
    assert {"-handler", "-handler_end"} <= set(run.path)
    assert "+e1" not in run.path


@restarts
def test_a_non_interrupting_one_runs_as_often_as_it_is_triggered_and_the_scope_waits_for_it(*, restart: bool) -> None:
    run = Rehearsal(process(handler(message("stop"), interrupting=False)), restart=restart)
    assert run.message("stop", n=1)
    run.complete("first", amount=7)
    assert run.message("stop", n=2)
    assert run.open == ["a", "b", "handler_task", "handler_task"]
    seen = [t.variables for t in run.execution.open_tasks() if t.element.id == "handler_task"]
    assert sorted((v["n"], v.get("amount")) for v in seen) == [(1, None), (2, 7)]
    run.complete("a")
    run.complete("b")
    assert run.message("order")
    assert run.open == ["handler_task", "handler_task"]  # the flow has ended, the scope has not
    assert run.message("stop", n=3)
    for _ in range(3):
        assert not run.completed
        run.complete("handler_task")
    assert run.completed
    assert run.count("+handler") == run.count("-handler") == 3
    assert run.variables["amount"] == 7


@restarts
def test_a_scope_that_ends_takes_its_waiting_event_sub_processes_with_it(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            exclusive("again"),
            sub(
                "work",
                start("s2"),
                task("inner"),
                end("e2"),
                flows("s2", "inner", "e2"),
                handler(timer("timeDuration", "${'PT1H'}"), interrupting=True),
            ),
            task("outer"),
            exclusive("done", default="done_to_e1"),
            end("e1"),
            flows("start", "again", "work", "outer", "done", "e1"),
            flow("done", "again", "${more}"),
        ),
        restart=restart,
    )
    assert run.next_due == START + timedelta(hours=1)
    run.complete("inner")
    assert run.next_due is None
    run.later(hours=2)
    assert run.open == ["outer"]
    run.complete("outer", more=True)
    assert run.next_due == START + timedelta(hours=3)
    run.later(hours=1)
    assert run.open == ["handler_task"]
    run.complete("handler_task", note="from the handler")
    assert run.open == ["outer"]  # the sub-process has completed: the flow goes on
    assert run.sees("outer")["note"] == "from the handler"
    assert "-work" in run.path
    run.complete("outer", more=False)
    assert run.completed


@restarts
def test_an_error_starts_the_event_sub_process_of_the_scope_it_comes_from(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            sub(
                "work",
                start("s2"),
                parallel("split"),
                task("bad"),
                task("other"),
                end("broken", error("E1")),
                end("e2"),
                flows("s2", "split", "bad", "broken"),
                flows("split", "other", "e2"),
                handler(error("E1", 'camunda:errorCodeVariable="code"'), interrupting=True),
            ),
            boundary("outside", "work", error()),
            task("after"),
            end("e1"),
            end("e3"),
            flows("start", "work", "after", "e1"),
            flow("outside", "e3"),
        ),
        restart=restart,
    )
    run.complete("bad", x=1)
    assert run.open == ["handler_task"]
    assert run.sees("handler_task") == {"x": 1, "code": "E1"}
    assert {"+broken", "-broken", "xother"} <= set(run.path)
    run.complete("handler_task")
    assert run.open == ["after"]
    assert "-outside" not in run.path


@restarts
def test_an_error_from_an_event_sub_process_leaves_the_scope_around_it(*, restart: bool) -> None:
    again = event_subprocess(
        "handler",
        event_start("handler_start", error("E1")),
        end("rethrown", error("E1")),
        flows("handler_start", "rethrown"),
    )
    run = Rehearsal(
        one(
            start(),
            sub("work", start("s2"), task("bad"), end("broken", error("E1")), flows("s2", "bad", "broken"), again),
            boundary("outside", "work", error("E1")),
            task("after"),
            task("normal"),
            end("e1"),
            end("e3"),
            flows("start", "work", "normal", "e1"),
            flows("outside", "after", "e3"),
        ),
        restart=restart,
    )
    run.complete("bad")
    assert run.open == ["after"]
    assert {"+handler", "xhandler", "xwork"} <= set(run.path)


@restarts
@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_starts_an_event_sub_process(*, restart: bool, interrupting: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            task("first"),
            throw("raise", escalation("U1")),
            task("rest"),
            end("e1"),
            flows("start", "first", "raise", "rest", "e1"),
            handler(escalation(), interrupting=interrupting),
        ),
        restart=restart,
    )
    run.complete("first")
    assert run.open == (["handler_task"] if interrupting else ["handler_task", "rest"])
    run.complete("handler_task")
    if not interrupting:
        assert run.open == ["rest"]
        run.complete("rest")
    assert run.completed


@restarts
def test_a_called_process_has_event_sub_processes_of_its_own(*, restart: bool) -> None:
    called = document(
        "called",
        start(),
        task("inner"),
        end("e1"),
        flows("start", "inner", "e1"),
        handler(message("stop"), interrupting=True),
        outside=OUTSIDE,
    )
    main = document(
        "p",
        start(),
        call("ask", "called", '<camunda:in source="x" target="x"/><camunda:out source="y" target="y"/>'),
        task("after"),
        end("e2"),
        flows("start", "ask", "after", "e2"),
    )
    run = Rehearsal(files(("p", main), ("called", called)), restart=restart, x=1)
    assert run.message("stop")
    assert run.open == ["handler_task"]
    run.complete("handler_task", y=2)
    assert run.open == ["after"]
    assert run.sees("after") == {"x": 1, "y": 2}


def test_two_instances_of_one_definition_never_touch_the_specification() -> None:
    deployed = process(handler(message("stop"), interrupting=False))
    first, second = Rehearsal(deployed, n=1), Rehearsal(deployed, n=2)
    second.compiled = first.compiled  # as the cache of definitions shares it
    before = {name: (spec._inputs[:], spec._outputs[:]) for name, spec in first.compiled.spec.task_specs.items()}
    first.message("stop")
    second.message("stop")
    second.message("stop")
    after = {name: (spec._inputs, spec._outputs) for name, spec in first.compiled.spec.task_specs.items()}
    assert after == before
    assert (first.count("+handler"), second.count("+handler")) == (1, 2)


def test_a_failure_inside_the_scope_starts_its_error_event_sub_process() -> None:
    run = Rehearsal(
        one(
            start(),
            task("first"),
            service_task("risky", "${1 / amount}"),
            end("e1"),
            flows("start", "first", "risky", "e1"),
            handler(error(None, 'camunda:errorMessageVariable="text"'), interrupting=True),
        )
    )
    run.complete("first", amount=0)
    assert run.open == ["handler_task"]
    assert "除数为零" in run.sees("handler_task")["text"]
    run.complete("handler_task")
    assert run.completed


def test_state_stays_flat_beside_a_waiting_event_sub_process() -> None:
    run = Rehearsal(
        one(
            start(),
            exclusive("again"),
            task("turn"),
            exclusive("done", default="done_to_e1"),
            end("e1"),
            flows("start", "again", "turn", "done", "e1"),
            flow("done", "again", "${more}"),
            handler(message("stop"), interrupting=False),
        )
    )
    run.complete("turn", more=True, n=0)
    size = len(run.blob)
    for number in range(1, 30):
        run.complete("turn", more=True, n=number)
    assert len(run.blob) <= size * 1.1
    assert Execution.restore(run.compiled, run.blob, run.engine).variables()["n"] == 29
    assert run.message("stop")
    assert run.sees("handler_task")["n"] == 29
