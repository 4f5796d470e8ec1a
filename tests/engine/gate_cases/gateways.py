"""Cases of gateways (§10.6) and what branches do to variables."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import BOUNDARY, BRANCHES, END, MESSAGE, MIXED, START, WAITS, XOR

CASES = [
    # gateways
    Case(
        "gateway-flows",
        "g",
        START + '<parallelGateway id="g"/>A(a)A(b)' + END + "s → g g → a a → e b → e{x}",
        "",
        "g → b",
    ),
    Case(
        "gateway-direction",
        "g",
        XOR.replace('default="g_b"', 'default="g_b" gatewayDirection="{x}"').replace(
            "s → g ", "s → g g → a if y g → b "
        ),
        "Converging",
        "Diverging",
    ),
    Case(
        "event-gateway-outgoing",
        "g",
        MIXED,
        "",
        f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        MESSAGE,
    ),
    Case(
        "event-gateway-target",
        "g",
        MIXED,
        "A(b)g → b b → e",
        f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        MESSAGE,
    ),
    Case(
        "event-gateway-mixed",
        "g",
        MIXED + f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        '<receiveTask id="r" name="r" messageRef="m"/>g → r r → e',
        "",
        MESSAGE,
    ),
    Case(
        "event-gateway-boundary",
        "g",
        MIXED + '<receiveTask id="r" name="r" messageRef="m"/>g → r r → e',
        BOUNDARY.replace('"a"', '"r"') + "t → e2",
        "",
        MESSAGE,
    ),
    Case(
        "event-gateway-incoming",
        "g",
        MIXED + f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        "A(b)b → c1",
        "",
        MESSAGE,
    ),
    Case("event-gateway-instantiate", "g", BRANCHES, ' instantiate="true"', "", MESSAGE),
    Case("event-gateway-parallel", "g", BRANCHES, ' eventGatewayType="Parallel"', "", MESSAGE),
    # variables
    Case(
        "branches-overwrite",
        "g",
        START
        + '<parallelGateway id="g"/><parallelGateway id="j"/>'
        + '<serviceTask id="a" name="a" camunda:expression="${1}" camunda:resultVariable="n"/>{x}'
        + END
        + "s → g g → a g → b a → j b → j j → e",
        '<serviceTask id="b" name="b" camunda:expression="${2}" camunda:resultVariable="n"/>',
        '<serviceTask id="b" name="b" camunda:expression="${2}" camunda:resultVariable="m"/>',
    ),
]
