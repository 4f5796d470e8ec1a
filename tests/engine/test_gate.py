"""The gate refuses what the engine would not execute as drawn, and names the element."""

from __future__ import annotations

import re

import pytest

from engine import process_definitions
from engine.errors import DefinitionRefused
from engine.forms.schema import WIDGETS
from engine.gate import check
from tests.conftest import ROOT
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    call,
    document,
    end,
    exclusive,
    extensions,
    files,
    flow,
    flows,
    service_task,
    start,
    subprocess,
    timer_boundary,
    user_task,
)

NAMES = frozenset({"now", "workdays"})
FORMS = {"p/a": form(), "p/b": form()}


def found(*parts: str, forms: dict[str, bytes] | None = None, outside: str = "") -> set[tuple[str, str]]:
    """(rule, element) of every error in one process."""
    deployed = files(("p", document("p", *parts, outside=outside)), forms=FORMS if forms is None else forms)
    return {(f.rule, f.element) for f in check(deployed, NAMES) if f.severity == "error"}


GOOD = (start(), user_task("a"), end(), flows("start", "a", "end"))


def test_a_sound_process_passes() -> None:
    assert found(*GOOD) == set()


REFUSED = [
    ("unsupported", "x", '<bpmn:scriptTask id="x" name="x"/>', ("start", "x", "end")),
    ("unsupported", "x", '<bpmn:complexGateway id="x"/>', ("start", "x", "end")),
    ("candidate", "x", '<bpmn:userTask id="x" name="x"/>', ("start", "x", "end")),
    ("task-expression", "x", '<bpmn:serviceTask id="x" name="x"/>', ("start", "x", "end")),
    ("decision", "x", '<bpmn:businessRuleTask id="x" name="x" camunda:decisionRef="no"/>', ("start", "x", "end")),
    ("called-element", "x", '<bpmn:callActivity id="x" name="x" calledElement="no"/>', ("start", "x", "end")),
    ("form", "x", user_task("x"), ("start", "x", "end")),
    ("attribute", "a", user_task("a", attributes='camunda:priority="3"'), ("start", "a", "end")),
    ("extension", "a", user_task("a", inner=extensions(other="<camunda:taskListener/>")), ("start", "a", "end")),
    ("expression", "a", user_task("a", attributes="camunda:dueDate=\"${open('x')}\""), ("start", "a", "end")),
    ("expression", "x", service_task("x", "${().__class__}"), ("start", "x", "end")),
    ("expression", "x", service_task("x", "${unknown_function(1)}"), ("start", "x", "end")),
    ("expression", "x", service_task("x", "${1 +}"), ("start", "x", "end")),
    ("reserved-name", "a", user_task("a", inner=extensions(outputs={"now": "${1}"})), ("start", "a", "end")),
]


@pytest.mark.parametrize(("rule", "element", "part", "chain"), REFUSED)
def test_it_refuses(rule: str, element: str, part: str, chain: tuple[str, ...]) -> None:
    assert (rule, element) in found(start(), part, end(), flows(*chain))


def test_it_refuses_events_it_does_not_execute() -> None:
    timer_start = '<bpmn:startEvent id="start"><bpmn:timerEventDefinition/></bpmn:startEvent>'
    assert ("unsupported", "start") in found(timer_start, user_task("a"), end(), flows("start", "a", "end"))


@pytest.mark.parametrize(("value", "expected"), [("R3/PT1H", set()), ("R3/1H", {("expression", "t")})])
def test_it_reads_iso_values_of_timers(value: str, expected: set[tuple[str, str]]) -> None:
    cycle = timer_boundary("t", "a", value, interrupting=False).replace("timeDate", "timeCycle")
    assert found(*GOOD, cycle, end("e2"), flows("t", "e2")) == expected


@pytest.mark.parametrize(
    ("rule", "element", "parts"),
    [
        ("flow-dangling", "a_to_ghost", (start(), user_task("a"), end(), flows("start", "a", "ghost"))),
        ("flow-out-of-end", "end_to_a", (*GOOD, flow("end", "a"))),
        ("flow-into-start", "a_to_start", (*GOOD, flow("a", "start"))),
        ("unreachable", "b", (*GOOD, user_task("b"), end("e2"), flows("b", "e2"))),
        ("start-missing", "p", (user_task("a"), end(), flows("a", "end"))),
        ("end-event", "p", (start(), user_task("a"), flows("start", "a"))),
        ("dead-end", "start", (start(), user_task("a"), end(), flows("a", "end"))),
        ("boundary-host", "t", (*GOOD, timer_boundary("t", "no", "x", interrupting=True), end("e2"), flow("t", "e2"))),
    ],
)
def test_it_refuses_broken_flows(rule: str, element: str, parts: tuple[str, ...]) -> None:
    assert (rule, element) in found(*parts)


def test_an_exclusive_gateway_needs_a_default_and_conditions() -> None:
    parts = (start(), user_task("a"), user_task("b"), end(), flows("a", "end"), flows("b", "end"))
    without = found(*parts, exclusive("x"), flows("start", "x", "a"), flow("x", "b", "${1 > 0}"))
    assert ("default-flow", "x") in without
    bare = found(*parts, exclusive("x", default="x_to_a"), flows("start", "x", "a"), flow("x", "b"))
    assert ("condition", "x_to_b") in bare


