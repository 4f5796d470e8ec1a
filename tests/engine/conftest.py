"""A small world for engine tests: deploy, start, complete by element, look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import process_definitions, process_instance_rows, process_instances, user_tasks
from engine.process_instance_rows import ProcessInstance
from engine.process_instances import Step
from engine.transaction import Actor, Runtime
from engine.user_tasks import UserTask

ANN = Actor("ann", "安", frozenset({"staff", "boss", "d1", "d2", "d3"}))
BEN = Actor("ben", "本", frozenset({"staff"}))
EVE = Actor("eve", "外人", frozenset({"elsewhere"}))


def form(**fields: str) -> bytes:
    """A form whose fields are all optional: name=json type."""
    properties: dict[str, Any] = {name: {"title": name, "type": kind} for name, kind in fields.items()}
    for field in properties.values():
        if field["type"] == "array":
            field["items"] = {"type": "string"}
    schema = {"title": "表单", "type": "object", "properties": properties, "additionalProperties": False}
    return json.dumps(schema).encode()


class World:
    """Verbs by element id instead of task id, each in its own transaction."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def deploy(self, files: dict[str, bytes]) -> process_definitions.Deployment:
        with self.runtime.write(ANN) as tx:
            return process_definitions.deploy(tx, files, "test")

    def start(self, key: str, business_key: str = "b1", **variables: Any) -> ProcessInstance:
        with self.runtime.write(ANN) as tx:
            return process_instances.start(tx, key, business_key, variables)

    def open(self, business_key: str = "b1") -> list[UserTask]:
        with self.runtime.read(ANN) as tx:
            return user_tasks.list_page(tx, actor_scope="all", business_key=business_key).items

    def names(self, business_key: str = "b1") -> list[str]:
        return sorted(task.element_id for task in self.open(business_key))

    def task(self, element: str, business_key: str = "b1", group: str | None = None) -> UserTask:
        return next(
            task
            for task in self.open(business_key)
            if task.element_id == element and (group is None or group in task.candidate_groups)
        )

    def complete(self, element: str, _group: str | None = None, _actor: Actor = ANN, **data: Any) -> Step:
        task = self.task(element, group=_group)
        with self.runtime.write(_actor) as tx:
            return user_tasks.complete(tx, task.id, data)

    def instance(self, business_key: str = "b1", key: str | None = None) -> ProcessInstance:
        """Of several the one that started last."""
        with self.runtime.read(ANN) as tx:
            return process_instance_rows.list_page(tx, business_key=business_key, key=key).items[0]

    def variables(self, business_key: str = "b1") -> dict[str, Any]:
        with self.runtime.read(ANN) as tx:
            return process_instance_rows.variables(tx, self.instance(business_key).id)


@pytest.fixture
def world(runtime: Runtime) -> World:
    """The verbs over a fresh database."""
    return World(runtime)
