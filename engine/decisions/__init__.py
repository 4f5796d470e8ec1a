"""Decisions (DMN): tables and FEEL expressions, each after those it requires, decide or say clearly why not."""

from __future__ import annotations

from engine.decisions.evaluation import DecisionError, DecisionResult, evaluate
from engine.decisions.model import Decision, DecisionTable, LiteralDecision
from engine.decisions.parsing import parse
from engine.decisions.review import review

__all__ = [
    "Decision",
    "DecisionError",
    "DecisionResult",
    "DecisionTable",
    "LiteralDecision",
    "evaluate",
    "parse",
    "review",
]
