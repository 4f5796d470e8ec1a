"""Of branches that write the same variable the last write wins, however it was written and whoever arrives last."""

from __future__ import annotations

import pytest

from tests.engine import decision_documents
from tests.engine.diagrams import (
    again_while,
    call,
    document,
    end,
    extensions,
    files,
    flows,
    for_each,
    parallel,
    service_task,
    start,
    subprocess,
    user_task,
)
from tests.engine.event_diagrams import catch, message
from tests.engine.rehearsal import Rehearsal
from tests.engine.test_activities_gateways import FIELDS, deployed, fork

DECISION = '<bpmn:businessRuleTask id="w" name="w" camunda:decisionRef="limits"/>'
TABLE = decision_documents.document(
    [decision_documents.column("y", "y", "string")],
    [decision_documents.answer("x")],
    [decision_documents.rule(1, ["-"], ['"last"'])],
)
JOINED = parallel("s") + user_task("b") + user_task("c") + parallel("w")
INNER = subprocess("w", start("in"), user_task("b"), end("out"), flows("in", "b", "out"))
WRITERS = {  # an element w, or several that end there
    "service": (service_task("w", "${'last'}", "x"), flows("go", "w")),
    "output": (user_task("w", inner=extensions(outputs={"x": "${'last'}"})), flows("go", "w")),
    "form": (user_task("w"), flows("go", "w")),
    "message": (catch("w", message("told")), flows("go", "w")),
    "decision": (DECISION, flows("go", "w")),
    "call": (
        call("w", "q", '<camunda:in source="y" target="y"/><camunda:out source="y" target="x"/>'),
        flows("go", "w"),
    ),
    "loop": (service_task("w", "${'last'}", "x", inner=again_while(maximum=2)), flows("go", "w")),
    "sequence": (
        service_task("w", "${'last'}", "x", inner=for_each("${[1]}", "n", sequential=True)),
        flows("go", "w"),
    ),
    "sub-process": (
        subprocess("w", start("in"), user_task("b"), end("out"), flows("in", "b", "out")),
        flows("go", "w"),
    ),
    "inner join": (JOINED, flows("go", "s", "b", "w") + flows("s", "c", "w")),
}


@pytest.mark.parametrize("way", WRITERS)
def test_however_it_is_written_the_last_write_counts(way: str) -> None:
    """The branch that wrote before arrives afterwards."""
    parts, into = WRITERS[way]
    diagram = document(
        "p",
        start(),
        parallel("split"),
        *(user_task(name) for name in ("a", "later", "go", "d")),
        parallel("join"),
        parts,
        end(),
        flows("start", "split", "a", "later", "join", "d", "end"),
        flows("split", "go") + into + flows("w", "join"),
        outside='<bpmn:message id="message_told" name="told"/>',
    )
    called = document("q", start(), service_task("y", "${'last'}", "y"), end(), flows("start", "y", "end"))
    forms = {f"p/{name}": FIELDS for name in ("a", "later", "go", "d", "w", "b", "c")}
    deployment = {**files(("p", diagram), ("q", called), forms=forms), "processes/p/limits.dmn": TABLE}
    run = Rehearsal(deployment, x="before", y="")
    run.complete("a", x="first")
    run.complete("go")
    if way in ("output", "form"):
        run.complete("w", **({"x": "last"} if way == "form" else {}))
    elif way in ("sub-process", "inner join"):
        run.complete("b", x="last")
        if way == "inner join":
            run.complete("c")
    elif way == "message":
        assert run.message("told", x="last")
    assert run.variables["x"] == "last"
    run.complete("later")
    assert run.open == ["d"]
    assert run.variables["x"] == "last"


def test_what_a_task_writes_into_a_variable_of_its_own_counts_for_nobody_else() -> None:
    local = user_task("b", inner=extensions(inputs={"x": "${'mine'}"}))
    gates = parallel("split") + parallel("join")
    way = flows("start", "split", "a", "join", "d", "end") + flows("split", "b", "join")
    run = Rehearsal(deployed(start(), user_task("a"), local, user_task("d"), end(), gates, way), x="before")
    run.complete("a", x="first")
    run.complete("b", x="mine too")
    assert run.variables == {"x": "first"}


def test_the_last_to_write_wins_whichever_branch_arrives_last() -> None:
    wide = flows("start", "split", "a", "join", "d", "end") + flows("split", "inner", "b", "join")
    gates = parallel("split") + parallel("inner") + parallel("join") + flows("inner", "c", "join")
    run = Rehearsal(deployed(start(), *(user_task(name) for name in "abcd"), end(), gates, wide))
    run.complete("b", x="b")
    run.complete("a", x="a")
    run.complete("c")
    assert run.variables == {"x": "a"}


def test_a_value_written_again_is_written_also_when_it_is_what_it_was_at_the_split() -> None:
    for again in ({"x": "before"}, {"x": "changed"}):
        run = Rehearsal(fork("a", "b"), x="before")
        run.complete("a", x="changed")
        run.complete("b", **again)
        assert run.variables == again


def test_what_a_branch_set_before_others_joined_it_does_not_come_back_when_it_ends_later() -> None:
    """a's write is seen by the join; s takes it back; then a's surplus branch b ends, which wrote nothing."""
    deployment = deployed(
        start(),
        parallel("split"),
        *(user_task(name) for name in "abcd"),
        parallel("join"),
        service_task("s", "${'taken back'}", "x"),
        user_task("e"),
        end(),
        end("surplus"),
        flows("start", "split", "a", "join", "s", "e", "end"),
        flows("split", "c", "d", "join"),
        flows("a", "b", "surplus"),
    )
    for last in ("b", "e"):
        run = Rehearsal(deployment, x="taken back")
        run.complete("a", x="set")
        run.complete("c")
        run.complete("d")  # the join goes on below this branch
        assert run.variables == {"x": "taken back"}
        run.complete("e" if last == "b" else "b")
        assert run.variables == {"x": "taken back"}
        run.complete(last)
        assert run.completed
        assert run.variables == {"x": "taken back"}


def test_a_sub_process_wrote_what_it_wrote_when_it_did_and_not_when_it_ends() -> None:
    inner = subprocess("inner", start("in"), user_task("a"), user_task("b"), end("out"), flows("in", "a", "b", "out"))
    deployment = deployed(
        start(),
        parallel("split"),
        inner,
        user_task("c"),
        parallel("join"),
        user_task("d"),
        end(),
        flows("start", "split", "inner", "join", "d", "end"),
        flows("split", "c", "join"),
    )
    run = Rehearsal(deployment, x="before")
    run.complete("a", x="inside")
    assert run.variables == {"x": "inside"}
    run.complete("c", x="outside")
    assert run.variables == {"x": "outside"}
    run.complete("b")
    assert run.variables == {"x": "outside"}
