"""Events that wait, have fired or are being undone when the state is saved."""

from __future__ import annotations

from tests.engine.diagrams import call, document, end, files, flow, flows, parallel, start, subprocess
from tests.engine.event_diagrams import (
    OUTSIDE,
    boundary,
    catch,
    condition,
    error,
    event_start,
    event_subprocess,
    message,
    one,
    race,
    signal,
    task,
    timer,
)
from tests.engine.saved_states.scenarios import Scenario, done, later, told


def _event_sub_processes() -> Scenario:
    """One that does not interrupt has run once and runs again; one that interrupts still waits."""
    diagram = one(
        *(start(), task("a"), task("b"), end(), flows("start", "a", "b", "end")),
        event_subprocess(
            *("note", event_start("noted", message("hint"), interrupting=False), task("write"), end("e1")),
            flows("noted", "write", "e1"),
        ),
        event_subprocess(
            *("halt", event_start("halted", message("stop")), task("clear"), end("e2")),
            flows("halted", "clear", "e2"),
        ),
    )
    before = [told("hint", h=1), done("write", w=1), done("a", a=1), told("hint", h=2)]
    after = [done("write", w=2), told("stop", why="x"), done("clear", c=1)]
    return Scenario(diagram, before, after, {"a": 1, "w": 2, "why": "x", "c": 1})


def _cyclic_timer() -> Scenario:
    """Two of three reminders have gone out; one of them is still open."""
    diagram = one(
        *(start(), task("a"), boundary("remind", "a", timer("timeCycle", "R3/PT1H"), interrupting=False)),
        *(task("reminder"), end(), end("e1"), flows("start", "a", "end"), flows("remind", "reminder", "e1")),
    )
    after = [later(1), later(5), done("reminder"), done("reminder"), done("a", a=1)]
    return Scenario(diagram, [later(1), done("reminder"), later(1)], after, {"a": 1})


def _race() -> Scenario:
    diagram = one(
        *(start(), task("a"), race("race"), catch("answer", message("answer")), end(), end("e1")),
        *(catch("pause", timer("timeDuration", "PT2H")), task("b"), flows("start", "a", "race", "answer", "end")),
        flows("race", "pause", "b", "e1"),
    )
    return Scenario(diagram, [done("a", a=1), later(1)], [later(1), done("b", b=1)], {"a": 1, "b": 1})


def _compensation() -> Scenario:
    """Three activities are done, the last one is being undone."""
    handled = "".join(
        task(f"undo_{name}").replace("<bpmn:userTask", '<bpmn:userTask isForCompensation="true"')
        + f'<bpmn:boundaryEvent id="on_{name}" attachedToRef="{name}"><bpmn:compensateEventDefinition/>'
        "</bpmn:boundaryEvent>"
        for name in "abc"
    )
    associations = "".join(
        f'<bpmn:association id="by_{name}" associationDirection="One" sourceRef="on_{name}" targetRef="undo_{name}"/>'
        for name in "abc"
    )
    back = '<bpmn:intermediateThrowEvent id="back" name="back"><bpmn:compensateEventDefinition/>'
    diagram = one(
        *(start(), *map(task, "abcd"), end(), handled, f"{back}</bpmn:intermediateThrowEvent>"),
        *(flows("start", "a", "b", "c", "back", "d", "end"), associations),
    )
    before = [done("a", n=1), done("b", n=2), done("c", n=3)]
    after = [done("undo_c"), done("undo_b", undone=1), done("undo_a", undone=2), done("d")]
    return Scenario(diagram, before, after, {"n": 3, "undone": 2})


def _condition() -> Scenario:
    """What one branch sets wakes the other; it was true once and must become false first."""
    diagram = one(
        *(start(), parallel("fork"), task("a"), task("b"), task("c"), task("d"), end(), end("e1"), end("e2")),
        boundary("rising", "b", condition("${level > 5}"), interrupting=False),
        *(flows("start", "fork", "a", "c", "end"), flows("fork", "b", "e1"), flows("rising", "d", "e2")),
    )
    before = [done("a", level=6)]
    return Scenario(
        diagram, before, [done("c", level=7), done("d", d=1), done("b")], {"level": 7, "d": 1}, {"level": 0}
    )


def _error_from_a_call() -> Scenario:
    """The called process stands inside a sub-process of its own when the state is saved; then it fails."""
    inner = subprocess("inner", start("s3"), task("work"), end("failed", error("E1")), flows("s3", "work", "failed"))
    called = document("called", start("s2"), inner, end("e2"), flows("s2", "inner", "e2"), outside=OUTSIDE)
    mapping = '<camunda:in source="item" target="item"/><camunda:out source="note" target="note"/>'
    main = document(
        *("p", start(), call("each", "called", mapping), boundary("caught", "each", error("E1")), task("mend")),
        *(end(), end("e1"), flows("start", "each", "end"), flows("caught", "mend", "e1")),
        outside=OUTSIDE,
    )
    deployed = files(("p", main), ("called", called))
    return Scenario(deployed, [], [done("work", note="n"), done("mend", m=1)], {"m": 1, "item": 1}, {"item": 1})


def _signal_to_all() -> Scenario:
    diagram = one(
        *(start(), parallel("fork"), catch("calm", signal("calm")), task("a"), task("b"), end(), end("e1")),
        *(boundary("alarm", "b", signal("alarm")), task("c"), end("e2")),
        *(flows("start", "fork", "calm", "a", "end"), flows("fork", "b", "e1"), flow("alarm", "c"), flow("c", "e2")),
    )
    return Scenario(
        diagram, [], [["signal", "alarm", {"n": 1}], ["signal", "calm", {}], done("a"), done("c")], {"n": 1}
    )


EVENTS = {
    "event_sub_processes": _event_sub_processes,
    "cyclic_timer": _cyclic_timer,
    "event_based_gateway": _race,
    "compensation_under_way": _compensation,
    "conditional_event": _condition,
    "error_from_a_called_process": _error_from_a_call,
    "signals": _signal_to_all,
}
