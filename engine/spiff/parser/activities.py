"""Activities: each task specification gets its element of the diagram."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.specs.base import TaskSpec

from engine.spiff.task_specs import (
    Activity,
    BusinessRuleTask,
    CallActivity,
    ParallelMultiInstance,
    PassThroughTask,
    ServiceTask,
    SubProcess,
    UserTask,
)


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


PARSERS: dict[str, tuple[type[TaskParser], type[TaskSpec]]] = {
    full_tag("userTask"): (ActivityParser, UserTask),
    full_tag("task"): (ActivityParser, PassThroughTask),
    full_tag("manualTask"): (ActivityParser, PassThroughTask),
    full_tag("serviceTask"): (ActivityParser, ServiceTask),
    full_tag("businessRuleTask"): (ActivityParser, BusinessRuleTask),
    full_tag("subProcess"): (SubProcessParser, SubProcess),
    full_tag("callActivity"): (CallActivityParser, CallActivity),
}
