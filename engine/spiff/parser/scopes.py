"""Processes and sub-processes: a specification whose end is ours."""

from __future__ import annotations

from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser

from engine.spiff.task_specs import ProcessSpec


class ScopeParser(ProcessParser):  # type: ignore[misc]
    """One process or embedded sub-process."""

    def create_spec(self) -> ProcessSpec:
        """The empty specification; the gate has seen that it may be executed."""
        return ProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)
