"""The faster functions give what SpiffWorkflow's own give; its own test suite is run by `make spiff FOLDER=…`."""

from __future__ import annotations

import random
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskIterator, TaskState

from engine.spiff import patches
from engine.spiff.compiled import compile_process
from tests.engine.diagrams import document, end, files, flow, flows, parallel, start, user_task

STATES = (TaskState.FUTURE, TaskState.WAITING, TaskState.READY, TaskState.COMPLETED, TaskState.CANCELLED)


def workflow(*parts: str) -> BpmnWorkflow:
    """A fresh instance that nobody has run."""
    compiled = compile_process("p", files(("p", document("p", *parts))))
    return BpmnWorkflow(compiled.spec, compiled.subprocess_specs)


def line(*names: str) -> list[str]:
    """User tasks in a row."""
    return [start(), *(user_task(name) for name in names), end(), flows("start", *names, "end")]


def grown(seed: int, size: int = 60) -> BpmnWorkflow:
    """A random tree of tasks in random states."""
    chance = random.Random(seed)
    found = workflow(*line("a", "b", "c"))
    specs = list(found.spec.task_specs.values())
    tasks = list(found.tasks.values())
    for _ in range(size):
        task = Task(found, chance.choice(specs), parent=chance.choice(tasks), state=chance.choice(STATES))
        tasks.append(task)
    return found


def listed(of: BpmnWorkflow, next_found: Any, **wanted: Any) -> list[Task]:
    """What an iterator with this way of finding the next task gives."""
    return list(iter(partial(next_found, of.get_tasks_iterator(**wanted)), None))


@pytest.mark.parametrize("seed", range(20))
def test_tasks_are_found_in_the_same_order(seed: int) -> None:
    tree = grown(seed)
    for wanted in (
        {},
        {"state": TaskState.READY},
        {"state": TaskState.NOT_FINISHED_MASK, "end_at_spec": "b"},
        {"spec_name": "a", "skip_subprocesses": True},
        {"max_depth": 2},
        {"depth_first": False},
    ):
        ours = listed(tree, patches._next_found, **wanted)
        assert ours == listed(tree, patches._original_next_found, **wanted), wanted


def test_a_task_deeper_than_a_thousand_is_still_found_and_knows_its_ancestors() -> None:
    deep = workflow(*line("a"))
    top = task = next(t for t in deep.tasks.values() if t.task_spec.name == "a")
    for _ in range(1_500):
        task = Task(deep, top.task_spec, parent=task, state=TaskState.COMPLETED)
    last = Task(deep, top.task_spec, parent=task, state=TaskState.READY)
    top._state = TaskState.COMPLETED
    assert last in deep.get_tasks(state=TaskState.READY)
    assert last in list(TaskIterator(top, state=TaskState.READY))
    assert last.is_descendant_of(top)
    assert not top.is_descendant_of(last)
    assert last.find_ancestor("Start") is deep.task_tree
    assert last.find_ancestor("nowhere") is None


def test_a_task_s_id_is_the_text_of_a_uuid_of_its_own() -> None:
    found = list(workflow(*line("a", "b")).tasks)
    assert [str(UUID(task_id)) for task_id in found] == found
    assert len(set(found)) == len(found)


def test_inheriting_merges_as_before_and_never_changes_a_value_that_others_hold() -> None:
    tree = workflow(*line("a"))
    child = next(t for t in tree.tasks.values() if t.parent is tree.task_tree)
    shared = {"deep": {"x": 1}, "list": [1, 2]}
    tree.task_tree.data = {"new": 1, "value": {"deep": {"y": 2}, "list": [3]}}
    child.data = {"value": shared, "own": True}
    child._inherit_data()
    assert child.data == {"new": 1, "own": True, "value": {"deep": {"x": 1, "y": 2}, "list": [1]}}
    assert shared == {"deep": {"x": 1}, "list": [1, 2]}


def test_a_state_is_set_whether_or_not_somebody_reads_the_log(caplog: pytest.LogCaptureFixture) -> None:
    task = workflow(*line("a")).task_tree
    task.last_state_change = 0.0
    task._set_state(TaskState.COMPLETED)
    assert task.state == TaskState.COMPLETED
    assert task.last_state_change > 0
    with caplog.at_level("INFO", "spiff.task"):
        task._set_state(TaskState.CANCELLED)
    assert [record.message for record in caplog.records] == ["State changed to CANCELLED"]


def test_a_long_line_is_predicted_a_little_ahead_at_a_time() -> None:
    names = [f"t{number}" for number in range(30)]
    found = workflow(*line(*names))
    for name in names:
        while not any(t.task_spec.name == name and t.state == TaskState.READY for t in found.tasks.values()):
            next(t for t in found.tasks.values() if t.state == TaskState.READY).run()
        predicted = [t for t in found.tasks.values() if t.state & patches.PREDICTED]
        assert 1 <= len(predicted) <= 3, name


def test_a_fork_is_followed_into_both_branches() -> None:
    found = workflow(
        start(),
        parallel("split"),
        user_task("a"),
        user_task("b"),
        end(),
        flows("start", "split", "a", "end"),
        flow("split", "b"),
        flow("b", "end"),
    )
    while not found.get_tasks(state=TaskState.READY, manual=True):
        next(t for t in found.tasks.values() if t.state == TaskState.READY).run()
    assert {t.task_spec.name for t in found.get_tasks(state=TaskState.READY)} == {"a", "b"}
