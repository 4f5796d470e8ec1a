"""Variables that may have no value when they are read: warned of with the path, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import process_definitions
from engine.diagram_functions import STEP_FUNCTIONS
from engine.gate import check
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
from tests.engine.event_diagrams import OUTSIDE, catch, error, message
from tests.engine.event_diagrams import boundary as on_border

ROOT = Path(__file__).resolve().parent.parent.parent


def form(required: str = "", optional: str = "", **more: Any) -> bytes:
    """A form of text fields."""
    names = [*required.split(), *optional.split()]
    properties = {name: {"title": name, "type": "string"} for name in names}
    schema = {"title": "表单", "type": "object", "properties": properties, "additionalProperties": False, **more}
    return json.dumps(schema | ({"required": required.split()} if required else {})).encode()


def warned(*parts: str, forms: dict[str, bytes] | None = None, others: tuple[tuple[str, bytes], ...] = ()) -> set[Any]:
    """(rule without its prefix, element) of every warning of a process p; its tasks have the forms given."""
    content = files(("p", document("p", *parts, outside=OUTSIDE)), *others, forms=forms or {})
    found = check(content, STEP_FUNCTIONS)
    assert [f for f in found if f.severity == "error"] == []
    return {(f.rule.removeprefix("variable-"), f.element) for f in found if f.rule.startswith("variable-")}


def overwritten(*parts: str, forms: dict[str, bytes] | None = None) -> list[str]:
    """What the warnings about branches that overwrite each other say."""
    found = check(files(("p", document("p", *parts)), forms=forms or {}), STEP_FUNCTIONS)
    return [f"{f.element} {f.message}" for f in found if f.rule == "branches-overwrite"]


def test_branches_that_set_the_same_variable_are_warned_of_with_both_places() -> None:
    inner = subprocess("s", start("i"), service_task("deep", "${1}", "x"), end("o"), flows("i", "deep", "o"))
    wide = flows("start", "split", "a", "join", "after", "end") + flows("split", "s", "join")
    parts = (start(), parallel("split"), service_task("a", "${1}", "x"), inner, parallel("join"), end(), wide)
    (text,) = overwritten(*parts, service_task("after", "${2}", "x"))
    assert text.startswith("split ")
    assert "变量 x（a、s）" in text


def test_branches_of_which_one_is_taken_and_steps_after_each_other_do_not_overwrite() -> None:
    one = flows("start", "which", "a", "b", "end") + flow("which", "c", "${1 > 2}") + flows("c", "end")
    tasks = [service_task(name, "${1}", "x") for name in "abc"]
    assert overwritten(start(), exclusive("which", default="which_to_a"), *tasks, end(), one) == []


def test_branches_in_a_loop_are_told_apart_from_what_follows_the_join() -> None:
    around = flows("start", "again", "split", "a", "join", "c", "more", "end") + flows("split", "b", "join")
    tasks = [service_task("a", "${1}", "x"), service_task("b", "${1}", "y"), service_task("c", "${1}", "x")]
    gates = exclusive("again") + exclusive("more", default="more_to_end") + parallel("split") + parallel("join")
    assert overwritten(start(), gates, *tasks, end(), around, flow("more", "again", "${x == 1}")) == []


def task(name: str, outputs: dict[str, str] | None = None, inputs: dict[str, str] | None = None) -> str:
    return user_task(name, inner=extensions(inputs, outputs) if outputs or inputs else "").replace(
        f'camunda:formKey="{name}"', ""
    )


def asked(name: str, outputs: dict[str, str] | None = None, inputs: dict[str, str] | None = None) -> str:
    """A task with a form."""
    return user_task(name, inner=extensions(inputs, outputs) if outputs or inputs else "")


def one_sets_x(*between: str) -> tuple[str, ...]:
    """start → which → (a sets x | b) → merge → use, which reads x."""
    return (
        start(),
        exclusive("which", default="which_to_b"),
        service_task("a", "${1}", "x"),
        task("b"),
        exclusive("merge"),
        service_task("use", "${x + 1}", "y"),
        end(),
        *(between or (flows("start", "which"),)),
        flow("which", "a", "${given == 1}"),
        flows("which", "b", "merge", "use", "end"),
        flows("a", "merge"),
    )


def test_a_variable_set_on_one_way_only_is_told_with_the_other_way() -> None:
    content = files(("p", document("p", *one_sets_x())))
    (finding,) = [f for f in check(content, STEP_FUNCTIONS) if f.rule.startswith("variable-")]
    assert (finding.rule, finding.element, finding.severity) == ("variable-unset", "use", "warning")
    assert finding.message.startswith(
        "「use」读取变量 x，但经 开始 → which → b → merge → use 走到这里时它可能还没有值。请"
    )


def test_a_first_value_makes_it_right() -> None:
    first = (service_task("first", "${0}", "x"), flows("start", "first", "which"))
    assert warned(*one_sets_x(*first)) == set()


def test_what_a_process_is_started_with_is_not_known_to_the_gate() -> None:
    assert warned(start(), service_task("use", "${x}", "y"), end(), flows("start", "use", "end")) == set()
    before = (task("early", {"z": "${x}"}), flows("start", "early", "which"))
    assert warned(*one_sets_x(*before)) == set()  # read before anything sets it: x is given


def test_a_loop_that_sets_it_only_at_its_end() -> None:
    parts = (start(), exclusive("again"), task("read", {"z": "${rounds}"}), service_task("count", "${1}", "rounds"))
    loop = (exclusive("x", default="x_to_end"), end(), flows("start", "again", "read", "count", "x", "end"))
    assert warned(*parts, *loop, flow("x", "again", "${rounds > 3}")) == {("unset", "read")}


def test_parallel_branches_see_only_what_was_set_before_them_and_after_their_join_all() -> None:
    parts = (start(), parallel("s"), service_task("a", "${1}", "x"), task("b"), parallel("j"), end())
    wires = (flows("start", "s", "a", "j", "use", "end"), flows("s", "b", "j"))
    assert warned(*parts, service_task("use", "${x}", "y"), *wires) == set()
    inside = (start(), parallel("s"), service_task("a", "${1}", "x"), task("b", {"z": "${x}"}), parallel("j"), end())
    # nothing can have set x before b: it is taken as given from outside
    assert warned(*inside, service_task("use", "${x}", "y"), *wires) == set()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (form(required="x"), set()),
        (form(optional="x"), {("unset", "which_to_b")}),
        (
            form(optional="x k", allOf=[{"if": {"required": ["k"]}, "then": {"required": ["x"]}}]),
            set(),
        ),
    ],
)
def test_an_optional_field_read_by_a_condition(fields: bytes, expected: set[Any]) -> None:
    parts = (start(), asked("a"), exclusive("which", default="which_to_end"), task("b"), end(), end("e2"))
    wires = (flows("start", "a", "which", "end"), flow("which", "b", "${x == '1'}"), flows("b", "e2"))
    assert warned(*parts, *wires, forms={"p/a": fields}) == expected


def test_an_optional_field_in_an_output_parameter_needs_a_first_value() -> None:
    line = (start(), end(), flows("start", "a", "end"))
    fields = {"p/a": form(optional="x")}
    assert warned(asked("a", {"kept": "${x}"}), *line, forms=fields) == {("unset", "a")}
    assert warned(asked("a", {"x": "${x}"}, {"x": "${''}"}), *line, forms=fields) == set()


def test_what_is_read_only_when_needed_is_not_missed() -> None:
    for guarded in ("${x if given == 1 else 0}", "${given == 1 and x == 1}"):
        assert warned(*(p.replace("${x + 1}", guarded) for p in one_sets_x())) == set()
    assert warned(*(p.replace("${x + 1}", "${1 if x else 0}") for p in one_sets_x())) == {("unset", "use")}


CALLED = document("c", start(), task("use", {"z": "${x}"}), end(), flows("start", "use", "end"))


def calling(mapping: str, loop: str = "") -> tuple[str, ...]:
    return (start(), call("ask", "c", mapping, loop), end(), flows("start", "ask", "end"))


def test_a_called_process_has_exactly_what_it_is_given() -> None:
    assert warned(*calling('<camunda:in source="a" target="a"/>'), others=(("c", CALLED),)) == {("unmapped", "use")}
    assert warned(*calling('<camunda:in source="a" target="x"/>'), others=(("c", CALLED),)) == set()
    assert warned(*calling('<camunda:in variables="all"/>'), others=(("c", CALLED),)) == set()


def test_every_caller_must_give_it() -> None:
    second = document("q", *calling('<camunda:in source="b" target="b"/>'))
    found = warned(*calling('<camunda:in source="a" target="x"/>'), others=(("c", CALLED), ("q", second)))
    assert found == {("unset", "use")}


def test_the_item_of_a_multi_instance_is_there_inside_it_only() -> None:
    mapping = '<camunda:in sourceExpression="${item + 1}" target="x"/><camunda:out source="z" target="z"/>'
    loop = for_each("${items}", "item", "every", "z")
    parts = (start(), call("ask", "c", mapping, loop), end(), flows("start", "ask", "use", "end"))
    assert warned(*parts, service_task("use", "${len(every)}", "y"), others=(("c", CALLED),)) == set()


def test_a_sub_process_gives_what_all_its_ways_set() -> None:
    inner = (start("s"), end("e"), flows("s", "in", "e"))
    parts = (start(), service_task("use", "${x}", "y"), end(), flows("start", "box", "use", "end"))
    assert warned(*parts, subprocess("box", *inner, service_task("in", "${1}", "x"))) == set()
    ways = one_sets_x()[1:5]
    box = subprocess(
        "box",
        start("s"),
        *ways,
        end("e"),
        flows("s", "which", "b", "merge", "e"),
        flows("a", "merge"),
        flow("which", "a", "${given == 1}"),
    )
    assert warned(*parts, box) == {("unset", "use")}


def test_an_event_on_a_border_finds_what_was_there_before_its_host() -> None:
    parts = (start(), service_task("a", "${1 / n}", "x"), task("after", {"z": "${x}"}), end(), end("e2"))
    wires = (flows("start", "a", "end"), flows("t", "after", "e2"))
    caught = on_border("t", "a", error(None, 'camunda:errorMessageVariable="why"'))
    first = (flows("start", "early", "a", "end"), service_task("early", "${2}", "x"), flows("t", "after", "e2"))
    assert warned(*parts, caught, *first) == set()
    told = task("after", {"z": "${why}"})
    assert warned(*(p for p in parts if '"after"' not in p), told, caught, *wires) == set()


def test_a_message_may_bring_anything() -> None:
    parts = (start(), catch("wait", message("order")), exclusive("again"), service_task("use", "${x}", "x"), end())
    loop = (exclusive("g", default="g_to_end"), flows("start", "wait", "again", "use", "g", "end"))
    assert warned(*parts, *loop, flow("g", "again", "${x > 1}")) == set()


def test_a_timer_reads_when_its_host_begins() -> None:
    late = timer_boundary("late", "use", "${due}", interrupting=False)
    parts = one_sets_x()
    parts = tuple(p.replace('"x"', '"due"').replace("${x + 1}", "${1}") for p in parts)
    assert warned(*parts, late, task("remind"), end("e2"), flows("late", "remind", "e2")) == {("unset", "late")}


def test_the_four_processes_read_nothing_that_may_be_missing() -> None:
    content = process_definitions.read_folder(ROOT)
    names = STEP_FUNCTIONS | {"candidate"}
    assert [f for f in check(content, names) if f.rule.startswith("variable-")] == []
    path = "processes/ticket_handling/ticket_handling.bpmn"
    first = b"""<camunda:outputParameter name="first_contact_result">${''}</camunda:outputParameter>"""
    assert first in content[path]
    content[path] = content[path].replace(first, b"")
    assert [(f.rule, f.element) for f in check(content, names) if f.rule.startswith("variable-")] == [
        ("variable-unset", "quick_close_check_to_answered")
    ]
