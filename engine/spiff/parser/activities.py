"""Activities: each task specification gets its element of the diagram."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BPMN, CAMUNDA, flag, text_of
from engine.spiff.parser.events import read_message
from engine.spiff.task_specs import (
    Activity,
    BusinessRuleTask,
    CallActivity,
    Loop,
    MultiInstance,
    PassThroughTask,
    ReceiveTask,
    SendTask,
    ServiceTask,
    StandardLoop,
    SubProcess,
    UserTask,
)


class ActivityParser(TaskParser):  # type: ignore[misc]
    """Gives each task specification its element of the diagram."""

    def parse_extensions(self, node: etree._Element | None = None) -> dict[str, Any]:
        """Nothing: all that matters is on the element."""
        return {}

    def create_task(self) -> Activity:
        """The specification, with the element as drawn."""
        spec: Activity = self.build()
        spec.element = self.process_parser.parser.element(self.node)
        return spec

    def build(self) -> Activity:
        """The bare specification."""
        spec: Activity = self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes)
        return spec

    def _add_loop_task(self, loop_characteristics: etree._Element) -> None:
        maximum = loop_characteristics.get("loopMaximum")
        self._surround(
            StandardLoop,
            condition=text_of(loop_characteristics.find(f"{BPMN}loopCondition")) or None,
            maximum=int(maximum) if maximum is not None else None,
            test_before=flag(loop_characteristics, "testBefore"),
        )

    def _add_multiinstance_task(self, loop_characteristics: etree._Element) -> None:
        loop = loop_characteristics
        item, result = loop.find(f"{BPMN}inputDataItem"), loop.find(f"{BPMN}outputDataItem")
        self._surround(
            MultiInstance,
            sequential=flag(loop, "isSequential"),
            collection=loop.get(f"{CAMUNDA}collection") or text_of(loop.find(f"{BPMN}loopDataInputRef")) or None,
            cardinality=text_of(loop.find(f"{BPMN}loopCardinality")) or None,
            item=loop.get(f"{CAMUNDA}elementVariable") or _variable(item),
            output=text_of(loop.find(f"{BPMN}loopDataOutputRef")) or None,
            result=_variable(result),
            condition=text_of(loop.find(f"{BPMN}completionCondition")) or None,
        )

    def _surround(self, spec_class: type[Loop], **what: Any) -> None:
        """Put a loop around the activity, in its place and under its name."""
        instance = self.spec.task_specs.pop(self.task.name)
        self.task: TaskSpec = spec_class(self.spec, self.bpmn_id, **what, **self.bpmn_attributes)
        self._copy_task_attrs(instance)


def _variable(item: etree._Element | None) -> str | None:
    """The variable an item of the loop's data stands for: its name, or its id."""
    return None if item is None else item.get("name") or item.get("id")


class MessageTaskParser(ActivityParser):
    """A task that sends or receives the message it refers to."""

    def build(self) -> Activity:
        """A specification that knows its message."""
        message = read_message(self.node, self.node)
        spec: Activity = self.spec_class(self.spec, self.bpmn_id, message, **self.bpmn_attributes)
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
    full_tag("sendTask"): (MessageTaskParser, SendTask),
    full_tag("receiveTask"): (MessageTaskParser, ReceiveTask),
    full_tag("businessRuleTask"): (ActivityParser, BusinessRuleTask),
    full_tag("subProcess"): (SubProcessParser, SubProcess),
    full_tag("transaction"): (SubProcessParser, SubProcess),
    full_tag("callActivity"): (CallActivityParser, CallActivity),
}
