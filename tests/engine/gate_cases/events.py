"""Cases of events (§10.5)."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import (
    BOUNDARY,
    END,
    EVENT_SUB,
    LINE,
    MESSAGE,
    ONE,
    PARAMETER,
    SIGNAL,
    START,
    TIMER,
    WAITS,
    caught,
    thrown,
)

CASES = [
    Case(
        "event-definition",
        "s",
        LINE.replace('id="s"/>', 'id="s">{x}</startEvent>'),
        "<errorEventDefinition/>",
        WAITS,
        MESSAGE,
    ),
    Case("event-definition", "x", ONE, caught("<errorEventDefinition/>"), caught(WAITS), MESSAGE),
    Case("event-definition", "x", ONE, caught(""), caught(WAITS), MESSAGE),
    Case("event-definition", "x", ONE, thrown(TIMER), thrown(""), MESSAGE),
    Case(
        "event-definition", "e", LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'), TIMER, "<terminateEventDefinition/>"
    ),
    Case(
        "event-definition",
        "t",
        LINE + BOUNDARY.replace(TIMER, "{x}") + "t → e2",
        '<linkEventDefinition name="l"/>',
        TIMER,
    ),
    Case(
        "event-definition",
        "t",
        LINE + BOUNDARY.replace(TIMER, "<errorEventDefinition/>").replace('"a">', '"a"{x}>') + "t → e2",
        ' cancelActivity="false"',
        "",
    ),
    Case(
        "event-definition",
        "qs",
        LINE + EVENT_SUB.format('<startEvent id="qs">{x}</startEvent><endEvent id="qe"/>qs → qe'),
        "",
        WAITS,
        MESSAGE,
    ),
    Case(
        "parallel-multiple",
        "x",
        ONE,
        caught(WAITS).replace(">", ' parallelMultiple="true">', 1),
        caught(WAITS),
        MESSAGE,
    ),
    Case("start-interrupting", "s", LINE.replace('id="s"', 'id="s"{x}'), ' isInterrupting="false"', ""),
    Case("start-event", "p", LINE + "{x}", '<startEvent id="s2"/>s2 → a', ""),
    Case("start-missing", "p", "A(a)" + END + "a → e{x}", "", START + "s → a"),
    Case("end-event", "p", START + "A(a)s → a{x}", "", END + "a → e"),
    Case("dead-end", "s", "A(b)" + LINE.replace("s → a", "{x}"), "", "s → a"),
    Case("unreachable", "b", LINE + "A(b)b → e{x}", "", "a → b"),
    Case("no-outgoing", "b", LINE + "A(b)a → b{x}", "", "b → e"),
    Case("boundary-host", "t", LINE + BOUNDARY.replace('"a"', '"{x}"') + "t → e2", "e", "a"),
    Case("boundary-outgoing", "t", LINE + BOUNDARY + "a → e2{x}", "", "t → e2"),
    Case("timer", "x", ONE, caught("<timerEventDefinition/>"), caught(TIMER)),
    Case("message", "x", ONE, caught("<messageEventDefinition/>"), caught(WAITS), MESSAGE),
    Case(
        "signal",
        "x",
        ONE,
        thrown("<signalEventDefinition/>"),
        thrown('<signalEventDefinition signalRef="sig"/>'),
        SIGNAL,
    ),
    Case(
        "error-uncaught",
        "i2",
        START
        + '<subProcess id="sub" name="sub"><startEvent id="i1"/><endEvent id="i2"><errorEventDefinition errorRef="er"/>'
        + "</endEvent>i1 → i2</subProcess>"
        + '<boundaryEvent id="t" attachedToRef="sub"><errorEventDefinition {x}/></boundaryEvent>'
        + END
        + "s → sub sub → e t → e",
        'errorRef="other"',
        'errorRef="er"',
        '<error id="er" errorCode="E"/><error id="other" errorCode="F"/>',
    ),
    Case(
        "event-parameter",
        "x",
        ONE,
        caught(f"{PARAMETER}{WAITS}"),
        thrown(f"{PARAMETER}{WAITS}"),
        MESSAGE,
    ),
    Case(
        "error-ref",
        "e",
        LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'),
        "<errorEventDefinition/>",
        '<errorEventDefinition errorRef="er"/>',
        '<error id="er" errorCode="E"/>',
    ),
    Case(
        "escalation-ref",
        "x",
        ONE,
        thrown("<escalationEventDefinition/>"),
        thrown('<escalationEventDefinition escalationRef="er"/>'),
        '<escalation id="er" escalationCode="E"/>',
    ),
    Case(
        "event-condition",
        "x",
        ONE,
        caught("<conditionalEventDefinition><condition/></conditionalEventDefinition>"),
        caught("<conditionalEventDefinition><condition>${y}</condition></conditionalEventDefinition>"),
    ),
    Case(
        "cancel-place",
        "e",
        LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'),
        "<cancelEventDefinition/>",
        "<terminateEventDefinition/>",
    ),
    Case("cancel-place", "t", LINE + BOUNDARY.replace(TIMER, "{x}") + "t → e2", "<cancelEventDefinition/>", TIMER),
    Case("link-name", "x", ONE, thrown("<linkEventDefinition/>"), thrown('<linkEventDefinition name="l"/>')),
    Case(
        "link-target",
        "x",
        START
        + "A(a)"
        + END
        + thrown('<linkEventDefinition name="l"/>')
        + '<intermediateCatchEvent id="c1"><linkEventDefinition name="l"/></intermediateCatchEvent>'
        + "s → a a → x c1 → e{x}",
        '<intermediateCatchEvent id="c2"><linkEventDefinition name="l"/></intermediateCatchEvent>c2 → e',
        "",
    ),
    Case(
        "link-source",
        "x",
        LINE + caught('<linkEventDefinition name="l"/>') + "x → e{x}",
        "",
        '<intermediateThrowEvent id="th"><linkEventDefinition name="l"/></intermediateThrowEvent>a → th',
    ),
    Case("link-flow", "x", LINE + caught('<linkEventDefinition name="l"/>') + "x → e{x}", "a → x", ""),
]
