"""Events: their definitions run on the injected clock and the whitelisted expressions."""

from __future__ import annotations

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BPMN, text_of
from engine.spiff.timers import DateTimer, DurationTimer


class _Timers(EventDefinitionParser):  # type: ignore[misc]
    def parse_timer_event(self, event: etree._Element) -> TimerEventDefinition:
        """A timer on the injected clock."""
        name = self.node.get("name") or self.node.get("id")
        description = self.get_event_description(event)
        date = event.find(f"{BPMN}timeDate")
        if date is not None:
            return DateTimer(name, text_of(date), description=description)
        return DurationTimer(name, text_of(event.find(f"{BPMN}timeDuration")), description=description)


class TimedBoundaryParser(_Timers, BoundaryEventParser):  # type: ignore[misc]
    """Boundary event whose timer runs on the injected clock."""


class TimedCatchParser(_Timers, IntermediateCatchEventParser):  # type: ignore[misc]
    """Intermediate catch event whose timer runs on the injected clock."""


PARSERS: dict[str, tuple[type[TaskParser], type[TaskSpec]]] = {
    full_tag("boundaryEvent"): (TimedBoundaryParser, BoundaryEvent),
    full_tag("intermediateCatchEvent"): (TimedCatchParser, IntermediateCatchEvent),
}
