"""Events that throw: intermediate throw events and end events."""

from __future__ import annotations

from copy import deepcopy

from SpiffWorkflow.bpmn.specs.defaults import EndEvent as SpiffEndEvent
from SpiffWorkflow.bpmn.specs.defaults import IntermediateThrowEvent
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import ThrowingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Element
from engine.errors import MinhuError
from engine.spiff.branch_data import gather
from engine.spiff.events import delivery
from engine.spiff.events.compensation import Cancel, Compensation, cancel_all_but, undo_next
from engine.spiff.events.definitions import Error, Escalation, Message, Signal
from engine.spiff.events.thrown import Thrown
from engine.spiff.task_names import element_name


class UncaughtError(MinhuError):
    """An error end event that nothing catches: the step is not done (§13.5.3)."""


class Throwing(ThrowingEvent):  # type: ignore[misc]
    """Throws once, when a token comes by. Input parameters are what a message or signal carries."""

    element: Element  # set by the parser

    def _update_hook(self, my_task: Task) -> bool:
        if not isinstance(self.event_definition, Compensation | Cancel):
            return bool(super()._update_hook(my_task))
        if my_task._state != TaskState.WAITING:
            super()._update_hook(my_task)
            if isinstance(self.event_definition, Cancel):
                gather(my_task)
                cancel_all_but(my_task)
        return undo_next(my_task)

    def _run_hook(self, my_task: Task) -> bool:
        definition = self.event_definition
        engine = my_task.workflow.script_engine
        if isinstance(definition, Message):
            engine.thrown_messages.append(self._thrown(my_task))
        elif isinstance(definition, Signal):
            thrown = self._thrown(my_task)
            engine.thrown_signals.append(thrown)
            delivery.publish(my_task.workflow.top_workflow, definition, thrown.payload)
        elif isinstance(definition, Error):
            if not delivery.propagate(my_task, definition, definition.text):
                raise UncaughtError(_uncaught(my_task, definition))
        elif isinstance(definition, Escalation):
            delivery.propagate(my_task, definition, "")
        elif isinstance(definition, Cancel):
            delivery.cancel_transaction(my_task, definition)
        return True

    def _thrown(self, my_task: Task) -> Thrown:
        engine = my_task.workflow.script_engine
        payload = {name: deepcopy(engine.evaluate(my_task, source)) for name, source in self.element.inputs}
        return Thrown(my_task.id, self.event_definition.name, payload)


def _uncaught(task: Task, definition: Error) -> str:
    code = f"（{definition.code}）" if definition.code else ""
    return f"{element_name(task)}抛出的错误{code}没有捕获，本次操作未生效，请流程负责人在外层加错误边界事件"


class ThrowEvent(Throwing, IntermediateThrowEvent):  # type: ignore[misc]
    """Intermediate throw event."""


class EndEvent(Throwing, SpiffEndEvent):  # type: ignore[misc]
    """End event; SpiffWorkflow does what terminate asks."""

    def _on_complete_hook(self, my_task: Task) -> None:
        if isinstance(self.event_definition, TerminateEventDefinition):
            gather(my_task)  # what the branches it cancels had set is kept
        super()._on_complete_hook(my_task)
