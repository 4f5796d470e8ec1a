"""The table of BPMN features is complete, and every feature it refuses is refused with the fix it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import SpiffWorkflow.bpmn.parser
from lxml import etree

from docs import bpmn_tables
from engine import timers
from engine.diagram import ACTIVITIES, EVENTS, FLOW_NODES
from engine.gate import check
from engine.gate.coverage import EXECUTED, NORMALIZED, PARTS, REFUSED, Feature, table
from tests.conftest import ROOT, FakeClock
from tests.engine.conftest import World, form
from tests.engine.diagrams import document, end, files, flows, start, timer_boundary, user_task
from tests.engine.gate_cases.case import xml
from tests.engine.gate_cases.drawing import CALLED, COMPENSATE, EVENT_SUB, LINE, LINKED, ONE, UNDO

XSD = "{http://www.w3.org/2001/XMLSchema}"
CHOREOGRAPHY = {"callChoreography", "choreographyTask", "subChoreography"}  # never part of a process (§10.1)
ABSTRACT = {"event", "implicitThrowEvent", "sequenceFlow"}
TIMERS = {"timerDate", "timerDuration", "timerCycle"}
MANY = {"multiple", "parallelMultiple"}
# which definition may stand where: Tables 10.84, 10.86, 10.88, 10.89, 10.90 and 10.93 of BPMN 2.0.2
ALLOWED = {
    "start": {"none", "message", "signal", "conditional"} | TIMERS | MANY,
    "subProcessStart": {"none"},
    "eventSubProcessStart": {"message", "error", "escalation", "compensate", "signal", "conditional"} | TIMERS | MANY,
    "eventSubProcessStartNonInterrupting": {"message", "escalation", "signal", "conditional"} | TIMERS | MANY,
    "catch": {"message", "signal", "conditional", "link"} | TIMERS | MANY,
    "throw": {"none", "message", "escalation", "compensate", "signal", "link", "multiple"},
    "boundary": {"message", "error", "escalation", "cancel", "compensate", "signal", "conditional"} | TIMERS | MANY,
    "boundaryNonInterrupting": {"message", "escalation", "signal", "conditional"} | TIMERS | MANY,
    "end": {"none", "message", "error", "escalation", "cancel", "compensate", "signal", "terminate", "multiple"},
}
EXPRESSION = '<{0} xsi:type="bpmn:tFormalExpression">{1}</{0}>'
OUTSIDE = (
    '<message id="m" name="m"/><signal id="sig" name="sig"/><error id="er" errorCode="E"/>'
    '<escalation id="es" escalationCode="E"/>'
)
WAIT = '<messageEventDefinition messageRef="m"/>'
DEFINITIONS = {
    "none": "",
    "message": WAIT,
    "signal": '<signalEventDefinition signalRef="sig"/>',
    "error": '<errorEventDefinition errorRef="er"/>',
    "escalation": '<escalationEventDefinition escalationRef="es"/>',
    "compensate": "<compensateEventDefinition/>",
    "cancel": "<cancelEventDefinition/>",
    "conditional": "<conditionalEventDefinition><condition>${y}</condition></conditionalEventDefinition>",
    "link": '<linkEventDefinition name="l"/>',
    "terminate": "<terminateEventDefinition/>",
    "timerDate": f"<timerEventDefinition>{EXPRESSION.format('timeDate', '${now()}')}</timerEventDefinition>",
    "timerDuration": f"<timerEventDefinition>{EXPRESSION.format('timeDuration', 'PT1H')}</timerEventDefinition>",
    "timerCycle": f"<timerEventDefinition>{EXPRESSION.format('timeCycle', 'R3/PT1H')}</timerEventDefinition>",
    "multiple": WAIT + '<signalEventDefinition signalRef="sig"/>',
    "parallelMultiple": WAIT + '<signalEventDefinition signalRef="sig"/>',
}
TASKS = {
    "serviceTask": 'camunda:expression="${1}"',
    "userTask": 'camunda:candidateGroups="g"',
    "sendTask": 'messageRef="m"',
    "receiveTask": 'messageRef="m"',
    "scriptTask": 'scriptFormat="x"',
    "businessRuleTask": 'camunda:decisionRef="d"',
    "callActivity": 'calledElement="q"',
}
LOOP = (
    '<multiInstanceLoopCharacteristics isSequential="{}" camunda:collection="xs">{}</multiInstanceLoopCharacteristics>'
)
OTHERS = {  # feature → body of a process that uses it
    "eventSubProcess": LINE + EVENT_SUB.format(f'<startEvent id="qs">{WAIT}</startEvent><endEvent id="qe"/>qs → qe'),
    "eventBasedGateway": '<startEvent id="s"/><eventBasedGateway id="x"/><endEvent id="e"/>'
    f'<intermediateCatchEvent id="c">{WAIT}</intermediateCatchEvent>s → x x → c c → e',
    "eventBasedGateway/instantiate": '<eventBasedGateway id="x" instantiate="true"/><endEvent id="e"/>'
    f'<intermediateCatchEvent id="c">{WAIT}</intermediateCatchEvent>x → c c → e',
    "complexGateway": ONE.replace("{x}", '<complexGateway id="x"/>'),
    "receiveTask/instantiate": '<receiveTask id="x" name="x" messageRef="m" instantiate="true"/>'
    '<endEvent id="e"/>x → e',
    "compensationHandler": LINE + COMPENSATE + UNDO + LINKED,
    "implicitStart": "A(a)A(b)a → b",
    "startQuantity": ONE.replace("{x}", '<task id="x" name="x" startQuantity="2"/>'),
    "completionQuantity": ONE.replace("{x}", '<task id="x" name="x" completionQuantity="2"/>'),
    "dataObject": LINE + '<dataObject id="x"/>',
    "dataObjectReference": LINE + '<dataObject id="d"/><dataObjectReference id="x" dataObjectRef="d"/>',
    "dataStoreReference": LINE + '<dataStoreReference id="x"/>',
    "correlationSubscription": LINE + '<correlationSubscription id="x" correlationKeyRef="k"/>',
    "ioBinding": '<ioBinding operationRef="o" inputDataRef="i" outputDataRef="j"/>' + LINE,
    "eventDefinitionRef": ONE.replace(
        "{x}", '<intermediateCatchEvent id="x"><eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>'
    ),
    **{
        part: ONE.replace("{x}", f'<userTask id="x" name="x" camunda:candidateGroups="g"><{node}/></userTask>')
        for part, node in (
            ("ioSpecification", "ioSpecification"),
            ("property", 'property id="pr"'),
            ("dataInputAssociation", "dataInputAssociation"),
            ("dataOutputAssociation", "dataOutputAssociation"),
            ("resourceRole", "potentialOwner"),
        )
    },
}


def body(feature: str) -> str:
    """A process that uses the feature at x, or nearly nothing else."""
    place, _, kind = feature.partition("/")
    if feature in OTHERS:
        return OTHERS[feature]
    if place in ALLOWED:
        return _event(place, kind)
    if place in ("parallelMultiInstance", "sequentialMultiInstance"):
        return _activity(kind, LOOP.format(str(place.startswith("seq")).lower(), ""))
    if place == "multiInstance":
        inner = {"cardinality": "loopCardinality", "completionCondition": "completionCondition"}[kind]
        return _activity("serviceTask", LOOP.format("false", EXPRESSION.format(inner, "${2}")))
    if feature == "standardLoop":
        return _activity("serviceTask", '<standardLoopCharacteristics loopMaximum="3"/>')
    return _activity(feature, "")


def _activity(kind: str, loop: str) -> str:
    inside = {
        "subProcess": CALLED.replace('"s"', '"s1"')
        .replace('"e"', '"e1"')
        .replace("s →", "s1 →")
        .replace("→ e", "→ e1"),
        "adHocSubProcess": "A(b)",
    }
    inside["transaction"] = inside["subProcess"]
    return ONE.replace("{x}", f'<{kind} id="x" name="x" {TASKS.get(kind, "")}>{loop}{inside.get(kind, "")}</{kind}>')


def _event(place: str, kind: str) -> str:
    definition, attributes = DEFINITIONS[kind], ' parallelMultiple="true"' if kind == "parallelMultiple" else ""
    if place == "start":
        return LINE.replace('id="s"/>', f'id="s"{attributes}>{definition}</startEvent>')
    if place == "end":
        return LINE.replace('id="e"/>', f'id="e">{definition}</endEvent>')
    if place in ("catch", "throw"):
        tag = f"intermediate{place.capitalize()}Event"
        return ONE.replace("{x}", f'<{tag} id="x"{attributes}>{definition}</{tag}>')
    if place.startswith("boundary"):
        cancel = str(place == "boundary").lower()
        return LINE + (
            f'<boundaryEvent id="x" attachedToRef="a" cancelActivity="{cancel}"{attributes}>{definition}'
            '</boundaryEvent><endEvent id="e2"/>x → e2'
        )
    flag = ' isInterrupting="false"' if place.endswith("NonInterrupting") else ""
    start = f'<startEvent id="x"{flag}{attributes}>{definition}</startEvent><endEvent id="qe"/>x → qe'
    if place == "subProcessStart":
        return ONE.replace("{x}", f'<subProcess id="x" name="x">{start.replace("x", "y")}</subProcess>')
    return LINE + EVENT_SUB.format(start)


def refused() -> list[Feature]:
    return [row for row in table().values() if row.verdict == REFUSED]


@pytest.mark.parametrize("row", refused(), ids=lambda row: row.feature)
def test_a_refused_feature_is_refused_with_its_fix_and_section(row: Feature) -> None:
    if row.feature == "correlationKey":
        keys = '<collaboration id="k"><correlationKey id="x"/></collaboration>'
        deployed = files(("p", document("p", xml(LINE), outside=xml(keys))))
    else:
        deployed = files(("p", document("p", xml(body(row.feature)), outside=xml(OUTSIDE))))
    found = [f for f in check(deployed, frozenset({"now"})) if f.rule == "unsupported"]
    assert any(row.name in f.message and row.fix in f.message and f.standard == row.section for f in found), found


def test_every_row_is_complete() -> None:
    for row in table().values():
        assert row.verdict in (EXECUTED, NORMALIZED, REFUSED), row.feature
        assert re.fullmatch(r"BPMN 2\.0\.2 §\d+\.\d+(\.\d+)*", row.section), row.feature
        assert row.name, row.feature
        assert bool(row.fix) == (row.verdict == REFUSED), row.feature


def test_the_test_a_row_names_exists() -> None:
    for row in table().values():
        if row.test:
            path, _, name = row.test.partition("::")
            assert path.endswith(".py"), row.feature
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^def {re.escape(name.split('[')[0])}\(", text, re.MULTILINE), row.test


def schema() -> etree._Element:
    folder = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    return etree.parse(folder / "Semantic.xsd").getroot()


def group(name: str) -> set[str]:
    """The elements of the schema that may stand for another one."""
    return {str(e.get("name")) for e in schema().iter(f"{XSD}element") if e.get("substitutionGroup") == name}


def test_every_flow_element_of_the_schema_is_in_the_table() -> None:
    elements = group("flowElement") - CHOREOGRAPHY - ABSTRACT
    assert elements == set(FLOW_NODES) | {"dataObject", "dataObjectReference", "dataStoreReference"}
    assert elements - set(EVENTS) <= set(table())


def test_every_event_definition_of_the_schema_stands_in_the_table_wherever_it_may() -> None:
    kinds = {name.removesuffix("EventDefinition") for name in group("eventDefinition")}
    assert {re.sub("timer.*", "timer", kind) for allowed in ALLOWED.values() for kind in allowed} == kinds | {
        "none",
        "multiple",
        "parallelMultiple",
    }
    wanted = {f"{place}/{kind}" for place, allowed in ALLOWED.items() for kind in allowed}
    assert {feature for feature in table() if feature.partition("/")[0] in ALLOWED} == wanted


def test_every_activity_may_have_every_loop_in_the_table() -> None:
    assert group("loopCharacteristics") == {"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"}
    wanted = {f"{o}MultiInstance/{kind}" for o, kind in product(("parallel", "sequential"), ACTIVITIES)}
    assert {feature for feature in table() if "MultiInstance/" in feature} == wanted


def test_every_part_that_is_looked_for_is_in_the_table() -> None:
    assert set(PARTS.values()) <= set(table())


def test_what_is_executed_or_normalized_names_its_test() -> None:
    assert [row.feature for row in table().values() if row.verdict != REFUSED and not row.test] == []


@pytest.mark.parametrize(
    ("name", "text"), [("bpmn-coverage", bpmn_tables.coverage), ("bpmn-constraints", bpmn_tables.constraints)]
)
def test_the_tables_in_docs_are_as_the_command_writes_them(name: str, text: Callable[[], str]) -> None:
    written = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
    assert written == text(), "run: python -m docs.bpmn_tables"


def test_every_test_that_the_table_of_rules_names_exists() -> None:
    for test in (*bpmn_tables.OTHERS.values(), bpmn_tables.RULES):
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8") if name else (ROOT / path).exists()


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_boundary_timer_may_be_a_duration(world: World, clock: FakeClock, *, interrupting: bool) -> None:
    late = timer_boundary("late", "a", "PT2H", interrupting=interrupting).replace("timeDate", "timeDuration")
    parts = (
        start(),
        user_task("a"),
        late,
        user_task("urge"),
        end(),
        flows("start", "a", "end"),
        flows("late", "urge", "end"),
    )
    world.deploy(files(("p", document("p", *parts)), forms={"p/a": form(), "p/urge": form()}))
    world.start("p")
    clock.advance(hours=1)
    assert timers.fire_due(world.runtime) == 0
    clock.advance(hours=2)
    assert timers.fire_due(world.runtime) == 1
    assert world.names() == (["urge"] if interrupting else ["a", "urge"])
