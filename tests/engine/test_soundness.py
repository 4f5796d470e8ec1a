"""The token game finds what gets stuck, runs twice, never ends or is never reached, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine import hardened_xml, process_definitions
from engine.diagram import Diagram, read
from engine.errors import Finding
from engine.gate import check as gate_check
from engine.gate import soundness
from tests.engine.conftest import form
from tests.engine.diagrams import (
    TERMINATE,
    call,
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    message_boundary,
    parallel,
    service_task,
    start,
    subprocess,
    timer_boundary,
    user_task,
)

ROOT = Path(__file__).resolve().parent.parent.parent


def task(name: str) -> str:
    return service_task(name, "${1}")


def inclusive(name: str) -> str:
    return f'<bpmn:inclusiveGateway id="{name}" name="{name}"/>'


def split(name: str, *targets: str) -> str:
    """Flows from one node to several."""
    return "".join(flow(name, target) for target in targets)


def join(name: str, *sources: str) -> str:
    """Flows from several nodes to one."""
    return "".join(flow(source, name) for source in sources)


def event(kind: str, name: str, inner: str, attributes: str = "") -> str:
    return f'<bpmn:{kind} id="{name}" name="{name}" {attributes}>{inner}</bpmn:{kind}>'


def boundary(name: str, host: str, inner: str, *, interrupting: bool = True) -> str:
    attributes = f'attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return event("boundaryEvent", name, inner, attributes)


SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="e"/>'


def diagrams(content: bytes) -> dict[str, tuple[str, Diagram]]:
    return {d.key: ("p.bpmn", d) for d in read(hardened_xml.parse(content, "p.bpmn"))}


def findings(*parts: str, limits: Mapping[str, float] | None = None) -> list[Finding]:
    """Of one process; the clock never decides."""
    return soundness.check(diagrams(document("p", *parts)), **{"most_seconds": 1e9, **(limits or {})})  # type: ignore[arg-type]


def found(*parts: str) -> set[tuple[str, str]]:
    """(rule without its prefix, element) of every finding."""
    return {(f.rule.removeprefix("soundness-"), f.element) for f in findings(*parts)}


def branches(opening: str, closing: str, count: int = 2) -> tuple[str, ...]:
    """start → split → tasks a, b, … → join → after → end."""
    names = [chr(ord("a") + i) for i in range(count)]
    gateways = {"xor": exclusive, "and": parallel, "or": inclusive}
    return (
        start(),
        gateways[opening]("split"),
        gateways[closing]("join"),
        *map(task, names),
        task("after"),
        end(),
        flows("start", "split"),
        split("split", *names),
        join("join", *names),
        flows("join", "after", "end"),
    )


@pytest.mark.parametrize(
    ("opening", "closing", "expected"),
    [
        ("xor", "xor", set()),
        ("and", "and", set()),
        ("or", "or", set()),
        ("xor", "or", set()),
        ("and", "or", set()),
        ("xor", "and", {("deadlock", "join")}),
        ("or", "and", {("deadlock", "join")}),
        ("and", "xor", {("unsafe", "join")}),
        ("or", "xor", {("unsafe", "join")}),
    ],
)
@pytest.mark.parametrize("count", [2, 5])
def test_splits_and_joins_must_match(opening: str, closing: str, expected: set[tuple[str, str]], count: int) -> None:
    assert found(*branches(opening, closing, count)) == expected


def test_a_finding_tells_the_way_there_and_what_to_change() -> None:
    (finding,) = findings(*branches("xor", "and"))
    assert finding.severity == "error"
    assert finding.standard == "BPMN 2.0.2 §13.4.1"
    assert finding.message.startswith("开始 → split → a，在「join」处等待永远不会到来的令牌。请")


def test_a_long_way_is_shortened_in_its_middle() -> None:
    names = [f"t{i}" for i in range(30)]
    chain = (*map(task, names), flows("start", *names, "split"))
    (finding,) = findings(*chain, *(p for p in branches("xor", "and") if p != flows("start", "split")))
    assert finding.message.startswith("开始 → t0 → t1 → t2 → t3 → t4 → … → t26 → t27 → t28 → t29 → split → a，")


def test_the_four_processes_are_sound() -> None:
    content = process_definitions.read_folder(ROOT)
    known = {
        d.key: (path, d)
        for path in content
        if path.endswith(".bpmn")
        for d in read(hardened_xml.parse(content[path], path))
    }
    assert len(known) == 4
    assert soundness.check(known, most_states=2_000, most_seconds=1e9) == []


def test_the_gate_asks_once_the_structure_is_right() -> None:
    parts = [user_task(n) for n in "ab"]
    good = (start(), parallel("s"), exclusive("j"), *parts, user_task("c"), end())
    wires = (flows("start", "s"), split("s", "a", "b"), join("j", "a", "b"), flows("j", "c", "end"))
    content = files(("p", document("p", *good, *wires)), forms={f"p/{n}": form() for n in "abc"})
    assert [(f.rule, f.element, f.severity) for f in gate_check(content, frozenset())] == [
        ("soundness-unsafe", "j", "error")
    ]


def test_a_loop_needs_a_way_out() -> None:
    endless = (start(), exclusive("again"), task("a"), end(), flows("start", "again", "a", "again"))
    assert {rule for rule, _ in found(*endless)} == {"livelock", "unreachable"}
    half = (start(), exclusive("x"), exclusive("again"), task("a"), end(), flows("start", "x", "end"))
    (finding,) = findings(*half, flows("x", "again", "a", "again"))
    assert finding.rule == "soundness-livelock"
    assert finding.message.startswith("开始 → x")


def test_a_loop_with_a_way_out_is_sound() -> None:
    loop = (exclusive("again"), task("a"), exclusive("good"), end())
    assert found(start(), *loop, flows("start", "again", "a", "good", "end"), flow("good", "again")) == set()


def test_a_loop_that_multiplies_tokens_is_unsafe() -> None:
    parts = (start(), exclusive("again"), task("a"), parallel("both"), task("b"), exclusive("x"), end())
    wires = (flows("start", "again", "a", "both", "b", "again"), flows("both", "x", "end"), flow("x", "again"))
    assert ("unsafe", "again") in found(*parts, *wires)


def test_a_loop_may_leave_a_path_to_an_end_of_its_own_in_every_round() -> None:
    parts = (start(), exclusive("again"), parallel("both"), task("notify"), task("a"), exclusive("x"), end(), end("e2"))
    wires = (flows("start", "again", "both", "a", "x", "end"), flow("x", "again"), flows("both", "notify", "e2"))
    assert found(*parts, *wires) == set()


def test_parallel_paths_may_end_each_by_themselves() -> None:
    own = (start(), parallel("s"), task("a"), task("b"), end(), end("e2"))
    assert found(*own, flows("start", "s", "a", "end"), flows("s", "b", "e2")) == set()
    one = (start(), parallel("s"), task("a"), task("b"), end())
    assert found(*one, flows("start", "s", "a", "end"), flows("s", "b", "end")) == set()
    merged = (start(), parallel("s"), task("a"), task("b"), exclusive("m"), end())
    assert found(*merged, flows("start", "s", "a", "m", "end"), flows("s", "b", "m")) == set()


def test_a_step_that_two_parallel_paths_reach_runs_twice() -> None:
    parts = (start(), parallel("s"), task("a"), task("b"), task("t"), end())
    assert found(*parts, flows("start", "s", "a", "t", "end"), flows("s", "b", "t")) == {("unsafe", "t")}
    last = (start(), parallel("s"), task("a"), task("b"), exclusive("m"), task("t"))
    assert found(*last, flows("start", "s", "a", "m", "t"), flows("s", "b", "m")) == {("unsafe", "m")}


def test_a_terminate_end_ends_what_still_waits() -> None:
    parts = (start(), parallel("s"), parallel("j"), exclusive("x"), task("a"), end(), end("stop", TERMINATE))
    wires = (flows("start", "s", "a", "j", "end"), flows("s", "x", "stop"))
    assert found(*parts, *wires, flow("x", "j")) == set()
    other = (start(), parallel("s"), parallel("j"), exclusive("x"), task("a"), end(), end("stop"))
    assert found(*other, *wires, flow("x", "j")) == {("deadlock", "j")}


def test_a_sub_process_that_a_terminate_end_stops_has_ended_normally() -> None:
    box = subprocess("box", start("s"), task("a"), end("stop", TERMINATE), flows("s", "a", "stop"))
    assert found(start(), box, end(), flows("start", "box", "end")) == set()


def test_several_flows_leaving_an_activity_are_parallel() -> None:
    parts = (start(), task("a"), task("b"), task("c"), end())
    assert found(*parts, parallel("j"), flows("start", "a", "b", "j", "end"), flows("a", "c", "j")) == set()
    assert found(
        *parts, exclusive("j"), task("d"), flows("start", "a", "b", "j", "d", "end"), flows("a", "c", "j")
    ) == {("unsafe", "j")}


def test_conditional_flows_leaving_an_activity_are_inclusive() -> None:
    parts = (start(), task("a"), task("b"), task("c"), end(), flow("a", "b", "${x}"), flow("a", "c", "${y}"))
    assert found(*parts, inclusive("j"), flows("start", "a"), flows("b", "j", "end"), flows("c", "j")) == set()
    assert found(*parts, parallel("j"), flows("start", "a"), flows("b", "j", "end"), flows("c", "j")) == {
        ("deadlock", "j")
    }


def test_an_unconditional_flow_beside_a_conditional_one_always_runs() -> None:
    parts = (start(), task("a"), task("b"), task("c"), end(), end("e2"), flow("a", "b"), flow("a", "c", "${y}"))
    sound = (parallel("j"), task("d"), flows("start", "a"), flows("b", "j", "d", "end"), flows("c", "e2"))
    assert found(*parts, *sound) == set()


def test_implicit_beginnings_and_ends() -> None:
    assert found(task("a"), task("b"), flows("a", "b")) == set()
    assert found(task("a"), task("b"), parallel("j"), task("c"), flows("a", "j", "c"), flows("b", "j")) == set()
    assert found(task("a"), task("b"), exclusive("j"), task("c"), flows("a", "j", "c"), flows("b", "j")) == {
        ("unsafe", "j")
    }


def test_each_start_event_begins_an_instance_of_its_own() -> None:
    parts = (start(), start("s2"), task("a"), task("b"), end())
    assert found(*parts, exclusive("j"), flows("start", "a", "j", "end"), flows("s2", "b", "j")) == set()
    assert found(*parts, parallel("j"), flows("start", "a", "j", "end"), flows("s2", "b", "j")) == {("deadlock", "j")}


def test_an_event_gateway_takes_one_of_its_events() -> None:
    parts = (
        start(),
        '<bpmn:eventBasedGateway id="g" name="g"/>',
        event("intermediateCatchEvent", "m", MESSAGE),
        event("intermediateCatchEvent", "s", SIGNAL),
        end(),
        flows("start", "g", "m", "j", "end"),
        flows("g", "s", "j"),
    )
    assert found(*parts, exclusive("j")) == set()
    assert found(*parts, parallel("j")) == {("deadlock", "j")}


def test_a_link_takes_its_token_to_the_event_of_the_same_name() -> None:
    link = '<bpmn:linkEventDefinition name="{}"/>'
    parts = (
        start(),
        exclusive("x"),
        task("a"),
        task("b"),
        event("intermediateThrowEvent", "out1", link.format("L")),
        event("intermediateThrowEvent", "out2", link.format("L")),
        event("intermediateCatchEvent", "into", link.format("L")),
        task("c"),
        end(),
        flows("start", "x", "a", "out1"),
        flows("x", "b", "out2"),
        flows("into", "c", "end"),
    )
    assert found(*parts) == set()
    assert ("unsafe", "into") in found(*(p for p in parts if 'id="x"' not in p), parallel("x"))


def test_unreachable_steps_are_named_each() -> None:
    parts = (start(), task("a"), end(), flows("start", "a", "end"))
    island = (exclusive("m"), task("b"), task("c"), flows("m", "b", "c", "m"))
    assert found(*parts, *island) == {("unreachable", "m"), ("unreachable", "b"), ("unreachable", "c")}


def test_what_lies_behind_a_join_that_never_opens_is_not_reported_again() -> None:
    assert found(*branches("xor", "and")) == {("deadlock", "join")}


def test_a_parallel_join_waits_for_a_flow_that_nothing_comes_along() -> None:
    parts = (start(), task("a"), task("island"), parallel("j"), end(), flows("start", "a", "j", "end"))
    assert found(*parts, exclusive("m"), flows("m", "island", "m"), flow("island", "j")) >= {("deadlock", "j")}
    box = subprocess("box", start("s"), task("b"), end("boom", ERROR), flows("s", "b", "boom"))
    around = (start(), parallel("p"), task("a"), box, boundary("caught", "box", ERROR), parallel("j"), end(), end("e2"))
    wires = (flows("start", "p", "a", "j", "end"), flows("p", "box", "j"), flow("caught", "e2"))
    assert found(*around, *wires) == {("deadlock", "j")}


def test_two_reminders_may_not_wait_for_each_other() -> None:
    second = timer_boundary("later", "a", "${now()}", interrupting=False)
    parts = (start(), task("a"), task("b"), task("c"), parallel("j"), end(), end("e2"), reminder(), second)
    wires = (flows("start", "a", "end"), flows("late", "b", "j", "e2"), flows("later", "c", "j"))
    assert found(*parts, *wires) == {("deadlock", "j")}


# sub-processes and calls


def test_every_sub_process_is_a_scope_of_its_own() -> None:
    inner = branches("xor", "and")
    outer = (
        start("s0"),
        subprocess("box", *inner),
        end("e0"),
        flows("s0", "box", "e0"),
    )
    assert found(*outer) == {("deadlock", "join")}
    esp = subprocess("box", *inner).replace("<bpmn:subProcess", '<bpmn:subProcess triggeredByEvent="true"')
    assert found(start("s0"), task("t"), end("e0"), flows("s0", "t", "e0"), esp) == {("deadlock", "join")}


def test_a_sub_process_that_always_fails_leaves_by_its_boundary_only() -> None:
    box = subprocess("box", start("s"), task("a"), end("boom", ERROR), flows("s", "a", "boom"))
    parts = (start(), box, task("b"), task("c"), end(), boundary("caught", "box", ERROR))
    wires = (flows("start", "box", "b", "end"), flows("caught", "c", "end"))
    assert found(*parts, *wires) == {("unreachable", "b")}


def test_processes_may_call_themselves_when_there_is_a_way_around() -> None:
    mapping = '<camunda:in source="x" target="x"/>'
    endless = (start(), task("a"), call("again", "p", mapping), end(), flows("start", "a", "again", "end"))
    assert found(*endless) == {("recursion", "p")}
    guarded = (start(), exclusive("x"), call("again", "p", mapping), end())
    assert found(*guarded, flows("start", "x", "again", "end"), flow("x", "end")) == set()


# boundary events


def test_an_interrupting_event_takes_the_token_of_its_host() -> None:
    parts = (start(), task("a"), task("b"), end(), message_boundary("m", "a", "msg"), end("e2"))
    assert found(*parts, flows("start", "a", "b", "end"), flows("m", "e2")) == set()
    around = (start(), parallel("s"), task("a"), task("b"), task("c"), parallel("j"), end(), end("e2"))
    wires = (flows("start", "s", "a", "j", "end"), flows("s", "b", "j"), flows("m", "c", "e2"))
    assert found(*around, message_boundary("m", "a", "msg"), *wires) == {("deadlock", "j")}
    back = (flows("start", "s", "a", "x", "j", "end"), flows("s", "b", "j"), flows("m", "c", "x"), exclusive("x"))
    assert found(*around[:-1], message_boundary("m", "a", "msg"), *back) == set()


def reminder(*, interrupting: bool = False, kind: str = "timer") -> str:
    if kind == "timer":
        return timer_boundary("late", "a", "${now()}", interrupting=interrupting)
    return boundary("late", "a", MESSAGE, interrupting=interrupting)


@pytest.mark.parametrize("kind", ["timer", "message"])
def test_a_reminder_may_run_beside_its_host_any_number_of_times(kind: str) -> None:
    parts = (start(), exclusive("again"), task("a"), exclusive("x"), task("remind"), end(), reminder(kind=kind))
    wires = (flows("start", "again", "a", "x", "end"), flow("x", "again"))
    assert found(*parts, end("e2"), *wires, flows("late", "remind", "e2")) == set()
    assert found(*parts, *wires, flows("late", "remind", "end")) == set()  # one end event for both
    assert found(*parts, end("stop", TERMINATE), *wires, flows("late", "remind", "stop")) == set()


def test_what_stands_on_the_path_of_a_reminder_is_checked() -> None:
    parts = (start(), task("a"), end(), reminder(), exclusive("x"), task("b"), task("c"), parallel("j"), end("e2"))
    wires = (flows("start", "a", "end"), flows("late", "x", "b", "j", "e2"), flows("x", "c", "j"))
    assert found(*parts, *wires) == {("deadlock", "j")}
    (finding,) = findings(*parts, *wires)
    assert finding.message.startswith("a → late → x → b，在「j」处")


def test_no_join_may_need_a_reminder() -> None:
    parts = (start(), task("a"), task("remind"), parallel("j"), task("b"), end(), reminder())
    assert found(*parts, flows("start", "a", "j", "b", "end"), flows("late", "remind", "j")) == {("deadlock", "j")}


@pytest.mark.parametrize("kind", ["timer", "message"])
def test_a_reminder_that_comes_back_runs_the_rest_twice(kind: str) -> None:
    rule = {"timer": "unsafe", "message": "event-returns"}[kind]
    parts = (start(), task("a"), task("remind"), exclusive("j"), task("b"), end(), reminder(kind=kind))
    assert found(*parts, flows("start", "a", "j", "b", "end"), flows("late", "remind", "j")) == {(rule, "j")}


def test_an_inclusive_join_waits_for_a_reminder_that_comes_once() -> None:
    parts = (start(), task("a"), task("remind"), inclusive("j"), task("b"), end())
    wires = (flows("start", "a", "j", "b", "end"), flows("late", "remind", "j"))
    assert found(*parts, reminder(), *wires) == set()
    assert found(*parts, reminder(kind="message"), *wires) == {("event-returns", "j")}


def test_copies_of_a_path_may_not_meet_in_an_inclusive_join() -> None:
    path = (inclusive("s"), task("b"), task("c"), inclusive("j"), end("e2"))
    parts = (start(), task("a"), end(), *path, flows("start", "a", "end"))
    wires = (flows("late", "s", "b", "j", "e2"), flows("s", "c", "j"))
    assert found(*parts, reminder(), *wires) == set()
    assert found(*parts, reminder(kind="message"), *wires) == {("event-copies", "j")}


def test_a_reminder_on_the_path_of_a_reminder() -> None:
    second = timer_boundary("later", "remind", "${now()}", interrupting=False)
    parts = (start(), task("a"), task("remind"), task("again"), end(), end("e2"), reminder(), second)
    assert (
        found(
            *parts, end("e3"), flows("start", "a", "end"), flows("late", "remind", "e2"), flows("later", "again", "e3")
        )
        == set()
    )


# inclusive joins


def test_an_inclusive_join_waits_for_every_token_that_can_still_come() -> None:
    """The second branch passes a further choice, one way of which ends elsewhere."""
    parts = (
        start(),
        inclusive("s"),
        task("a"),
        task("b"),
        exclusive("x"),
        task("c"),
        inclusive("j"),
        task("d"),
        end(),
        end("e2"),
        flows("start", "s", "a", "j", "d", "end"),
        flows("s", "b", "x", "c", "j"),
        flow("x", "e2"),
    )
    assert found(*parts) == set()


def test_an_inclusive_join_in_a_loop_does_not_wait_for_itself() -> None:
    parts = (start(), inclusive("j"), task("a"), exclusive("x"), end())
    assert found(*parts, flows("start", "j", "a", "x", "end"), flow("x", "j")) == set()


def test_inclusive_pairs_stand_inside_each_other() -> None:
    inner = (inclusive("s2"), task("c"), task("d"), inclusive("j2"))
    parts = (start(), inclusive("s"), task("a"), *inner, inclusive("j"), end())
    wires = (flows("start", "s", "a", "j", "end"), flows("s", "s2", "c", "j2", "j"), flows("s2", "d", "j2"))
    assert found(*parts, *wires) == set()


# bounds


def test_a_wide_and_tangled_process_is_too_large_to_prove() -> None:
    width = 14
    names = [f"t{i}" for i in range(width)]
    ends = "".join(end(f"e{i}") for i in range(width))
    loops = "".join(
        exclusive(f"x{i}") + flows(names[i], f"x{i}", f"e{i}") + flow(f"x{i}", names[(i + 1) % width])
        for i in range(width)
    )
    parts = (start(), parallel("s"), *map(task, names), ends, loops, flows("start", "s"), split("s", *names))
    found_ = findings(*parts, limits={"most_states": 500})
    assert ("soundness-too-large", "p", "warning") in {(f.rule, f.element, f.severity) for f in found_}
    assert any("太大，无法证明" in f.message for f in found_)


def test_a_wide_but_well_formed_process_is_proven_at_once() -> None:
    assert findings(*branches("and", "and", 20), limits={"most_states": 10}) == []
    assert findings(*branches("or", "or", 12), limits={"most_states": 10}) == []


def test_time_is_a_bound_too() -> None:
    (finding,) = findings(*branches("xor", "and"), limits={"most_seconds": -1.0})
    assert finding.rule == "soundness-too-large"
