"""One diagram per rule of the gate that breaks it, and what makes it right again, by chapter of the standard."""

from __future__ import annotations

from tests.engine.gate_cases import (
    activities,
    collaborations,
    compensation,
    documents,
    events,
    expressions,
    flows,
    gateways,
)

CASES = [
    *documents.CASES,
    *expressions.CASES,
    *flows.CASES,
    *collaborations.CASES,
    *activities.CASES,
    *events.CASES,
    *gateways.CASES,
    *compensation.CASES,
]
