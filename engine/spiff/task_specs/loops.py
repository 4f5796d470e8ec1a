"""Activities that run several times: standard loops and multi-instances (§13.3.6, §13.3.7).

Each instance is a child of the loop's task and works on variables of its own: those around, its item and its number
(loopCounter, from 0). What the loop keeps stands in its task's internal data, so that a saved loop goes on anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import InvalidInput
from engine.spiff import writes
from engine.spiff.task_names import element_name
from engine.spiff.task_tree import OPEN, OWN

COUNTER = "loopCounter"
WAITING = "waiting"  # in a multi-instance's internal data: the items it has not come to
MOST_INSTANCES = 1_000


class Loop(BpmnSpecMixin):  # type: ignore[misc]
    """What surrounds the instances of an activity."""

    task_spec: str  # the name of the specification of one instance; set by SpiffWorkflow's parser

    def _update_hook(self, my_task: Task) -> bool:
        super()._update_hook(my_task)
        my_task._set_state(TaskState.STARTED)
        self._enter(my_task)
        return not self.instances(my_task)

    def _enter(self, my_task: Task) -> None:
        """Open the first instances, if any."""
        raise NotImplementedError

    def instance_completed(self, child: Task) -> None:
        """Take what an instance leaves behind; go on, or open what comes next."""
        raise NotImplementedError

    def instances(self, my_task: Task) -> list[Task]:
        """The instances that are open now."""
        return [child for child in my_task.children if child._state & OPEN]

    def _open(self, my_task: Task, number: int, own: Mapping[str, Any]) -> Task:
        child = my_task._add_child(self._wf_spec.task_specs[self.task_spec], TaskState.WAITING)
        child.triggered = True
        child.internal_data[OWN] = {**own, COUNTER: number}
        child.task_spec._update(child)
        return child

    def _left_behind(self, child: Task) -> dict[str, Any]:
        """The variables of an instance without its own ones."""
        around = child.parent.data
        left = {name: value for name, value in child.data.items() if name not in child.internal_data[OWN]}
        return {**left, **{name: around[name] for name in child.internal_data[OWN] if name in around}}


class StandardLoop(Loop):
    """Runs again while its condition holds, at most `maximum` times; each round sees what the last one set."""

    def __init__(
        self,
        wf_spec: object,
        bpmn_id: str,
        *,
        condition: str | None,
        maximum: int | None,
        test_before: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.condition = condition
        self.maximum = maximum
        self.test_before = test_before

    def _enter(self, my_task: Task) -> None:
        my_task.internal_data["rounds"] = 0
        if not self.test_before or self._goes_on(my_task):
            self._open(my_task, 0, {})

    def instance_completed(self, child: Task) -> None:
        """The next round starts from what this one left."""
        my_task = child.parent
        left = self._left_behind(child)
        writes.note(my_task, writes.differing(my_task.data, left))
        my_task.data = left
        my_task.internal_data["rounds"] += 1
        if self._goes_on(my_task):
            self._open(my_task, my_task.internal_data["rounds"], {})
        else:
            my_task._set_state(TaskState.READY)

    def _goes_on(self, my_task: Task) -> bool:
        rounds = my_task.internal_data["rounds"]
        if self.maximum is not None and rounds >= self.maximum:
            return False
        if self.condition is None:
            return True
        variables = {**my_task.data, COUNTER: rounds}
        return bool(my_task.workflow.script_engine.value(my_task, self.condition, variables=variables))


class MultiInstance(Loop):
    """One instance per item of a collection, or as many as the cardinality says; results in the order of the items."""

    def __init__(
        self,
        wf_spec: object,
        bpmn_id: str,
        *,
        sequential: bool,
        collection: str | None,
        cardinality: str | None,
        item: str | None,
        output: str | None,
        result: str | None,
        condition: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.sequential = sequential
        self.collection = collection
        self.cardinality = cardinality
        self.item = item
        self.output = output
        self.result = result
        self.condition = condition

    def _enter(self, my_task: Task) -> None:
        items = self._items(my_task)
        my_task.internal_data.update({WAITING: items, "numbered": 0, "completed": 0, "terminated": 0, "collected": []})
        self._write_output(my_task)
        for _ in range(1 if self.sequential else len(items)):
            self._open_next(my_task)

    def _open_next(self, my_task: Task) -> None:
        state = my_task.internal_data
        if state[WAITING]:
            own = {self.item: state[WAITING][0]} if self.item else {}
            state[WAITING] = state[WAITING][1:]
            state["numbered"] += 1
            self._open(my_task, state["numbered"] - 1, own)

    def _items(self, my_task: Task) -> list[Any]:
        engine = my_task.workflow.script_engine
        if self.cardinality is not None:
            number = engine.value(my_task, self.cardinality)
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_INSTANCES:
                raise InvalidInput(
                    f"{element_name(my_task)}：多实例次数须是 0 到 {MOST_INSTANCES} 的整数（{number!r}）"
                )
            return [None] * number
        items = engine.value(my_task, self.collection)
        if not isinstance(items, list) or len(items) > MOST_INSTANCES:
            raise InvalidInput(f"{element_name(my_task)}：多实例集合须是最多 {MOST_INSTANCES} 项的列表")
        return list(items)

    def instance_completed(self, child: Task) -> None:
        """Collect its result, or its changes when nothing is collected; see whether the loop is done."""
        my_task = child.parent
        state = my_task.internal_data
        state["completed"] += 1
        if self.output is not None:
            result = child.data.get(self.result) if self.result else None
            state["collected"] = [*state["collected"], [child.internal_data[OWN][COUNTER], result]]
            self._write_output(my_task)
        else:
            left = self._left_behind(child)
            wrote = {*writes.of(child), *writes.differing(my_task.parent.data, left)}
            changed = [name for name in left if name in wrote and name not in child.internal_data[OWN]]
            my_task.data = {**my_task.data, **{name: left[name] for name in changed}}
            writes.note(my_task, changed)
        self._go_on(my_task, child)

    def _go_on(self, my_task: Task, child: Task | None) -> None:
        state = my_task.internal_data
        if child is not None and self.condition is not None and self._is_done(my_task, child):
            for other in self.instances(my_task):
                if other is not child:
                    self._terminate(my_task, other)
            state[WAITING] = []
        elif self.sequential and not [c for c in self.instances(my_task) if c is not child]:
            self._open_next(my_task)
        if not [c for c in self.instances(my_task) if c is not child]:
            my_task._set_state(TaskState.READY)

    def _is_done(self, my_task: Task, child: Task) -> bool:
        state = my_task.internal_data
        active = len([c for c in self.instances(my_task) if c is not child])
        variables = {
            **child.data,
            "nrOfInstances": state["numbered"] + len(state[WAITING]),
            "nrOfActiveInstances": active,
            "nrOfCompletedInstances": state["completed"],
            "nrOfTerminatedInstances": state["terminated"],
        }
        if self.output is not None:
            variables[self.output] = my_task.data[self.output]
        return bool(my_task.workflow.script_engine.value(my_task, self.condition, variables=variables))

    def _terminate(self, my_task: Task, child: Task) -> None:
        my_task.internal_data["terminated"] += 1
        child.cancel()

    def _write_output(self, my_task: Task) -> None:
        if self.output is not None:
            collected = sorted(my_task.internal_data["collected"], key=lambda pair: pair[0])
            my_task.data = {**my_task.data, self.output: [result for _, result in collected]}
            writes.note(my_task, [self.output])


def add_instance(my_task: Task, item: Any) -> Task | None:
    """One more instance of a running multi-instance, for a further item; None while a sequential one has to wait.

    `my_task` is the multi-instance's own task. Raises InvalidInput when it no longer runs.
    """
    spec = my_task.task_spec
    if not isinstance(spec, MultiInstance) or my_task._state != TaskState.STARTED:
        raise InvalidInput(f"{element_name(my_task)}：不是正在进行的多实例，不能增加")
    state = my_task.internal_data
    if state["numbered"] + len(state[WAITING]) >= MOST_INSTANCES:
        raise InvalidInput(f"{element_name(my_task)}：多实例最多 {MOST_INSTANCES} 个")
    state[WAITING] = [*state[WAITING], item]
    if spec.sequential and spec.instances(my_task):
        return None
    spec._open_next(my_task)
    return spec.instances(my_task)[-1]


def remove_instance(child: Task) -> None:
    """Cancel one running instance of a multi-instance; when it was the last one, the activity is complete.

    Raises InvalidInput when the task is no such instance or no longer runs.
    """
    my_task = child.parent
    spec = my_task.task_spec if my_task is not None else None
    if not isinstance(spec, MultiInstance) or not child._state & OPEN:
        raise InvalidInput(f"{element_name(child)}：不是正在进行的多实例，不能减少")
    spec._terminate(my_task, child)
    spec._go_on(my_task, None)
