"""Cases of compensation (§10.7)."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import (
    BOUNDARY,
    COMPENSATE,
    END,
    EVENT_SUB,
    LINE,
    LINKED,
    MESSAGE,
    ONE,
    START,
    UNDO,
    WAITS,
    thrown,
)

DONE = START + "A(a)" + END + "s → a a → x x → e"
HELD = (  # a in h, with something that undoes it; x behind
    START
    + '<subProcess id="h" name="h"><startEvent id="hs"/>A(a)<endEvent id="he"/>hs → a a → he'
    + COMPENSATE
    + UNDO
    + LINKED
    + "</subProcess>"
    + END
    + "s → h h → x x → e"
)
OF_ALL = (  # undoes h
    COMPENSATE.replace('"c"', '"c2"').replace('"a"', '"h"')
    + UNDO.replace('"u"', '"u2"')
    + '<association id="as2" sourceRef="c2" targetRef="u2"/>'
)


def named(activity: str) -> str:
    """An event x that undoes one activity."""
    return thrown(f'<compensateEventDefinition activityRef="{activity}"/>')


CASES = [
    Case("compensation-handler", "c", LINE + COMPENSATE + UNDO + "{x}", "", LINKED),
    Case("compensation-outgoing", "c", LINE + COMPENSATE + UNDO + LINKED + "{x}", "c → e", ""),
    Case("compensation-unused", "u", LINE + COMPENSATE + UNDO + "{x}", "", LINKED),
    Case("compensation-activity", "x", ONE, named("e"), thrown("<compensateEventDefinition/>")),
    Case("compensation-activity", "x", ONE, named("no"), thrown("<compensateEventDefinition/>")),
    Case("compensation-activity", "x", HELD + OF_ALL + "{x}", named("a"), named("h")),
    Case("compensation-activity", "x", DONE + named("a") + "{x}", "", COMPENSATE + UNDO + LINKED),
    Case("compensation-activity", "x", DONE + COMPENSATE + UNDO + LINKED + "{x}", named("u"), named("a")),
    Case(
        "compensation-waits",
        "x",
        ONE,
        thrown('<compensateEventDefinition waitForCompletion="false"/>'),
        thrown("<compensateEventDefinition/>"),
    ),
    Case(
        "compensation-loop",
        "c",
        START
        + '<serviceTask id="a" name="a" camunda:expression="${1}">{x}</serviceTask>'
        + END
        + COMPENSATE
        + UNDO
        + "s → a a → e"
        + LINKED,
        '<standardLoopCharacteristics loopMaximum="2"/>',
        "",
    ),
    Case(
        "compensation-border",
        "u",
        LINE + COMPENSATE + UNDO + "{x}" + LINKED,
        BOUNDARY.replace('"a"', '"u"') + "t → e2",
        "",
    ),
    Case(
        "compensation-beside",
        "x",
        LINE + EVENT_SUB.format(f'<startEvent id="qs">{WAITS}</startEvent>{{x}}<endEvent id="qe"/>qs → x x → qe'),
        thrown("<compensateEventDefinition/>"),
        thrown(""),
        MESSAGE,
    ),
    Case(
        "compensation-inside",
        "x",
        HELD + "{x}",
        thrown("<compensateEventDefinition/>"),
        thrown(""),
    ),
    Case("compensation-inside", "x", HELD + thrown("<compensateEventDefinition/>") + "{x}", "", OF_ALL),
    Case(
        "cancel-uncaught",
        "o",
        START
        + '<transaction id="h" name="h"><startEvent id="hs"/><endEvent id="o"><cancelEventDefinition/></endEvent>hs → o'
        + "</transaction>{x}"
        + END
        + "s → h h → e",
        "",
        '<boundaryEvent id="k" attachedToRef="h"><cancelEventDefinition/></boundaryEvent>k → e',
    ),
]
