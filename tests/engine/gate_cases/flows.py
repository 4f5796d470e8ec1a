"""Cases of sequence flows (§7.6, §8.4.13)."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import (
    BOUNDARY,
    END,
    EVENT_SUB,
    IN_EVENT_SUB,
    LINE,
    MESSAGE,
    NEXT,
    ONE,
    START,
    UNDO,
    XOR,
    user,
)

CASES = [
    Case("flow-dangling", "a_z", NEXT, "a → z", ""),
    Case("flow-end-type", "a_an", LINE + '<textAnnotation id="an"/>{x}', "a → an", ""),
    Case(
        "flow-sub-process",
        "a_b",
        START
        + '<subProcess id="q" name="q"><startEvent id="qs"/>A(a)<endEvent id="qe"/>qs → a a → qe</subProcess>A(b)'
        + END
        + "s → q q → b b → e{x}",
        "a → b",
        "",
    ),
    Case("flow-into-start", "a_s", NEXT, "a → s", ""),
    Case("flow-into-boundary", "a_t", LINE + BOUNDARY + "t → e2{x}", "a → t", ""),
    Case("flow-out-of-end", "e_a", NEXT, "e → a", ""),
    Case("flow-event-sub-process", "a_q", LINE + EVENT_SUB.format(IN_EVENT_SUB) + "{x}", "a → q", "", MESSAGE),
    Case("flow-compensation", "a_u", LINE + UNDO + "{x}", "a → u", ""),
    Case("flow-twice", "a", NEXT, '<sequenceFlow id="f2" sourceRef="a" targetRef="e"/>', ""),
    Case(
        "flow-lists",
        "e",
        LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'),
        "<incoming>no</incoming>",
        "<incoming>a_e</incoming>",
    ),
    Case("flow-condition-source", "s_a", LINE.replace("s → a", "{x}"), "s → a if x", "s → a"),
    Case("flow-condition-single", "a_e", LINE.replace("a → e", "{x}"), "a → e if x", "a → e"),
    Case(
        "flow-immediate",
        "a_e",
        LINE.replace("a → e", '<sequenceFlow id="a_e" sourceRef="a" targetRef="e"{x}/>'),
        ' isImmediate="false"',
        "",
    ),
    Case("default-source", "x", ONE, user('default="s_x"'), user("")),
    Case("default-condition", "g_b", XOR, "g → a if y g → b if z", "g → a if y g → b"),
    Case("condition", "g_a", XOR, "g → a g → b", "g → a if y g → b"),
    Case(
        "default-flow",
        "a",
        LINE.replace("A(a)", "{x}").replace("a → e", "A(b)a → b if y a → e if z b → e"),
        "A(a)",
        '<userTask id="a" name="a" camunda:candidateGroups="g" default="a_b"/>',
    ),
    Case(
        "default-flow",
        "g",
        XOR.replace(' default="g_b"', "{x}").replace("s → g ", "s → g g → a if y g → b if z "),
        "",
        ' default="g_a"',
    ),
    Case(
        "expression-empty",
        "g_a",
        XOR,
        '<sequenceFlow id="g_a" sourceRef="g" targetRef="a"><conditionExpression/></sequenceFlow>g → b',
        "g → a if y g → b",
    ),
]
