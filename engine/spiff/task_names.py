"""How a running element is named to people."""

from __future__ import annotations

from SpiffWorkflow.task import Task


def element_name(task: Task) -> str:
    """「name」, or the id when the element has no name."""
    spec = task.task_spec
    return f"「{getattr(spec, 'bpmn_name', None) or getattr(spec, 'bpmn_id', None) or spec.name}」"
