"""From a bundle of files to a specification that any number of instances share and none changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.task import Task

from engine import decisions, hardened_xml
from engine.diagram import BPMN, SUB_PROCESSES, Diagram, Element, read
from engine.spiff.events.definitions import Message
from engine.spiff.normalize import normalize
from engine.spiff.parser import Parser
from engine.spiff.parser.events import read_definition
from engine.spiff.task_specs import BusinessRuleTask


@dataclass(frozen=True)
class CompiledProcess:
    """One executable process with everything it calls."""

    key: str
    spec: BpmnProcessSpec
    subprocess_specs: dict[str, BpmnProcessSpec]
    diagrams: dict[str, Diagram]  # by process key: the own one first, then the called ones
    owner: dict[str, str]  # specification name (process or embedded sub-process) -> process key

    def element(self, spec_name: str, element_id: str) -> Element | None:
        """The element behind a task of the given specification; None for what only the copy has."""
        return self.diagrams[self.owner[spec_name]].elements.get(element_id)

    def element_of(self, task: Task) -> Element | None:
        """The element a task stands for; None for what only SpiffWorkflow has."""
        element_id = getattr(task.task_spec, "bpmn_id", None)
        return self.element(task.workflow.spec.name, element_id) if element_id is not None else None

    @cached_property
    def start_message(self) -> str | None:
        """The message that starts the process; None when it is started by hand."""
        for node in self.diagrams[self.key].node.iterchildren(f"{BPMN}startEvent"):
            definition = read_definition(node)
            if isinstance(definition, Message):
                return str(definition.name)
        return None

    @cached_property
    def signal_names(self) -> frozenset[str]:
        """Every signal the diagrams declare."""
        roots = [diagram.node.getroottree().getroot() for diagram in self.diagrams.values()]
        return frozenset(name for root in roots for node in root.iter(f"{BPMN}signal") if (name := node.get("name")))

    def called_closure(self) -> list[str]:
        """Process keys, the own one first."""
        return list(self.diagrams)


def read_diagrams(files: Mapping[str, bytes]) -> dict[str, Diagram]:
    """Every process in the .bpmn files of a bundle, by key."""
    found: dict[str, Diagram] = {}
    for path in sorted(files):
        if path.endswith(".bpmn"):
            for diagram in read(hardened_xml.parse(files[path], path)):
                found[diagram.key] = diagram
    return found


def read_decisions(files: Mapping[str, bytes]) -> dict[str, decisions.Decision]:
    """Every decision in the .dmn files of a bundle, by decision id."""
    found: dict[str, decisions.Decision] = {}
    for path in sorted(files):
        if path.endswith(".dmn"):
            found.update(decisions.parse(files[path]))
    return found


def called_keys(key: str, diagrams: Mapping[str, Diagram]) -> list[str]:
    """The process and all it calls, each once, callers first."""
    order, queue = [], [key]
    while queue:
        current = queue.pop(0)
        if current in order or current not in diagrams:
            continue
        order.append(current)
        queue += [e.called for e in diagrams[current].elements.values() if e.called]
    return order


def compile_process(key: str, files: Mapping[str, bytes]) -> CompiledProcess:
    """Parse and attach decisions. The files have passed the gate."""
    all_diagrams = read_diagrams(files)
    keys = called_keys(key, all_diagrams)
    diagrams = {k: all_diagrams[k] for k in keys}
    parser = Parser(list(diagrams.values()))
    seen: set[int] = set()
    for diagram in diagrams.values():
        root = diagram.node.getroottree().getroot()
        if id(root) not in seen:
            seen.add(id(root))
            parser.add_bpmn_xml(normalize(root))
    spec = parser.get_spec(key)
    subprocess_specs = parser.get_subprocess_specs(key)
    tables = read_decisions(files)
    for one in (spec, *subprocess_specs.values()):
        _attach_decisions(one, tables)
    return CompiledProcess(key, spec, subprocess_specs, diagrams, _owners(diagrams))


def _owners(diagrams: Mapping[str, Diagram]) -> dict[str, str]:
    owner = {key: key for key in diagrams}
    for key, diagram in diagrams.items():
        owner.update({e.id: key for e in diagram.elements.values() if e.type in SUB_PROCESSES})
    return owner


def _attach_decisions(spec: BpmnProcessSpec, tables: Mapping[str, decisions.Decision]) -> None:
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, BusinessRuleTask):
            task_spec.decision = tables[task_spec.element.camunda["decisionRef"]]
