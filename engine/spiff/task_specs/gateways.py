"""Gateways by the token rules of BPMN 2.0.2 §13.4: the tokens that wait at a join count, never its history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import InvalidInput
from engine.spiff.task_names import element_name
from engine.spiff.task_specs.tokens import arrive, consume, waiting


class Gateway(BpmnSpecMixin):  # type: ignore[misc]
    """Joins by `_joined`, splits by `_chosen`; both in one gateway when it is drawn so."""

    def __init__(self, wf_spec: object, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.sources: set[str] = set()  # ids of the elements whose flows lead in
        self.flows: list[tuple[int, str | None, str]] = []  # place in the document, condition, target
        self.default: str | None = None

    def add_flow(self, place: int, condition: str | None, target: TaskSpec, *, is_default: bool) -> None:
        """Connect an outgoing flow; conditions are tried in the order of the document."""
        self.connect(target)
        if is_default:
            self.default = target.name
        else:
            self.flows = sorted([*self.flows, (place, condition, target.name)])

    def _predict_hook(self, my_task: Task) -> None:
        """Nothing: what follows is created when the gateway fires."""

    def _update_hook(self, my_task: Task) -> bool:
        arrive(my_task)
        tokens = self._joined(my_task)
        if tokens is None:
            return False
        consume(my_task, tokens)
        return True

    def _run_hook(self, my_task: Task) -> bool:
        specs = self._wf_spec.task_specs
        my_task._sync_children([specs[name] for name in self._chosen(my_task)], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True

    def _joined(self, my_task: Task) -> list[Task] | None:
        """The tokens to consume now, this one among them; None while it must wait."""
        return [my_task]

    def _chosen(self, my_task: Task) -> list[str]:
        """The targets of the flows that get a token."""
        chosen = [target for _, condition, target in self.flows if _holds(condition, my_task)]
        return chosen or self._otherwise(my_task)

    def _otherwise(self, my_task: Task) -> list[str]:
        if self.default is None:
            raise InvalidInput(f"{element_name(my_task)}：没有一个条件成立，也没有默认连线，请流程负责人检查条件")
        return [self.default]


def _holds(condition: str | None, task: Task) -> bool:
    return condition is None or bool(task.workflow.script_engine.evaluate(task, condition))


class ExclusiveGateway(Gateway):
    """Passes every token on through the first flow whose condition holds, else the default (§13.4.2)."""

    def _chosen(self, my_task: Task) -> list[str]:
        for _, condition, target in self.flows:
            if _holds(condition, my_task):
                return [target]
        return self._otherwise(my_task)


class ParallelGateway(Gateway):
    """Takes one token from every incoming flow, puts one on every outgoing flow (§13.4.1)."""

    def _joined(self, my_task: Task) -> list[Task] | None:
        tokens = _first_of_each_flow(my_task)
        return list(tokens.values()) if self.sources <= set(tokens) else None


class InclusiveGateway(Gateway):
    """Waits for every token that can still reach an empty incoming flow (§13.4.3)."""

    def __init__(self, wf_spec: object, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self._reachable: dict[str, frozenset[str]] = {}

    def _joined(self, my_task: Task) -> list[Task] | None:
        tokens = _first_of_each_flow(my_task)
        if tokens[_source(my_task)] is not my_task:
            return None
        marked = set(tokens)
        empty = self.sources - marked
        if empty:
            for spec in _elsewhere(my_task):
                reached = self._reached_from(spec)
                if reached & empty and not reached & marked:
                    return None
        return list(tokens.values())

    def _reached_from(self, spec: TaskSpec) -> frozenset[str]:
        """The sources of incoming flows that a token at `spec` can reach without passing this gateway."""
        known = self._reachable.get(spec.name)
        if known is None:
            known = self._reachable[spec.name] = frozenset(self._walk(spec))
        return known

    def _walk(self, spec: TaskSpec) -> Iterator[str]:
        seen, queue = {spec.name}, [spec]
        while queue:
            current = queue.pop()
            for following in current.outputs:
                if following is self:
                    yield current.name
                elif following.name not in seen:
                    seen.add(following.name)
                    queue.append(following)


def _source(token: Task) -> str:
    return str(token.parent.task_spec.name)


def _first_of_each_flow(my_task: Task) -> dict[str, Task]:
    found: dict[str, Task] = {}
    for token in waiting(my_task):
        found.setdefault(_source(token), token)
    return found


def _elsewhere(my_task: Task) -> Iterator[TaskSpec]:
    """Where the other tokens of the scope are: what is open, and what a just completed element leads to."""
    for task in my_task.workflow.tasks.values():
        if task.task_spec is my_task.task_spec:
            continue
        on_its_way = (
            task._state == TaskState.FUTURE and task.parent is not None and task.parent._state == TaskState.COMPLETED
        )
        if task._state & (TaskState.WAITING | TaskState.READY | TaskState.STARTED) or on_its_way:
            yield task.task_spec
