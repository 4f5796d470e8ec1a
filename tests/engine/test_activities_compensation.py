"""Compensation and transactions run as BPMN §13.5.5 says; every step runs on a restored instance."""

from __future__ import annotations

import itertools
import re

import pytest

from engine import gate
from tests.engine.conftest import form
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
from tests.engine.rehearsal import FUNCTIONS, Rehearsal

COMPENSATE = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"


def deployed(*parts: str, **others: bytes) -> dict[str, bytes]:
    """Process p whose user tasks may set x, y and more."""
    fields = form(x="string", y="string", more="boolean")
    names = ("a", "b", "c", "d", "undo_a", "undo_b", "undo_c", "undo_all")
    forms = {f"{key}/{name}": fields for key in ("p", *others) for name in names}
    return files(("p", process("p", *parts)), *others.items(), forms=forms)


def process(key: str, *parts: str) -> bytes:
    """A document whose associations stand behind everything else, as the schema wants them."""
    body = "".join(parts)
    associations = re.findall(r"<bpmn:association [^>]*/>", body)
    return document(key, re.sub(r"<bpmn:association [^>]*/>", "", body), *associations)


def undone(host: str, handler: str = "") -> str:
    """A compensation event on a host with its handler: a user task named undo_<host>, unless given."""
    handler = handler or user_task(f"undo_{host}", attributes='isForCompensation="true"')
    return (
        f'{handler}<bpmn:boundaryEvent id="on_{host}" attachedToRef="{host}">{COMPENSATE}</bpmn:boundaryEvent>'
        f'<bpmn:association id="by_{host}" associationDirection="One" sourceRef="on_{host}" targetRef="undo_{host}"/>'
    )


def undo(name: str, activity: str = "", attributes: str = "") -> str:
    """An intermediate event that throws compensation."""
    reference = f' activityRef="{activity}"' if activity else ""
    definition = f"<bpmn:compensateEventDefinition{reference}{attributes}/>"
    return f'<bpmn:intermediateThrowEvent id="{name}" name="{name}">{definition}</bpmn:intermediateThrowEvent>'


def transaction(*parts: str) -> str:
    """A transaction named t with a cancel event `given_up` on its border."""
    event = f'<bpmn:boundaryEvent id="given_up" attachedToRef="t">{CANCEL}</bpmn:boundaryEvent>'
    return subprocess("t", *parts).replace("subProcess", "transaction") + event


SIDE_BY_SIDE = (
    start(),
    parallel("split"),
    *(user_task(name) for name in "abc"),
    undone("a"),
    undone("b"),
    undone("c"),
    parallel("join"),
    user_task("d"),
    end(),
    flows("start", "split", "a", "join"),
    flows("split", "b", "join"),
    flows("split", "c", "join"),
)


def test_what_was_completed_is_undone_in_reverse_order_each_once() -> None:
    deployment = deployed(*SIDE_BY_SIDE, undo("back"), flows("join", "back", "d", "end"))
    for order in itertools.permutations("abc"):
        run = Rehearsal(deployment)
        for name in order:
            run.complete(name)
        for name in reversed(order):
            assert run.open == [f"undo_{name}"]
            run.complete(f"undo_{name}")
        assert run.open == ["d"]
        run.complete("d")
        assert run.completed
        assert run.count("-back") == 1
        assert run.count("+back") == 1
        assert [f for f in run.flows if "undo" in f] == []


def test_only_what_was_completed_is_undone() -> None:
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            *(user_task(name) for name in "abc"),
            undone("a"),
            undone("b"),
            undo("back"),
            end(),
            flows("start", "split", "a", "c", "back", "end"),
            flows("split", "b", "end"),
        )
    )
    run.complete("a")
    run.complete("c")
    assert run.open == ["b", "undo_a"]
    run.complete("undo_a")
    run.complete("b")
    assert run.completed


