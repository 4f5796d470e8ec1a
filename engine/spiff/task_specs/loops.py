"""Activities that run several times."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.defaults import ParallelMultiInstanceTask
from SpiffWorkflow.task import Task


class ParallelMultiInstance(ParallelMultiInstanceTask):  # type: ignore[misc]
    """As SpiffWorkflow's, but the collected list starts empty on every entry (rework loops)."""

    def init_data_output_with_input_data(self, my_task: Task, input_data: object) -> None:
        """Start collecting anew."""
        self.data_output.set(my_task, [])
