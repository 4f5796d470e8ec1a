"""What an event waits for or throws. A definition is shared by all instances: what happened stands in the task."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.task import Task

from engine.spiff import writes

FIRED = "event_fired"
PAYLOAD = "payload"
SINCE = "since"


class Definition(EventDefinition):  # type: ignore[misc]
    """Fires when something is delivered to the waiting task; `name` is what it is matched by."""

    def matches(self, other: Definition) -> bool:
        """Whether an event of this definition catches what `other` throws."""
        return type(self) is type(other) and bool(self.name == other.name)

    def deliver(self, task: Task, payload: Mapping[str, Any]) -> None:
        """Note on the waiting task that its event has happened."""
        task.internal_data[PAYLOAD] = deepcopy(dict(payload))
        task.internal_data[FIRED] = True

    def update_task_data(self, my_task: Task) -> None:
        """What was delivered becomes variables of the path that follows."""
        payload = my_task.internal_data.pop(PAYLOAD, {})
        my_task.data.update(payload)
        writes.note(my_task, payload)

    def again(self, fired: Task) -> dict[str, Any] | None:
        """The state in which a non-interrupting event goes on waiting; None when it fires only once."""
        return {}


class Message(Definition):
    """A message by name (§10.5.5)."""


class Signal(Definition):
    """A signal by name: reaches everything that waits for it at that moment (§10.5.5)."""

    def update_task(self, my_task: Task) -> None:
        """Note since when the task waits: a signal on its way from another instance reaches none that came later."""
        my_task.internal_data.setdefault(SINCE, my_task.workflow.script_engine.now.isoformat())


class Coded(Definition):
    """Matched by code; one without a code catches all of its kind."""

    def __init__(self, code: str | None, code_variable: str | None = None, text_variable: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.code_variable = code_variable
        self.text_variable = text_variable

    def matches(self, other: Definition) -> bool:
        """Same kind, and the same code unless this one has none."""
        return type(self) is type(other) and isinstance(other, Coded) and self.code in (None, other.code)

    def caught(self, code: str | None, text: str) -> dict[str, Any]:
        """The variables that tell the catching path what was thrown."""
        told = {}
        if self.code_variable:
            told[self.code_variable] = code
        if self.text_variable:
            told[self.text_variable] = text
        return told


class Error(Coded):
    """An error by code: leaves its scope for good (§10.5.5)."""

    text = ""  # camunda:errorMessage of the thrown error


class Escalation(Coded):
    """An escalation by code: may leave its scope running (§10.5.5)."""
