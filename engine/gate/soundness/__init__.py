"""Soundness: from every state a process can come to, it can come to an end, and no step runs twice by accident.

A token game per scope: the process, every sub-process, every event sub-process. ADR 0012 says what is a token.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from engine.diagram import SUB_PROCESSES, Diagram, Element
from engine.errors import Finding
from engine.gate.catalogue import finding
from engine.gate.soundness import wording
from engine.gate.soundness.drawing import Drawing, TooManyWays
from engine.gate.soundness.game import Limits
from engine.gate.soundness.scopes import Verdict, judge

__all__ = ["check"]

MOST_STATES = 50_000
MOST_SECONDS = 1.5


def check(
    diagrams: Mapping[str, tuple[str, Diagram]],
    most_states: int = MOST_STATES,
    most_seconds: float = MOST_SECONDS,
) -> list[Finding]:
    """Findings over all processes of a deployment, by key: (file, diagram). They must be well formed already.

    Looks at up to `most_states` states per game and stops after `most_seconds` in all.
    """
    return _Check(diagrams, Limits(most_states, time.monotonic() + most_seconds)).findings()


class _Check:
    """Scopes from the inside out: an activity ends normally only when what is in it can."""

    def __init__(self, diagrams: Mapping[str, tuple[str, Diagram]], limits: Limits) -> None:
        self.diagrams = diagrams
        self.limits = limits
        self.never_return: set[str] = set()  # processes that call themselves in every case
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.found: list[Finding] = []
        self.open: list[tuple[str, str]] = []
        self.recursive: set[str] = set()

    def findings(self) -> list[Finding]:
        """Of every scope of every process."""
        for key, (_, diagram) in self.diagrams.items():
            for scope in _scopes(diagram):
                self.verdict(key, scope)
        return self.found + self._endless_recursion()

    def verdict(self, key: str, scope: str) -> Verdict:
        """Judged once; what is being judged already calls itself and counts as able to end."""
        name = (key, scope)
        if name in self.verdicts:
            return self.verdicts[name]
        if name in self.open:
            self.recursive.update(key for key, _ in self.open[self.open.index(name) :])
            return Verdict()
        self.open.append(name)
        path, diagram = self.diagrams[key]
        try:
            verdict = judge(Drawing(diagram, scope, partial(self.may_complete, key)), self.limits)
            self.found += wording.findings(verdict, diagram, scope, path)
        except TooManyWays:
            verdict = Verdict(complete=False)
            self.found.append(finding(wording.too_large(diagram, scope), path))
        self.open.pop()
        self.verdicts[name] = verdict
        return verdict

    def may_complete(self, key: str, activity: Element) -> bool:
        """Whether an activity can end other than by an error or a cancellation."""
        if activity.type in SUB_PROCESSES and activity.type != "adHocSubProcess":
            return self.verdict(key, activity.id).may_complete
        if activity.called is not None and activity.called in self.diagrams:
            return self.verdict(activity.called, activity.called).may_complete
        return True

    def _endless_recursion(self) -> list[Finding]:
        """Among processes that call each other: those of which no way to the end is without such a call."""
        stuck = set(self.recursive)
        while stuck:
            free = {key for key in stuck if self._ends_without(key, stuck)}
            if not free:
                break
            stuck -= free
        return [finding(wording.recursion(self.diagrams[key][1]), self.diagrams[key][0]) for key in sorted(stuck)]

    def _ends_without(self, key: str, blocked: set[str]) -> bool:
        diagram = self.diagrams[key][1]

        def may_complete(activity: Element) -> bool:
            if activity.type in SUB_PROCESSES:
                inner = Drawing(diagram, activity.id, may_complete)
                return judge(inner, self.limits).may_complete
            return activity.called not in blocked

        return judge(Drawing(diagram, key, may_complete), self.limits).may_complete


def _scopes(diagram: Diagram) -> list[str]:
    inner = [e.id for e in diagram.elements.values() if e.type in SUB_PROCESSES and e.type != "adHocSubProcess"]
    return [*inner, diagram.key]
