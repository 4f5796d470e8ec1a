"""An instance kept in memory gives what a restored one gives; tests/conftest.py compares the two at every step."""

from __future__ import annotations

from typing import Any

import pytest

from engine import audit, messages, process_instances, timers, user_tasks
from engine.hot_instances import HotInstances
from engine.process_instances import Step
from engine.spiff import hot_workflows, state_codec
from engine.transaction import Runtime, Transaction
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World
from tests.engine.test_execution import overdue, rework, withdrawable


def _broken(_tx: Transaction, _step: Step) -> None:
    raise ConnectionError


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The states that were restored from bytes, comparisons aside."""
    found: list[bytes] = []
    load = state_codec.load

    def counting(compiled: Any, blob: bytes, engine: Any) -> Any:
        found.append(blob)
        return load(compiled, blob, engine)

    monkeypatch.setattr(state_codec, "load", counting)
    return found


def departments(world: World) -> list[dict[str, Any]]:
    """Two departments, one of which has to do its work again; what the audit says without ids."""
    world.deploy(rework())
    world.start("main", departments=["d1", "d2"])
    world.complete("handle", "d1", text="one")
    world.complete("handle", "d2", text="two")
    world.complete("review", redo=["d2"])
    world.complete("handle", "d2", text="better")
    world.complete("review", redo=[])
    with world.runtime.read(ANN) as tx:
        entries = audit.entries(tx, audit.instance_stream("b1"))
    kept = ("entered", "completed", "cancelled", "flows")
    return [{name: entry.detail[name] for name in kept} for entry in entries] + [world.variables()]


def test_with_and_without_memory_the_audit_and_the_outcome_are_the_same(world: World, loads: list[bytes]) -> None:
    hot = departments(world)
    restored = World(Runtime(world.runtime.database, world.runtime.working_days, world.runtime.clock))
    restored.runtime.hot = HotInstances(most=0)
    loads.clear()
    restored.start("main", "b2", departments=["d1", "d2"])
    for element, group, data in (
        ("handle", "d1", {"text": "one"}),
        ("handle", "d2", {"text": "two"}),
        ("review", "boss", {"redo": ["d2"]}),
        ("handle", "d2", {"text": "better"}),
        ("review", "boss", {"redo": []}),
    ):
        open_tasks = [t for t in restored.open("b2") if t.element_id == element]
        task = next((t for t in open_tasks if group in t.candidate_groups), open_tasks[0])
        with restored.runtime.write(ANN) as tx:
            user_tasks.complete(tx, task.id, data)
    assert len(loads) >= 5
    with world.runtime.read(ANN) as tx:
        entries = audit.entries(tx, audit.instance_stream("b2"))
    kept = ("entered", "completed", "cancelled", "flows")
    assert [{name: e.detail[name] for name in kept} for e in entries] + [restored.variables("b2")] == hot


def test_a_step_after_a_step_restores_nothing(world: World, loads: list[bytes]) -> None:
    world.deploy(overdue(interrupting=False))
    world.start("p")
    loads.clear()
    world.complete("a")
    assert loads == []


def test_after_a_rollback_the_instance_is_restored(world: World, loads: list[bytes]) -> None:
    world.deploy(withdrawable())
    world.start("p")
    world.runtime.on_step = _broken
    with pytest.raises(ConnectionError):
        world.complete("a")
    world.runtime.on_step = None
    assert len(world.runtime.hot) == 0
    loads.clear()
    world.complete("a")
    assert len(loads) == 1
    assert world.names() == ["b"]


def test_an_instance_another_process_has_moved_is_restored(world: World, loads: list[bytes]) -> None:
    other = World(Runtime(world.runtime.database, world.runtime.working_days, world.runtime.clock))
    world.deploy(withdrawable())
    world.start("p")
    other.complete("a")
    loads.clear()
    with world.runtime.write(ANN) as tx:
        assert messages.correlate(tx, "withdrawn", "b1", "m-1", {})
    assert len(loads) == 1
    assert world.instance().state == "completed"


def test_a_step_inside_a_savepoint_is_not_kept(world: World) -> None:
    world.deploy(withdrawable())
    with world.runtime.write(ANN) as tx:
        savepoint = tx.connection.begin_nested()
        process_instances.start(tx, "p", "b1", {})
        savepoint.rollback()
    assert len(world.runtime.hot) == 0


def test_an_instance_kept_for_a_timer_fires_once(world: World, clock: FakeClock, loads: list[bytes]) -> None:
    world.deploy(overdue(interrupting=True))
    world.start("p")
    loads.clear()
    clock.advance(days=5)
    assert timers.fire_due(world.runtime) == 1
    assert loads == []
    assert world.names() == ["urge"]


def test_what_was_used_longest_ago_leaves_first_and_an_entry_has_one_user() -> None:
    hot = HotInstances(most=2)
    for number in range(3):
        hot.keep(f"i{number}", 1, object())
    assert hot.take("i0", 1) is None
    assert hot.take("i1", 1) is not None
    assert hot.take("i1", 1) is None
    assert hot.take("i2", 2) is None
    assert len(hot) == 0


@pytest.mark.parametrize("value", [(1, 2), {1: "x"}, float("nan"), {"deep": [{"er": {1}}]}])
def test_values_that_json_would_change_keep_an_instance_out_of_memory(world: World, value: Any) -> None:
    world.deploy(withdrawable())
    started = world.start("p")
    workflow = world.runtime.hot.take(started.id, started.version)
    assert workflow is not None
    assert hot_workflows.as_restored(workflow) is workflow
    next(iter(workflow.tasks.values())).data["x"] = value
    assert hot_workflows.as_restored(workflow) is None
