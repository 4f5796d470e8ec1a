"""Errors and escalations go to the innermost event that matches; an error leaves its scope for good (§10.5.7)."""

from __future__ import annotations

import pytest

from engine import gate
from tests.engine.diagrams import (
    call,
    document,
    end,
    extensions,
    files,
    flow,
    flows,
    for_each,
    parallel,
    service_task,
    start,
)
from tests.engine.diagrams import subprocess as sub
from tests.engine.event_diagrams import (
    OUTSIDE,
    boundary,
    error,
    escalation,
    event_start,
    event_subprocess,
    one,
    task,
    throw,
)
from tests.engine.rehearsal import Rehearsal

restarts = pytest.mark.parametrize("restart", [True, False], ids=["restarted", "in memory"])
TELLS = 'camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"'


def failing(*borders: str) -> dict[str, bytes]:
    """A sub-process with two tasks; `bad` leads to an error end."""
    return one(
        start(),
        sub(
            "work",
            start("s2"),
            parallel("split"),
            task("bad"),
            task("other"),
            end("broken", error("E1")),
            end("fine"),
            flows("s2", "split", "bad", "broken"),
            flows("split", "other", "fine"),
        ),
        *borders,
        *(task(name) for name in ("normal", "by_code", "by_any")),
        *(end(f"end_{name}") for name in ("normal", "by_code", "by_any")),
        flows("start", "work", "normal", "end_normal"),
        flow("by_code", "end_by_code"),
        flow("by_any", "end_by_any"),
        flow("b_code", "by_code"),
        flow("b_any", "by_any"),
    )


@restarts
def test_an_error_end_cancels_its_sub_process_and_goes_to_the_event_with_its_code(*, restart: bool) -> None:
    run = Rehearsal(
        failing(boundary("b_any", "work", error()), boundary("b_code", "work", error("E1", TELLS))), restart=restart
    )
    run.complete("bad", reason="done inside")
    assert run.open == ["by_code"]
    assert {"+broken", "-broken", "xother", "xwork", "-b_code"} <= set(run.path)
    assert not {"+normal", "-b_any", "-work"} & set(run.path)
    assert run.sees("by_code") == {"reason": "done inside", "code": "E1", "text": "E1了"}
    run.complete("by_code")
    assert run.completed


@restarts
def test_an_error_event_without_a_code_catches_any(*, restart: bool) -> None:
    run = Rehearsal(
        failing(boundary("b_any", "work", error()), boundary("b_code", "work", error("E2"))), restart=restart
    )
    run.complete("bad")
    assert run.open == ["by_any"]


CALLED = document(
    "called", start(), task("inner"), end("broken", error("E1")), flows("start", "inner", "broken"), outside=OUTSIDE
)


def caller(loop: str = "") -> dict[str, bytes]:
    main = document(
        "p",
        start(),
        sub(
            "around",
            start("s2"),
            call("ask", "called", '<camunda:in source="x" target="x"/>', loop),
            end("e2"),
            flows("s2", "ask", "e2"),
        ),
        boundary("caught", "around", error("E1")),
        task("after"),
        end("e1"),
        end("e3"),
        flows("start", "around", "e1"),
        flows("caught", "after", "e3"),
        outside=OUTSIDE,
    )
    return files(("p", main), ("called", CALLED))


@restarts
@pytest.mark.parametrize("loop", ["", for_each("${items}", "item")], ids=["once", "for each"])
def test_an_error_leaves_a_called_process_and_the_scopes_around_the_call(*, restart: bool, loop: str) -> None:
    run = Rehearsal(caller(loop), restart=restart, items=[1, 2], x=1)
    run.complete("inner", secret="stays inside")
    assert run.open == ["after"]
    assert run.sees("after") == {"items": [1, 2], "x": 1}
    run.complete("after")
    assert run.completed


def test_an_error_that_a_called_process_throws_without_a_catcher_is_not_done() -> None:
    rehearsal = Rehearsal(files(("called", CALLED)), "called", ignoring="error-uncaught")
    rehearsal.complete("inner")
    assert [failure.element_id for failure in rehearsal.execution.failures()] == ["broken"]
    assert "没有捕获" in rehearsal.execution.failures()[0].message
    assert not rehearsal.completed


