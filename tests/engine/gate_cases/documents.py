"""Cases of the file and its identifiers (§8, §15)."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import (
    CALLED,
    LINE,
    MESSAGE,
    NEXT,
    ONE,
    SIGNAL,
    WAITS,
    XOR,
    called,
    caught,
    parameter,
    service,
    thrown,
    user,
)

LONG = "x" * 101
CASES = [
    Case(
        "schema",
        "a",
        LINE.replace("A(a)", "{x}"),
        '<userTask id="a" name="a" camunda:candidateGroups="g"><extensionElements/><documentation/></userTask>',
        "A(a)",
    ),
    Case("root-element", "gt", LINE, '<globalTask id="gt"/>', "", "{x}"),
    Case("attribute", "x", ONE, user('implementation="##WebService"'), user("")),
    Case("attribute", "x", ONE, user('camunda:priority="3"'), user('camunda:asyncBefore="true"')),
    Case("attribute", "s", LINE.replace('id="s"', 'id="s"{x}'), ' camunda:initiator="me"', ""),
    Case("extension", "x", ONE, user("", "<extensionElements><camunda:taskListener/></extensionElements>"), user("")),
    Case(
        "extension",
        "x",
        ONE,
        service(parameter("<camunda:script>1</camunda:script>")),
        service(parameter("${1}")),
    ),
    Case(
        "extension",
        "x",
        ONE,
        service('<extensionElements><zeebe:taskDefinition xmlns:zeebe="z" type="x"/></extensionElements>'),
        service(""),
    ),
    Case(
        "extension",
        "x",
        ONE,
        called('<camunda:in source="v"/>'),
        called('<camunda:in source="v" target="w"/>'),
        others=(("q", CALLED),),
    ),
    Case(
        "attribute",
        "g_a",
        XOR,
        '<sequenceFlow id="g_a" sourceRef="g" targetRef="a"><conditionExpression language="groovy">${y}'
        "</conditionExpression></sequenceFlow>g → b",
        "g → a if y g → b",
    ),
    Case("extension", "x", ONE, caught(WAITS + parameter("${1}")), caught(WAITS), MESSAGE),
    Case("id-missing", "", NEXT, "<endEvent/>", ""),
    Case("duplicate-id", "a", NEXT, '<textAnnotation id="a"/>', '<textAnnotation id="an"/>'),
    Case("id-long", LONG[:80], NEXT, f'<textAnnotation id="{LONG}"/>', '<textAnnotation id="an"/>'),
    Case(
        "id-reserved",
        "Start",
        LINE.replace("A(a)", "A({x})").replace("a →", "{x} →").replace("→ a", "→ {x}"),
        "Start",
        "x",
    ),
    Case("name-long", "x", ONE, user("").replace('name="x"', f'name="{"长" * 201}"'), user("")),
    Case(
        "id-across",
        "q",
        LINE.replace(
            "A(a)",
            '<subProcess id="{x}" name="n">'
            + CALLED.replace('"s"', '"s1"').replace('"e"', '"e1"').replace("s →", "s1 →").replace("→ e", "→ e1")
            + "</subProcess>",
        )
        .replace("s → a", "s → {x}")
        .replace("a → e", "{x} → e"),
        "q",
        "r",
        others=(("q", CALLED),),
    ),
    Case("name", "x", ONE, user("").replace(' name="x"', ""), user("")),
    Case(
        "reference",
        "e",
        LINE.replace('id="e"/>', 'id="e"><terminateEventDefinition/>{x}</endEvent>'),
        '<signalEventDefinition signalRef="no"/>',
        "",
    ),
    Case(
        "reference",
        "l1",
        '<laneSet id="ls"><lane id="l1"><flowNodeRef>{x}</flowNodeRef></lane></laneSet>' + LINE,
        "no",
        "a",
    ),
    Case(
        "reference-type",
        "x",
        ONE,
        caught('<messageEventDefinition messageRef="sig"/>'),
        caught(WAITS),
        MESSAGE + SIGNAL,
    ),
    Case(
        "correlation-key",
        "ck",
        LINE,
        '<correlationKey id="ck"/>',
        '<correlationKey id="ck"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey>',
        '<collaboration id="k">{x}</collaboration>',
    ),
    Case(
        "error-code",
        "e",
        LINE.replace('id="e"/>', 'id="e"><errorEventDefinition errorRef="er"/></endEvent>'),
        '<error id="er"/>',
        '<error id="er" errorCode="E1"/>',
        "{x}",
    ),
    Case(
        "escalation-code",
        "x",
        ONE.replace("{x}", thrown('<escalationEventDefinition escalationRef="er"/>')),
        '<escalation id="er"/>',
        '<escalation id="er" escalationCode="E1"/>',
        "{x}",
    ),
    Case("message-name", "m2", LINE, '<message id="m2" name="m"/>', '<message id="m2" name="m2"/>', MESSAGE + "{x}"),
]
