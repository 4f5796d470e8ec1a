"""A model in the real product: deployed, moved by the verbs, each step in a transaction of its own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from engine import audit, incidents, messages, process_instances, timers, user_tasks
from engine.transaction import Runtime
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World
from tests.models.driving import BEGINNING, Disagreement, items
from tests.models.generate import Model
from tests.models.reference import Offer


class Deployed:
    """One instance in the database."""

    name = "in the database"

    def __init__(self, runtime: Runtime, clock: FakeClock, model: Model, key: str) -> None:
        self.world, self.clock, self.key = World(runtime), clock, key
        self.clock.now = BEGINNING
        self.messages = 0
        self.visited: Counter[str] = Counter()
        self.audit: list[Any] = []
        if model.message is None:
            self.world.start("p", key, **model.variables)
        else:
            with self.world.runtime.write(ANN) as tx:
                messages.correlate(tx, model.message, key, f"{key}-0", model.variables)
        self.id = self.world.instance(key).id
        self._look()

    def _look(self) -> None:
        instance = self.world.instance(self.key)
        with self.world.runtime.read(ANN) as tx:
            steps = [e.detail for e in audit.entries(tx, audit.instance_stream(self.key)) if "entered" in e.detail]
            self.failures = [i.message for i in incidents.list_page(tx).items]
        parts = ("entered", "completed", "cancelled", "flows")
        self.audit = [[sorted(tuple(item) for item in step[part]) for part in parts] for step in steps]
        self.visited = Counter(element for step in self.audit for _, element in step[0])
        self.ended = instance.state == "completed"
        self.due = instance.next_due
        self.tasks = self.world.open(self.key)
        self.variables = self.world.variables(self.key)

    def open(self) -> list[str]:
        """The open tasks by element id."""
        return sorted(task.element_id for task in self.tasks)

    def do(self, offer: Offer, data: dict[str, Any]) -> None:
        """One step by a verb."""
        if offer.kind == "time":
            self.clock.now = BEGINNING + timedelta(seconds=offer.due)
            timers.fire_due(self.world.runtime)
        else:
            with self.world.runtime.write(ANN) as tx:
                if offer.kind == "task":
                    user_tasks.complete(tx, self._task(offer), data)
                elif offer.kind == "message":
                    self.messages += 1
                    messages.correlate(tx, offer.name, self.key, f"{self.key}-{self.messages}", {})
                else:
                    process_instances.step(tx, self.id, "signal", lambda e: e.signal(offer.name, {}) and None)
        self._look()

    def _task(self, offer: Offer) -> str:
        for task in self.tasks:
            if task.element_id == offer.name:
                with self.world.runtime.read(ANN) as tx:
                    seen = user_tasks.context(tx, task.id)
                if offer.item == items(seen):
                    return task.id
        raise Disagreement(f"task {offer.name} with item {offer.item} is not open")
