"""Diagrams side by side: a tab for each process of an instance or a ticket, and the path in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine import paths, process_definitions
from engine.process_instance_rows import ProcessInstance
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from hotline import persons
from web.diagrams import STATES, shown_instances


@dataclass(frozen=True)
class Tab:
    """A process of the diagram; `open` counts the steps that wait in it."""

    key: str
    name: str
    xml_url: str
    current: bool
    open: int = 0


@dataclass(frozen=True)
class Step:
    """One element of the path in words."""

    process_name: str
    name: str
    state_label: str
    count: int
    at: datetime
    actor: str


def drawn_for(tx: Transaction, number: str, tasks: Sequence[UserTask]) -> list[tuple[list[Tab], list[Step]]]:
    """Tabs and steps of each process of a ticket, its handling first."""
    found = []
    for instance in shown_instances(tx, number):
        taken, names = paths.path(tx, instance), process_names(tx, instance)
        own = [task for task in tasks if task.instance_id == instance.id]
        found.append((tabs(instance, names, taken, own), steps(tx, taken, names)))
    return found


def process_names(tx: Transaction, instance: ProcessInstance) -> dict[str, str]:
    """Process key → name, for the process and all it calls."""
    keys = process_definitions.process_keys(tx, instance.definition_id)
    return {key: process_definitions.diagram(tx, instance.definition_id, key).name or key for key in keys}


def tabs(
    instance: ProcessInstance, names: Mapping[str, str], taken: paths.Path, tasks: Sequence[UserTask]
) -> list[Tab]:
    """The main process and the called ones that were entered."""
    entered = {visit.process_key for visit in taken.visits} | {instance.definition_key}
    return [
        Tab(
            key,
            name,
            f"/process-definitions/{instance.definition_id}/diagrams/{key}",
            key == instance.definition_key,
            sum(task.process_key == key for task in tasks),
        )
        for key, name in names.items()
        if key in entered
    ]


def together(found: Sequence[Tab]) -> list[Tab]:
    """One tab for each process, the first one open."""
    first: dict[str, Tab] = {}
    for tab in found:
        first.setdefault(tab.key, replace(tab, current=not first))
    return list(first.values())


def steps(tx: Transaction, taken: paths.Path, names: Mapping[str, str]) -> list[Step]:
    """The path as text, oldest first, for those who cannot see the diagram."""
    people = persons.names(tx, {visit.actor for visit in taken.visits})
    return [
        Step(
            names.get(visit.process_key, visit.process_key),
            visit.name,
            STATES[visit.state],
            visit.count,
            visit.last_at,
            people.get(visit.actor, ""),
        )
        for visit in sorted(taken.visits, key=lambda each: each.last_at)
    ]
