"""SpiffWorkflow's parser with our task specifications, fed by engine.diagram."""

from __future__ import annotations

from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BPMN, Diagram, text_of
from engine.spiff.task_specs import (
    Activity,
    BusinessRuleTask,
    CallActivity,
    ParallelMultiInstance,
    ServiceTask,
    SubProcess,
    UserTask,
)
from engine.spiff.timers import DateTimer, DurationTimer


class ActivityParser(TaskParser):  # type: ignore[misc]
    """Gives each task specification its element of the diagram."""

    PARALLEL_MI_CLASS = ParallelMultiInstance

    def parse_extensions(self, node: etree._Element | None = None) -> dict[str, Any]:
        """Nothing: all that matters is on the element."""
        return {}

    def create_task(self) -> Activity:
        """The specification, with the element as drawn."""
        spec: Activity = self.build()
        spec.element = self.process_parser.parser.elements[self.bpmn_id]
        return spec

    def build(self) -> Activity:
        """The bare specification."""
        spec: Activity = self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes)
        return spec


class SubProcessParser(ActivityParser):
    """Embedded sub-process."""

    def build(self) -> Activity:
        """A specification that names the nested one."""
        nested = SubprocessParser.get_subprocess_spec(self)
        spec: Activity = self.spec_class(self.spec, self.bpmn_id, subworkflow_spec=nested, **self.bpmn_attributes)
        return spec


class CallActivityParser(ActivityParser):
    """Call activity with a constant target."""

    def build(self) -> Activity:
        """A specification that names the called one."""
        called = self.node.get("calledElement")
        spec: Activity = self.spec_class(self.spec, self.bpmn_id, subworkflow_spec=called, **self.bpmn_attributes)
        return spec


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


class Parser(BpmnParser):  # type: ignore[misc]
    """Takes normalized documents and the diagrams read from them."""

    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[type[TaskParser], type[TaskSpec]]]] = {
        full_tag("userTask"): (ActivityParser, UserTask),
        full_tag("serviceTask"): (ActivityParser, ServiceTask),
        full_tag("businessRuleTask"): (ActivityParser, BusinessRuleTask),
        full_tag("subProcess"): (SubProcessParser, SubProcess),
        full_tag("callActivity"): (CallActivityParser, CallActivity),
        full_tag("boundaryEvent"): (TimedBoundaryParser, BoundaryEvent),
        full_tag("intermediateCatchEvent"): (TimedCatchParser, IntermediateCatchEvent),
    }

    def __init__(self, diagrams: list[Diagram]) -> None:
        super().__init__()
        self.elements = {e.id: e for diagram in diagrams for e in diagram.elements.values()}
