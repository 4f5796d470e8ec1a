"""Cases of collaborations and lanes (§9, §10.8)."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import LANES, LINE, POOLS, message_flow

CASES = [
    Case(
        "participant-multiplicity",
        "bb",
        LINE,
        '<participantMultiplicity minimum="3" maximum="2"/>',
        '<participantMultiplicity minimum="0" maximum="2"/>',
        POOLS.format("{x}", ""),
    ),
    Case("message-flow-pool", "mf", LINE, message_flow("pp", "a"), message_flow("bb", "a"), "{x}"),
    Case("message-flow-source", "mf", LINE, message_flow("s", "bb"), message_flow("a", "bb"), "{x}"),
    Case("message-flow-target", "mf", LINE, message_flow("bb", "e"), message_flow("bb", "a"), "{x}"),
    Case("message-flow-ignored", "mf", LINE, message_flow("bb", "a"), POOLS.format("", ""), "{x}"),
    Case("lane-twice", "a", LANES + LINE, "<flowNodeRef>a</flowNodeRef>", "<flowNodeRef>s</flowNodeRef>"),
]