def test_a_flow_may_not_cross_the_border_of_a_sub_process() -> None:
    inner = subprocess("inner", start("s"), user_task("a"), end("e"), flows("s", "a", "e"))
    crossing = found(start(), inner, user_task("b"), end(), flows("start", "inner", "b", "end"), flow("a", "b"))
    assert ("flow-sub-process", "a_to_b") in crossing


def test_ids_are_unique() -> None:
    twice = found(start(), user_task("a"), user_task("a"), end(), flows("start", "a", "end"))
    assert ("duplicate-id", "a") in twice


XXE = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">&x;</bpmn:definitions>'
)
BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;</d>'
HIDDEN = (
    '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d [<!ENTITY a "x">]>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">&a;</bpmn:definitions>'
).encode("utf-16")


@pytest.mark.parametrize("content", [XXE, BOMB, HIDDEN])
@pytest.mark.parametrize("path", ["processes/p/p.bpmn", "processes/p/p.dmn"])
def test_external_entities_and_entity_bombs_are_refused(content: bytes, path: str) -> None:
    findings = check({path: content}, NAMES)
    assert findings
    assert all(f.severity == "error" for f in findings)


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"not xml", "xml-syntax"), (b"<a/>", "xml-namespace"), (b"<a>" + b" " * 2_200_000 + b"</a>", "xml-size")],
)
def test_files_that_are_no_diagrams_are_refused(content: bytes, rule: str) -> None:
    assert [f.rule for f in check({"processes/p/p.bpmn": content}, NAMES)] == [rule]


def test_a_refused_deployment_changes_nothing(world: World) -> None:
    bad = files(("p", document("p", start(), user_task("a"), flows("start", "a"))), forms=FORMS)
    with pytest.raises(DefinitionRefused) as refused:
        world.deploy(bad)
    assert "结束事件" in refused.value.message
    with world.runtime.read(ANN) as tx:
        assert process_definitions.list_latest(tx) == []


def test_another_encoding_hides_nothing() -> None:
    sound = document("p", *GOOD).decode().split("?>", 1)[1]
    hidden = f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d [<!ENTITY a "x">]>{sound}'.encode("utf-16")
    assert [f.rule for f in check({"processes/p/p.bpmn": hidden, **files(forms=FORMS)}, NAMES)] == ["xml-encoding"]


def test_two_processes_may_use_the_same_id_for_different_tasks(world: World) -> None:
    mappings = '<camunda:in variables="all"/>'
    outer = document("p", start(), user_task("a"), call("c", "q", mappings), end(), flows("start", "a", "c", "end"))
    inner = document("q", start(), user_task("a", groups="boss"), end(), flows("start", "a", "end"))
    world.deploy(files(("p", outer), ("q", inner), forms={"p/a": form(), "q/a": form()}))
    world.start("p")
    assert world.task("a").candidate_groups == ("staff",)
    world.complete("a")
    assert world.task("a").candidate_groups == ("boss",)


def test_a_group_the_office_does_not_have_forbids_the_deployment(world: World) -> None:
    world.runtime.candidate_groups = lambda _tx: {"boss"}
    with pytest.raises(DefinitionRefused, match="staff"):
        world.deploy(files(("p", document("p", *GOOD)), forms=FORMS))


def test_a_message_carries_no_more_of_a_foreign_text_than_helps() -> None:
    name = "名\u202e\x85" + "长" * 5000
    deployed = files(("p", document("p", *GOOD).replace(b'name="a"', f'name="{name}"'.encode())), forms=FORMS)
    (finding,) = check(deployed, NAMES)
    assert finding.rule == "name-long"
    assert len(finding.message) < 300
    assert finding.message.isprintable()


def test_a_flood_of_findings_is_cut_off_with_an_error() -> None:
    loose = "".join(f'<bpmn:textAnnotation id="x{number}{"x" * 120}"/>' for number in range(1200))
    findings = check(files(("p", document("p", *GOOD, loose)), forms=FORMS), NAMES)
    assert len(findings) == 1001
    assert (findings[-1].rule, findings[-1].severity) == ("too-many", "error")


def test_a_form_names_only_widgets_that_the_pages_draw() -> None:
    drawn = (ROOT / "web/templates/macros/schema_fields.html").read_text(encoding="utf-8")
    assert set(re.findall(r"item\.widget == '(\w+)'", drawn)) <= WIDGETS
    wrong = form(x="string").replace(b'"title": "x"', b'"title": "x", "x-widget": "textaera"')
    findings = check(files(("p", document("p", *GOOD)), forms={**FORMS, "p/a": wrong}), NAMES)
    assert [(f.rule, f.element, f.file) for f in findings] == [("form", "x", "forms/p/a.json")]


def test_true_may_be_written_as_a_one_too() -> None:
    sound = files(("p", document("p", *GOOD)), forms=FORMS)
    path = "processes/p/p.bpmn"
    sound[path] = sound[path].replace(b'isExecutable="true"', b'isExecutable="1"')
    assert check(sound, NAMES) == []
