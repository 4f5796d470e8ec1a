"""SpiffWorkflow's parser with our task specifications, fed by engine.diagram."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BPMN, Diagram, Element
from engine.spiff.parser import activities, events, gateways
from engine.spiff.parser.scopes import ScopeParser


class Parser(BpmnParser):  # type: ignore[misc]
    """Takes normalized documents and the diagrams read from them."""

    PROCESS_PARSER_CLASS = ScopeParser
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[type[TaskParser], type[TaskSpec]]]] = {
        **activities.PARSERS,
        **gateways.PARSERS,
        **events.PARSERS,
    }

    def __init__(self, diagrams: list[Diagram]) -> None:
        super().__init__()
        self.elements = {(d.key, e.id): e for d in diagrams for e in d.elements.values()}

    def element(self, node: etree._Element) -> Element | None:
        """The element behind a node of the copy; ids repeat from one process to another."""
        process = next(node.iterancestors(f"{BPMN}process"))
        return self.elements.get((process.get("id") or "", node.get("id") or ""))
