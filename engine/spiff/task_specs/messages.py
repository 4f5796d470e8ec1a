"""Tasks that send or wait for a message (§10.3.3): activities, so they may loop and carry boundary events."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.task import Task

from engine.spiff.events.catching import Catching
from engine.spiff.events.gateway import EventBasedGateway, withdraw_rivals
from engine.spiff.events.throwing import Throwing
from engine.spiff.events.thrown import Thrown
from engine.spiff.task_specs.activities import Activity


class SendTask(Throwing, Activity):
    """Sends its message when a token comes by; the input parameters are what it carries."""

    def _thrown(self, my_task: Task) -> Thrown:
        payload: dict[str, Any] = {name: my_task.data[name] for name, _ in self.element.inputs}
        return Thrown(my_task.id, self.event_definition.name, payload)


class ReceiveTask(Catching, Activity):
    """Waits for its message; what it brings becomes variables."""

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        if isinstance(my_task.parent.task_spec, EventBasedGateway):
            withdraw_rivals(my_task)
