"""Processes stopped midway: what is saved there must be continued by every later version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.engine.diagrams import (
    TERMINATE,
    again_while,
    call,
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    for_each,
    inclusive,
    parallel,
    start,
    subprocess,
)
from tests.engine.event_diagrams import boundary, catch, message, one, task, timer

Step = list[Any]


def done(element: str, where: dict[str, Any] | None = None, **data: Any) -> Step:
    """Complete the open user task of an element; `where`: the one that sees these values."""
    return ["complete", element, where or {}, data]


def told(name: str, **payload: Any) -> Step:
    """Deliver a message."""
    return ["message", name, payload]


def later(hours: int) -> Step:
    """Let time pass."""
    return ["later", hours]


@dataclass(frozen=True)
class Scenario:
    """`before` leads to where the state is saved, `after` to the end; `ends`: some variables there."""

    files: dict[str, bytes]
    before: list[Step]
    after: list[Step]
    ends: dict[str, Any]
    variables: dict[str, Any] = field(default_factory=dict)
    key: str = "p"
    archive: str = ""  # where its files stand when they are large


def _joins() -> Scenario:
    flowing = [flows("start", "fork"), *(flows("fork", name, "join") for name in "abc"), flows("join", "d", "end")]
    diagram = one(start(), *map(task, "abcd"), parallel("fork"), parallel("join"), end(), *flowing)
    before = [done("b", y=1, shared="b"), done("a", x=[1], shared="a")]
    return Scenario(
        diagram, before, [done("c", z={"c": 1}), done("d")], {"x": [1], "y": 1, "z": {"c": 1}, "shared": "a"}
    )


def _last_write() -> Scenario:
    """a wrote before b, and its branch arrives after b's."""
    flowing = [flows("start", "fork", "a", "later", "join", "d", "end"), flows("fork", "b", "join")]
    tasks = map(task, ("a", "later", "b", "d"))
    diagram = one(start(), *tasks, parallel("fork"), parallel("join"), end(), *flowing)
    return Scenario(diagram, [done("a", x="a"), done("b", x="b")], [done("later"), done("d")], {"x": "b"})


def _inclusive_join() -> Scenario:
    chosen = [flow("fork", name, f"${{'{name}' in wanted}}") for name in "ab"]
    joined = [flows(name, "join") for name in "abc"]
    diagram = one(
        *(start(), *map(task, "abcd"), inclusive("fork", "fork_to_c"), inclusive("join", "join_to_d"), end()),
        *(flows("start", "fork"), *chosen, flow("fork", "c"), *joined, flows("join", "d", "end")),
    )
    return Scenario(diagram, [done("b", y=1)], [done("a", x=1), done("d")], {"x": 1, "y": 1}, {"wanted": ["a", "b"]})


def _rounds_beside_a_branch() -> Scenario:
    """The second round of a loop with a join, while a branch beside it keeps the first round's tasks."""
    diagram = one(
        *(start(), *map(task, ("a", "b", "c", "beside")), end(), parallel("fork"), parallel("join")),
        *(parallel("split"), exclusive("round"), exclusive("again", "again_to_join"), parallel("inner")),
        *(flows("start", "fork"), flows("fork", "beside", "join"), flows("fork", "round", "split")),
        *(flows("split", "a", "inner"), flows("split", "b", "inner"), flows("inner", "c", "again")),
        *(flow("again", "round", "${more}"), flow("again", "join"), flows("join", "end")),
    )
    before = [done("a", a=1), done("b", b=1), done("c", more=True), done("a", a=2)]
    after = [done("b", b=2), done("c", more=False), done("beside", x=1)]
    return Scenario(diagram, before, after, {"a": 2, "b": 2, "x": 1}, {"more": False})


def _several_reviewers() -> Scenario:
    loop = for_each("people", "person", "opinions", "opinion")
    diagram = one(start(), task("review", loop), task("sum"), end(), flows("start", "review", "sum", "end"))
    before = [done("review", {"person": "b"}, opinion="B")]
    after = [done("review", {"person": "c"}, opinion="C"), done("review", {"person": "a"}, opinion="A"), done("sum")]
    return Scenario(diagram, before, after, {"opinions": ["A", "B", "C"]}, {"people": ["a", "b", "c"]})


def _called_for_each() -> Scenario:
    """Called processes, one ended, one inside, one overdue; a reminder beside them has fired."""
    mapping = '<camunda:in source="item" target="item"/><camunda:out source="note" target="note"/>'
    called = document(
        *("called", start("s2"), task("work"), task("check"), task("hurry"), end("e2"), end("e3")),
        boundary("late", "work", timer("timeDuration", "${'PT1H'}"), interrupting=False),
        *(flows("s2", "work", "check", "e2"), flows("late", "hurry", "e3")),
    )
    each = call("each", "called", mapping, for_each("items", "item", "notes", "note"))
    main = document(
        *("p", start(), each, task("close"), end()),
        *(
            boundary("remind", "each", timer("timeDuration", "${'PT2H'}"), interrupting=False),
            task("reminder"),
            end("e1"),
        ),
        *(flows("start", "each", "close", "end"), flows("remind", "reminder", "e1")),
    )
    one_ended = [done("work", {"item": 2}), done("check", {"item": 2}, note="two"), done("work", {"item": 3})]
    before = [*one_ended, later(1), done("hurry", {"item": 1}), later(2)]
    after = [done("check", {"item": 3}, note="three"), done("work", {"item": 1}), done("check", note="one")]
    ends = {"notes": ["one", "two", "three"]}
    deployed = files(("p", main), ("called", called))
    return Scenario(deployed, before, [*after, done("close"), done("reminder")], ends, {"items": [1, 2, 3]})