def test_one_activity_may_be_named_and_is_undone_once_for_every_time_it_was_done() -> None:
    run = Rehearsal(
        deployed(
            start(),
            exclusive("again"),
            user_task("a"),
            user_task("b"),
            undone("a"),
            undone("b"),
            exclusive("more", default="more_to_back"),
            undo("back", "a"),
            undo("once_more", "a"),
            user_task("d"),
            end(),
            flows("start", "again", "a", "b", "more", "back", "once_more", "d", "end"),
            flow("more", "again", "${more}"),
        )
    )
    for number in range(3):
        run.complete("a")
        run.complete("b", more=number < 2)
    for _ in range(3):
        assert run.open == ["undo_a"]
        run.complete("undo_a")
    assert run.open == ["d"]


def test_a_handler_sees_the_variables_as_they_are_now_and_what_it_sets_counts() -> None:
    handler = service_task("undo_a", "${x + y}", "x").replace(
        "<bpmn:serviceTask", '<bpmn:serviceTask isForCompensation="true"'
    )
    parts = (start(), user_task("a"), user_task("b"), undone("a", handler), undo("back"), user_task("d"), end())
    run = Rehearsal(deployed(*parts, flows("start", "a", "b", "back", "d", "end")))
    run.complete("a", x="1", y="old")
    run.complete("b", y="2")
    assert run.variables == {"x": "12", "y": "2"}
    assert run.open == ["d"]


def test_nothing_to_undo_is_passed() -> None:
    run = Rehearsal(
        deployed(start(), user_task("a"), undone("a"), undo("back"), end(), flows("start", "back", "a", "end"))
    )
    assert run.open == ["a"]


def test_an_end_event_undoes_before_the_process_ends() -> None:
    parts = (start(), user_task("a"), undone("a"), end("stop", COMPENSATE))
    run = Rehearsal(deployed(*parts, flows("start", "a", "stop")))
    run.complete("a")
    assert run.open == ["undo_a"]
    assert not run.completed
    run.complete("undo_a", x="undone")
    assert run.completed
    assert run.variables == {"x": "undone"}


def test_a_sub_process_is_undone_as_a_whole() -> None:
    """Its own handler may be a sub-process, too."""
    handler = subprocess(
        "undo_s", start("u_in"), user_task("undo_all"), end("u_out"), flows("u_in", "undo_all", "u_out")
    )
    handler = handler.replace('<bpmn:subProcess id="undo_s"', '<bpmn:subProcess isForCompensation="true" id="undo_s"')
    inner = subprocess("s", start("in"), user_task("a"), undone("a"), end("out"), flows("in", "a", "out"))
    parts = (start(), inner, undone("s", handler), undo("back"), user_task("d"), end())
    run = Rehearsal(deployed(*parts, flows("start", "s", "back", "d", "end")))
    run.complete("a")
    assert run.open == ["undo_all"]
    run.complete("undo_all")
    assert run.open == ["d"]


def test_an_interrupted_compensation_stops() -> None:
    inner = subprocess(
        "s", start("in"), user_task("a"), undone("a"), undo("back"), end("out"), flows("in", "a", "back", "out")
    )
    late = timer_boundary("late", "s", "${'2026-03-03T09:00:00+08:00'}", interrupting=True)
    run = Rehearsal(
        deployed(start(), inner, late, user_task("d"), end(), flows("start", "s", "end"), flows("late", "d", "end"))
    )
    run.complete("a")
    change = run.later(days=2)
    assert ("p", "undo_a") in change.cancelled
    assert run.open == ["d"]


def ordered(*, cancel: bool) -> dict[str, bytes]:
    """A transaction of a and b beside c; its end is a cancel end, or a plain one."""
    body = (
        start("in"),
        parallel("fork"),
        *(user_task(name) for name in "abc"),
        undone("a"),
        undone("b"),
        end("stop", CANCEL if cancel else ""),
        end("out"),
        flows("in", "fork", "a", "b", "stop"),
        flows("fork", "c", "out"),
    )
    paths = flows("start", "t", "end") + flows("given_up", "d", "end")
    return deployed(start(), transaction(*body), user_task("d"), end(), paths)


