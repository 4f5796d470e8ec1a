"""What a diagram names beyond itself: decisions, forms, candidate groups of the office."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.diagram import Element
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault


@dataclass(frozen=True)
class Known:
    """What exists: decision tables and forms of this deployment, the office's groups (None: not checked)."""

    decisions: Collection[str]
    forms: Collection[str]
    groups: Collection[str] | None = None


def check(view: View, known: Known) -> Iterator[Fault]:
    """One fault per reference that leads nowhere."""
    for element in view.elements:
        if element.type == "businessRuleTask" and element.camunda.get("decisionRef") not in known.decisions:
            yield fault("decision", element, element.camunda.get("decisionRef") or "（空）")
        if element.type == "userTask":
            yield from _form(element, view.diagram.key, known)
            yield from _groups(element, known)


def _form(element: Element, process_key: str, known: Known) -> Iterator[Fault]:
    key = element.camunda.get("formKey")
    path = f"forms/{process_key}/{key}.json"
    if key is not None and path not in known.forms:
        yield fault("form", element, path)


def _groups(element: Element, known: Known) -> Iterator[Fault]:
    """Literal names only: what an expression gives is known when the task opens."""
    named = element.camunda.get("candidateGroups", "")
    if known.groups is None or named.startswith("${"):
        return
    for group in filter(None, (part.strip() for part in named.split(","))):
        if group not in known.groups:
            yield fault("candidate-group", element, group)
