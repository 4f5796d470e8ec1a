"""A signal reaches all that wait for it now, each in a transaction of its own, and nobody later."""

from __future__ import annotations

import pytest

from engine import incidents, process_instances, signals, suspension, user_tasks
from engine.errors import InvalidInput
from engine.signals import Broadcast
from tests.engine.conftest import ANN, World
from tests.engine.diagrams import end, flows, start
from tests.engine.event_diagrams import catch, one, signal, task


@pytest.fixture
def waiting(world: World) -> World:
    """b1 and b2 wait for the signal, b3 is not that far, b4 is of another process."""
    world.deploy(
        one(
            start(),
            task("a"),
            catch("waits", signal("alarm")),
            task("b"),
            end(),
            flows("start", "a", "waits", "b", "end"),
        )
    )
    for key in ("b1", "b2", "b3"):
        world.start("p", key)
        if key != "b3":
            complete(world, key)
    return world


def complete(world: World, key: str) -> None:
    with world.runtime.write(ANN) as tx:
        user_tasks.complete(tx, world.task("a", key).id, {})


def send(world: World, _id: str = "s1", **payload: object) -> Broadcast:
    result = signals.send(world.runtime, ANN, _id, "alarm", payload)
    return Broadcast(sorted(result.delivered), result.failed)


def ids(world: World, *keys: str) -> list[str]:
    return sorted(world.instance(key).id for key in keys)


def test_all_that_wait_get_it_and_late_ones_do_not(waiting: World) -> None:
    assert send(waiting, level=3) == Broadcast(delivered=ids(waiting, "b1", "b2"))
    assert [waiting.names(key) for key in ("b1", "b2", "b3")] == [["b"], ["b"], ["a"]]
    assert waiting.variables("b2")["level"] == 3
    complete(waiting, "b3")
    assert waiting.names("b3") == []  # it waits for the next one
    assert send(waiting, "s2") == Broadcast(delivered=ids(waiting, "b3"))


def test_a_broadcast_sent_again_reaches_only_those_it_did_not_reach(waiting: World) -> None:
    with waiting.runtime.write(ANN) as tx:
        assert signals.deliver(tx, waiting.instance("b1").id, "s1", "alarm", {})
    assert send(waiting) == Broadcast(delivered=ids(waiting, "b2"))
    assert send(waiting) == Broadcast()


def test_the_same_signal_id_is_taken_once_although_the_instance_waits_again(world: World) -> None:
    first, second = catch("first", signal("alarm")), catch("second", signal("alarm"))
    world.deploy(one(start(), first, second, task("b"), end(), flows("start", "first", "second", "b", "end")))
    world.start("p")
    assert send(world) == Broadcast(delivered=ids(world, "b1"))
    assert send(world) == Broadcast()
    assert world.names() == []
    assert send(world, "s2") == Broadcast(delivered=ids(world, "b1"))
    assert world.names() == ["b"]


def test_one_that_fails_becomes_an_incident_and_blocks_nobody(waiting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (broken,) = ids(waiting, "b1")
    real = process_instances.save

    def save(tx, loaded, *args, **kwargs):
        if loaded.row.id == broken:
            raise RuntimeError("磁盘故障")
        return real(tx, loaded, *args, **kwargs)

    monkeypatch.setattr(process_instances, "save", save)
    assert send(waiting) == Broadcast(delivered=ids(waiting, "b2"), failed=[broken])
    assert (waiting.names("b1"), waiting.names("b2")) == ([], ["b"])
    with waiting.runtime.read(ANN) as tx:
        (incident,) = incidents.list_page(tx).items
    assert (incident.instance_id, "磁盘故障" in incident.message) == (broken, True)


def test_a_suspended_instance_does_not_listen(waiting: World) -> None:
    with waiting.runtime.write(ANN) as tx:
        suspension.suspend(tx, waiting.instance("b1").id, "暂缓")
    assert send(waiting) == Broadcast(delivered=ids(waiting, "b2"))


def test_a_signal_nobody_waits_for_changes_nothing(waiting: World) -> None:
    before = waiting.instance("b1")
    assert signals.send(waiting.runtime, ANN, "s1", "calm", {}) == Broadcast()
    assert waiting.instance("b1") == before
    for signal_id, name in (("s1", " "), ("", "calm"), ("x" * 61, "calm")):
        with pytest.raises(InvalidInput, match="信号"):
            signals.send(waiting.runtime, ANN, signal_id, name, {})
    with pytest.raises(InvalidInput):
        send(waiting, now="x")