def test_a_failing_service_task_is_caught_by_its_error_event() -> None:
    run = Rehearsal(
        one(
            start(),
            task("first"),
            service_task("risky", "${1 / amount}", "result"),
            boundary("caught", "risky", error(None, TELLS)),
            task("after"),
            task("normal"),
            end("e1"),
            end("e2"),
            flows("start", "first", "risky", "normal", "e1"),
            flows("caught", "after", "e2"),
        ),
    )
    run.complete("first", amount=0)
    assert run.open == ["after"]
    assert not run.execution.failures()
    assert run.sees("after")["code"] is None
    assert "除数为零" in run.sees("after")["text"]
    assert {"+risky", "xrisky", "-caught"} <= set(run.path)
    run.complete("after")
    assert run.completed


def escalating(definition: str, *, end_event: bool, interrupting: bool) -> dict[str, bytes]:
    thrown = end("raised", escalation("U1")) if end_event else throw("raised", escalation("U1"))
    rest = "" if end_event else task("rest") + end("e4") + flows("raised", "rest", "e4")
    return one(
        start(),
        sub("work", start("s2"), task("inner"), thrown, rest, flows("s2", "inner", "raised")),
        boundary("told", "work", definition, interrupting=interrupting),
        task("after"),
        task("normal"),
        end("e1"),
        end("e3"),
        flows("start", "work", "normal", "e1"),
        flows("told", "after", "e3"),
    )


@restarts
@pytest.mark.parametrize("end_event", [False, True], ids=["throw", "end"])
@pytest.mark.parametrize("code", [None, "U1"])
def test_an_escalation_interrupts_or_not(*, restart: bool, end_event: bool, code: str | None) -> None:
    definition = escalation(code, 'camunda:escalationCodeVariable="code"')
    beside = Rehearsal(escalating(definition, end_event=end_event, interrupting=False), restart=restart)
    beside.complete("inner", note="so far")
    assert beside.open == sorted(["after", "normal" if end_event else "rest"])
    assert beside.sees("after") == {"note": "so far", "code": "U1"}
    instead = Rehearsal(escalating(definition, end_event=end_event, interrupting=True), restart=restart)
    instead.complete("inner", note="so far")
    assert instead.open == ["after"]
    assert "xwork" in instead.path
    instead.complete("after")
    assert instead.completed


def test_an_escalation_nobody_waits_for_is_passed_over() -> None:
    run = Rehearsal(escalating(escalation("U2"), end_event=False, interrupting=True))
    run.complete("inner")
    assert run.open == ["rest"]
    run.complete("rest")
    assert run.open == ["normal"]


def test_what_a_side_path_took_over_does_not_undo_what_was_set_later() -> None:
    run = Rehearsal(escalating(escalation(), end_event=False, interrupting=False))
    run.complete("inner", note="first")
    run.complete("rest", note="second")
    run.complete("normal")
    run.complete("after")
    assert run.completed
    assert run.variables["note"] == "second"


def test_an_error_event_does_not_catch_the_failure_of_what_comes_after_its_activity() -> None:
    run = Rehearsal(
        one(
            start(),
            task("first"),
            boundary("caught", "first", error()),
            task("second", extensions(inputs={"x": "${1 / amount}"})),
            end("e1"),
            end("e2"),
            flows("start", "first", "second", "e1"),
            flow("caught", "e2"),
        )
    )
    run.complete("first", amount=0)
    assert [failure.element_id for failure in run.execution.failures()] == ["second"]
    assert "+caught" not in run.path


def test_an_event_sub_process_does_not_catch_its_own_error() -> None:
    again = event_subprocess(
        "handler", event_start("begun", error("E1")), end("rethrown", error("E1")), flows("begun", "rethrown")
    )
    parts = (start(), task("first"), end("broken", error("E1")), flows("start", "first", "broken"), again)
    found = gate.check(one(*parts), frozenset())
    assert [(f.rule, f.element) for f in found if f.severity == "error"] == [("error-uncaught", "rethrown")]