def test_a_cancel_end_undoes_the_transaction_and_leaves_by_the_cancel_event() -> None:
    run = Rehearsal(ordered(cancel=True))
    run.complete("a", x="a")
    change = run.complete("b", y="b")
    assert ("p", "c") in change.cancelled
    for name in "ba":
        assert run.open == [f"undo_{name}"]
        change = run.complete(f"undo_{name}")
    assert run.open == ["d"]
    assert ("p", "t") in change.cancelled
    assert ("p", "given_up") in change.entered
    assert ("p", "given_up_to_d") in change.flows
    assert run.variables == {"x": "a", "y": "b"}
    run.complete("d")
    assert run.completed


def test_what_a_branch_had_set_before_the_transaction_was_cancelled_is_known_to_who_undoes_it_and_afterwards() -> None:
    body = (
        start("in"),
        parallel("fork"),
        *(user_task(name) for name in "abc"),
        undone("a"),
        end("stop", CANCEL),
        end("out"),
        flows("in", "fork", "a", "c", "out"),
        flows("fork", "b", "stop"),
    )
    paths = flows("start", "t", "end") + flows("given_up", "d", "end")
    run = Rehearsal(deployed(start(), transaction(*body), user_task("d"), end(), paths))
    run.complete("a", x="a")
    run.complete("b", y="b")
    assert run.open == ["undo_a"]
    assert run.sees("undo_a") == {"x": "a", "y": "b"}
    run.complete("undo_a")
    assert run.open == ["d"]
    assert run.variables == {"x": "a", "y": "b"}


def test_a_transaction_that_is_not_cancelled_goes_on_normally() -> None:
    run = Rehearsal(ordered(cancel=False))
    for name in "abc":
        run.complete(name)
    assert run.completed
    assert run.count("+d") == 0


INNER = process("inner", start(), user_task("a"), undone("a"), end(), flows("start", "a", "end"))
CALL = call("s", "inner", '<camunda:in variables="all"/>')
LINE = flows("start", "s", "back", "end")


@pytest.mark.parametrize(
    ("rule", "element", "parts"),
    [
        (
            "compensation-loop",
            "on_a",
            (
                service_task("a", "${1}", inner=for_each("${x}", "y")),
                undone("a"),
                undo("s"),
                undo("back"),
                flow("back", "a"),
            ),
        ),
        (
            "compensation-border",
            "undo_s",
            (user_task("s"), undone("s"), timer_boundary("w", "undo_s", "${now()}", interrupting=True), undo("back")),
        ),
        ("compensation-waits", "back", (user_task("s"), undone("s"), undo("back", "", ' waitForCompletion="false"'))),
        ("compensation-inside", "back", (CALL, undo("back"))),
        (
            "compensation-inside",
            "back",
            (subprocess("s", start("i"), user_task("a"), undone("a"), end("o"), flows("i", "a", "o")), undo("back")),
        ),
        ("compensation-activity", "back", (user_task("s"), undo("back", "s"))),
        (
            "cancel-uncaught",
            "o",
            (
                subprocess("s", start("i"), end("o", CANCEL), flows("i", "o")).replace("subProcess", "transaction"),
                undo("back"),
            ),
        ),
    ],
)
def test_what_would_not_be_undone_as_drawn_is_refused(rule: str, element: str, parts: tuple[str, ...]) -> None:
    found = gate.check(deployed(start(), *parts, end(), LINE, inner=INNER), FUNCTIONS)
    assert (rule, element) in {(f.rule, f.element) for f in found if f.severity == "error"}


def test_what_is_completed_while_the_compensation_runs_is_not_undone_by_it() -> None:
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            *(user_task(name) for name in "abcd"),
            undone("a"),
            undone("b"),
            undo("back"),
            undo("once_more"),
            end(),
            flows("start", "split", "a", "c", "back", "d", "once_more", "end"),
            flows("split", "b", "end"),
        )
    )
    run.complete("a")
    run.complete("c")
    run.complete("b")
    run.complete("undo_a")
    assert run.open == ["d"]
    run.complete("d")
    assert run.open == ["undo_b"]
    run.complete("undo_b")
    assert run.completed
