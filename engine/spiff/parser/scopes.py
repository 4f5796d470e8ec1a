"""Processes and sub-processes: a specification whose end is ours."""

from __future__ import annotations

from lxml import etree
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser

from engine.diagram import BPMN, flag, is_event_sub_process
from engine.spiff.events.sub_process_starts import EventSubProcessStart
from engine.spiff.parser.events import read_definition
from engine.spiff.task_specs import ProcessSpec


class ScopeParser(ProcessParser):  # type: ignore[misc]
    """One process or embedded sub-process."""

    def create_spec(self) -> ProcessSpec:
        """The empty specification; the gate has seen that it may be executed."""
        return ProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)

    def add_tasks(self) -> None:
        """The flow from its start, and the event sub-processes that stand beside it."""
        for start in self.node.iterchildren(f"{BPMN}startEvent"):
            self.parse_node(start)
        for node in self.node.iterchildren(f"{BPMN}subProcess"):
            if is_event_sub_process(node):
                self._add_event_sub_process(node)
        for event in self.node.iterchildren(f"{BPMN}boundaryEvent"):
            if _compensates(event):
                self._add_compensation(event)

    def get_boundary_events(self, attached_to_ref: str) -> list[etree._Element]:
        """Those that wait; a compensation event only says what undoes the activity."""
        events: list[etree._Element] = super().get_boundary_events(attached_to_ref)
        return [event for event in events if not _compensates(event)]

    def _add_compensation(self, event: etree._Element) -> None:
        associations = self.document_root.iter(f"{BPMN}association")
        handler_id = next(a.get("targetRef") for a in associations if a.get("sourceRef") == event.get("id"))
        host = self.spec.task_specs.get(event.get("attachedToRef"))
        if host is not None:
            handler = self.parse_node(self.get_node_by_id(handler_id))
            handler.inputs = [host]  # SpiffWorkflow wants some; no flow leads there
            host.handler = handler.name

    def _add_event_sub_process(self, node: etree._Element) -> None:
        start = node.find(f"{BPMN}startEvent")
        assert start is not None
        interrupting = flag(start, "isInterrupting", default=True)
        name = f"{node.get('id')}#start"
        trigger = EventSubProcessStart(self.spec, name, read_definition(start), interrupting=interrupting)
        trigger.bpmn_name = start.get("name") or node.get("name")
        self.spec.start.connect(trigger)
        started = self.parse_node(node)
        trigger.connect(started)
        if not started.outputs:
            started.connect(self.spec.end)


def _compensates(event: etree._Element) -> bool:
    return event.find(f"{BPMN}compensateEventDefinition") is not None
