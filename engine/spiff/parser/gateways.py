"""Gateways: their flows keep the order of the document, whatever the diagram's layout."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BPMN
from engine.spiff.task_specs import ExclusiveGateway, InclusiveGateway, ParallelGateway


class GatewayParser(TaskParser):  # type: ignore[misc]
    """A gateway with the flows that lead in and out."""

    def create_task(self) -> Any:
        """The specification, with the sources of its incoming flows."""
        spec = self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes)
        spec.sources = {
            flow.get("sourceRef")
            for flow in self.node.getparent().iterfind(f"{BPMN}sequenceFlow")
            if flow.get("targetRef") == self.bpmn_id
        }
        return spec

    def connect_outgoing(self, outgoing_task: TaskSpec, sequence_flow_node: etree._Element, is_default: bool) -> None:
        """Adds a flow at its place in the document."""
        scope = sequence_flow_node.getparent()
        place = scope.index(sequence_flow_node) if scope is not None else 0
        condition = self.parse_condition(sequence_flow_node)
        self.task.add_flow(place, condition, outgoing_task, is_default=is_default)

    def handles_multiple_outgoing(self) -> bool:
        """A gateway may split."""
        return True


PARSERS: dict[str, tuple[type[TaskParser], type[TaskSpec]]] = {
    full_tag("exclusiveGateway"): (GatewayParser, ExclusiveGateway),
    full_tag("parallelGateway"): (GatewayParser, ParallelGateway),
    full_tag("inclusiveGateway"): (GatewayParser, InclusiveGateway),
}
