"""Events: their definitions run on the injected clock and the whitelisted expressions."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.defaults import StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BPMN, CAMUNDA, flag, localname, text_of
from engine.spiff.events.catching import BoundaryEvent, CatchEvent
from engine.spiff.events.compensation import Cancel, Compensation
from engine.spiff.events.conditions import Condition
from engine.spiff.events.definitions import Error, Escalation, Message, Signal
from engine.spiff.events.gateway import EventBasedGateway
from engine.spiff.events.throwing import EndEvent, ThrowEvent
from engine.spiff.timers import CycleTimer, DateTimer, DurationTimer


def read_definition(node: etree._Element) -> EventDefinition:
    """The one definition of an event as drawn; NoneEventDefinition when it has none."""
    for child in node:
        if isinstance(child.tag, str):
            reader = _READERS.get(localname(child))
            if reader is not None:
                return reader(child, node)
    return NoneEventDefinition()


def read_message(definition: etree._Element, event: etree._Element) -> EventDefinition:
    """The message that an event's definition, or a task, refers to."""
    return Message(_referenced(definition, "message", "name"))


def _signal(definition: etree._Element, event: etree._Element) -> EventDefinition:
    return Signal(_referenced(definition, "signal", "name"))


def _error(definition: etree._Element, event: etree._Element) -> EventDefinition:
    error = Error(
        _referenced(definition, "error", "errorCode"),
        definition.get(f"{CAMUNDA}errorCodeVariable"),
        definition.get(f"{CAMUNDA}errorMessageVariable"),
    )
    error.text = _referenced(definition, "error", f"{CAMUNDA}errorMessage") or ""
    return error


def _escalation(definition: etree._Element, event: etree._Element) -> EventDefinition:
    code = _referenced(definition, "escalation", "escalationCode")
    return Escalation(code, definition.get(f"{CAMUNDA}escalationCodeVariable"))


def _condition(definition: etree._Element, event: etree._Element) -> EventDefinition:
    return Condition(text_of(definition.find(f"{BPMN}condition")))


def _terminate(definition: etree._Element, event: etree._Element) -> EventDefinition:
    return TerminateEventDefinition()


def _timer(definition: etree._Element, event: etree._Element) -> EventDefinition:
    name = event.get("name") or event.get("id")
    for kind, timer in (("timeDate", DateTimer), ("timeCycle", CycleTimer)):
        text = definition.find(f"{BPMN}{kind}")
        if text is not None:
            return timer(name, text_of(text))
    return DurationTimer(name, text_of(definition.find(f"{BPMN}timeDuration")))


def _compensation(definition: etree._Element, event: etree._Element) -> EventDefinition:
    return Compensation(definition.get("activityRef"))


def _cancel(definition: etree._Element, event: etree._Element) -> EventDefinition:
    return Cancel(None)


_READERS = {
    "compensateEventDefinition": _compensation,
    "cancelEventDefinition": _cancel,
    "messageEventDefinition": read_message,
    "signalEventDefinition": _signal,
    "errorEventDefinition": _error,
    "escalationEventDefinition": _escalation,
    "conditionalEventDefinition": _condition,
    "terminateEventDefinition": _terminate,
    "timerEventDefinition": _timer,
}


def _referenced(definition: etree._Element, kind: str, attribute: str) -> str | None:
    """An attribute of the message, signal, error or escalation that a definition refers to."""
    wanted = definition.get(f"{kind}Ref")
    for item in definition.getroottree().getroot().iter(f"{BPMN}{kind}"):
        if wanted is not None and item.get("id") == wanted:
            return item.get(attribute)
    return None


class EventParser(TaskParser):  # type: ignore[misc]
    """An event with its definition and its element of the diagram."""

    def parse_extensions(self, node: etree._Element | None = None) -> dict[str, Any]:
        """Nothing: all that matters is on the element."""
        return {}

    def create_task(self) -> TaskSpec:
        """The specification of the event."""
        spec = self.spec_class(self.spec, self.bpmn_id, read_definition(self.node), **self.bpmn_attributes)
        spec.element = self.process_parser.parser.element(self.node)  # none for what only the copy has
        return spec


class EndEventParser(EventParser):
    """An end event leads to the end of its scope."""

    def create_task(self) -> TaskSpec:
        """The specification, connected."""
        spec = super().create_task()
        spec.connect(self.spec.end)
        return spec


class StartEventParser(TaskParser):  # type: ignore[misc]
    """A start event passes the token on: what starts an event sub-process is caught in the scope around it."""

    def create_task(self) -> TaskSpec:
        """The specification, connected."""
        spec = self.spec_class(self.spec, self.bpmn_id, NoneEventDefinition(), **self.bpmn_attributes)
        self.spec.start.connect(spec)
        return spec


class BoundaryEventParser(EventParser):
    """A boundary event knows whether it interrupts."""

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        """As of any element, and cancelActivity."""
        return {**super().bpmn_attributes, "cancel_activity": flag(self.node, "cancelActivity", default=True)}


class EventBasedGatewayParser(TaskParser):  # type: ignore[misc]
    """Event-based gateway; its events are what its flows lead to."""

    def handles_multiple_outgoing(self) -> bool:
        """Every flow leads to one event."""
        return True


PARSERS: dict[str, tuple[type[TaskParser], type[TaskSpec]]] = {
    full_tag("startEvent"): (StartEventParser, StartEvent),
    full_tag("boundaryEvent"): (BoundaryEventParser, BoundaryEvent),
    full_tag("intermediateCatchEvent"): (EventParser, CatchEvent),
    full_tag("intermediateThrowEvent"): (EventParser, ThrowEvent),
    full_tag("endEvent"): (EndEventParser, EndEvent),
    full_tag("eventBasedGateway"): (EventBasedGatewayParser, EventBasedGateway),
}