def _called_without_results() -> Scenario:
    """Nothing is collected: what each called process gives back becomes variables."""
    mapping = '<camunda:in source="item" target="item"/><camunda:out source="note" target="note"/>'
    called = document("called", start("s2"), task("work"), end("e2"), flows("s2", "work", "e2"))
    each = call("each", "called", mapping, for_each("items", "item"))
    main = document("p", start(), each, task("close"), end(), flows("start", "each", "close", "end"))
    after = [done("work", {"item": 1}, note="one"), done("close")]
    deployed = files(("p", main), ("called", called))
    return Scenario(deployed, [done("work", {"item": 2}, note="two")], after, {"note": "one"}, {"items": [1, 2]})


def _waiting_events() -> Scenario:
    """A timer waits in a sub-process whose first branch has ended; a message on its border waits too."""
    inner = subprocess(
        *("sub", start("s1"), parallel("fork"), task("a"), task("b"), end("e1"), end("e2")),
        *(catch("pause", timer("timeDuration", "${'PT2H'}")), flows("s1", "fork", "a", "e1")),
        flows("fork", "pause", "b", "e2"),
    )
    parts = [start(), inner, boundary("stop", "sub", message("stop")), task("after"), end(), end("stopped")]
    diagram = one(*parts, flows("start", "sub", "after", "end"), flows("stop", "stopped"))
    return Scenario(diagram, [done("a", x=1)], [later(2), done("b", y=1), done("after")], {"x": 1, "y": 1})


def _interrupted_by_message() -> Scenario:
    diagram = one(
        *(start(), task("a"), boundary("stop", "a", message("stop")), task("c"), end(inner=TERMINATE), end("e2")),
        *(parallel("fork"), catch("order", message("order")), task("b"), end("e3")),
        *(flows("start", "fork", "a", "e2"), flows("stop", "c", "end"), flows("fork", "order", "b", "e3")),
    )
    after = [told("order", n=1), told("stop", why="x"), done("c")]
    return Scenario(diagram, [], after, {"why": "x", "n": 1})


def _implicit_end() -> Scenario:
    diagram = one(
        start(), parallel("fork"), task("a"), task("b"), end(), flows("start", "fork", "a", "end"), flow("fork", "b")
    )
    return Scenario(diagram, [done("b", y=1)], [done("a", x=1)], {"x": 1, "y": 1})


def _standard_loop() -> Scenario:
    loop = again_while("${loopCounter < 3}", test_before=False)
    diagram = one(start(), task("a", loop), task("b"), end(), flows("start", "a", "b", "end"))
    return Scenario(diagram, [done("a", n=1), done("a", n=2)], [done("a", n=3), done("b")], {"n": 3})


def _sequential_until() -> Scenario:
    """One after the other until enough agree, the third of four in progress."""
    enough = for_each("people", "person", "votes", "vote", sequential=True, until="${sum(votes) >= 2}")
    diagram = one(start(), task("ask", enough), task("b"), end(), flows("start", "ask", "b", "end"))
    before = [done("ask", {"person": "a"}, vote=1), done("ask", {"person": "b"}, vote=0)]
    after = [done("ask", {"person": "c"}, vote=1), done("b")]
    return Scenario(diagram, before, after, {"votes": [1, 0, 1]}, {"people": ["a", "b", "c", "d"]})


def _split_without_gateway() -> Scenario:
    """Two flows leave a task; nothing is drawn where the process starts and where its branches end."""
    diagram = one(*map(task, "abc"), flow("a", "b"), flow("a", "c"))
    return Scenario(diagram, [done("a", x=2), done("c", c=1)], [done("b", b=1)], {"b": 1, "c": 1})


RUN_BY_FORMAT_1 = {
    "join_of_three_two_arrived": _joins,
    "inclusive_join_one_arrived": _inclusive_join,
    "second_round_with_a_join": _rounds_beside_a_branch,
    "parallel_multi_instance": _several_reviewers,
    "called_for_each_item": _called_for_each,
    "called_without_results": _called_without_results,
    "events_wait_in_a_sub_process": _waiting_events,
    "interrupted_by_a_message": _interrupted_by_message,
    "implicit_end": _implicit_end,
}
OTHERS = {
    "standard_loop": _standard_loop,
    "sequential_until_enough": _sequential_until,
    "split_without_gateway": _split_without_gateway,
    "last_write": _last_write,
}
