"""The saved state does not grow with what has already happened: counted in tasks and bytes, never in seconds."""

from __future__ import annotations

import itertools
import random

import pytest
from sqlalchemy import select

from engine import process_definitions
from engine.errors import InvalidInput
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.tables import process_instance
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    parallel,
    start,
    subprocess,
    user_task,
)


def size(world: World) -> tuple[int, int]:
    """Tasks and bytes in the saved state of the one instance."""
    with world.runtime.read(ANN) as tx:
        row = tx.connection.execute(select(process_instance)).one()
        compiled = process_definitions.compiled(tx, row.definition_id)
        execution = Execution.restore(compiled, bytes(row.blob), ScriptEngine(tx.now, {}, {}))
        return len(list(execution._tasks())), len(row.blob)


ROUND = (
    exclusive("again"),
    parallel("split"),
    user_task("a"),
    user_task("b"),
    parallel("join"),
    user_task("check"),
    exclusive("enough", default="enough_to_done"),
    flows("again", "split", "a", "join", "check", "enough"),
    flows("split", "b", "join"),
    flow("enough", "again", "${more}"),
)
ROUND_FORMS = {"p/a": form(x="number"), "p/b": form(y="number"), "p/check": form(more="boolean")}


def play(world: World, number: int) -> None:
    """One round; the two branches finish in turn."""
    for element, data in (("a", {"x": number}), ("b", {"y": -number}))[:: 1 if number % 2 else -1]:
        world.complete(element, **data)
    world.complete("check", more=True)


def test_a_loop_with_a_parallel_join_keeps_its_size(world: World) -> None:
    diagram = document("p", start(), *ROUND, end("done"), flows("start", "again"), flow("enough", "done"))
    world.deploy(files(("p", diagram), forms=ROUND_FORMS))
    world.start("p")
    sizes = []
    for number in range(1, 25):
        play(world, number)
        sizes.append(size(world))
        assert world.variables() == {"x": number, "y": -number, "more": True}
    assert {tasks for tasks, _ in sizes} == {sizes[0][0]}
    assert max(length for _, length in sizes) <= sizes[0][1] + 30  # the numbers grow a digit


def test_rounds_in_one_branch_leave_nothing_while_another_branch_stays_open(world: World) -> None:
    diagram = document(
        "p",
        start(),
        parallel("fork"),
        user_task("slow"),
        *ROUND,
        parallel("meet"),
        user_task("after"),
        end("done"),
        flows("start", "fork", "slow", "meet", "after", "done"),
        flows("fork", "again"),
        flow("enough", "meet", name="enough_to_done"),
    )
    world.deploy(files(("p", diagram), forms=ROUND_FORMS | {"p/slow": form(z="string"), "p/after": form()}))
    world.start("p")
    counts = []
    for number in range(1, 8):
        play(world, number)
        counts.append(size(world)[0])
    assert set(counts) == {counts[0]}
    world.complete("a", x=100)
    world.complete("b", y=-100)
    world.complete("check", more=False)
    assert world.names() == ["slow"]
    world.complete("slow", z="slow")
    assert world.names() == ["after"]
    assert world.variables() == {"x": 100, "y": -100, "more": False, "z": "slow"}


def test_a_line_of_many_tasks_in_a_branch_counts_as_its_last_one(world: World) -> None:
    names = [f"t{number}" for number in range(12)]
    diagram = document(
        "p",
        start(),
        parallel("fork"),
        user_task("slow"),
        *(user_task(name) for name in names),
        parallel("meet"),
        end("done"),
        flows("start", "fork", "slow", "meet", "done"),
        flows("fork", *names, "meet"),
    )
    forms = {f"p/{name}": form(**{name: "string"}) for name in [*names, "slow"]}
    world.deploy(files(("p", diagram), forms=forms))
    world.start("p")
    counts = []
    for name in names:
        world.complete(name, **{name: "x"})
        counts.append(size(world)[0])
    assert counts == sorted(counts, reverse=True)  # what is ahead is predicted, what is behind is gone
    world.complete("slow", slow="y")
    assert world.instance().state == "completed"
    assert world.variables() == {**dict.fromkeys(names, "x"), "slow": "y"}


def test_a_finished_sub_process_leaves_nothing_in_its_branch(world: World) -> None:
    inner = subprocess("inner", start("in_start"), user_task("a"), end("in_end"), flows("in_start", "a", "in_end"))
    diagram = document(
        "p",
        start(),
        parallel("fork"),
        user_task("slow"),
        exclusive("again"),
        inner,
        user_task("check"),
        exclusive("enough", default="enough_to_meet"),
        parallel("meet"),
        end("done"),
        flows("start", "fork", "slow", "meet", "done"),
        flows("fork", "again", "inner", "check", "enough", "meet"),
        flow("enough", "again", "${more}"),
    )
    forms = {"p/a": form(x="number"), "p/check": form(more="boolean"), "p/slow": form()}
    world.deploy(files(("p", diagram), forms=forms))
    world.start("p")
    counts = []
    for number in range(6):
        world.complete("a", x=number)
        world.complete("check", more=True)
        counts.append(size(world)[0])
    assert set(counts) == {counts[0]}


def test_ten_parallel_blocks_in_a_row_are_not_predicted_through(world: World) -> None:
    blocks = range(10)
    parts = []
    for block in blocks:
        parts += [parallel(f"split{block}"), parallel(f"join{block}")]
        for branch in "abc":
            parts += [user_task(f"{branch}{block}"), flows(f"split{block}", f"{branch}{block}", f"join{block}")]
    links = [flow(f"join{block}", f"split{after}") for block, after in itertools.pairwise(blocks)]
    diagram = document("p", start(), *parts, *links, end(), flows("start", "split0"), flows("join9", "end"))
    world.deploy(files(("p", diagram), forms={f"p/{b}{n}": form() for n in blocks for b in "abc"}))
    world.start("p")
    for block in blocks:
        for branch in "abc":
            tasks, length = size(world)
            assert tasks <= 12
            assert length <= 1_000
            world.complete(f"{branch}{block}")
    assert world.instance().state == "completed"


def test_what_was_submitted_before_does_not_travel_and_too_much_at_once_is_refused(world: World) -> None:
    diagram = document("p", start(), *ROUND, end("done"), flows("start", "again"), flow("enough", "done"))
    forms = ROUND_FORMS | {"p/a": form(report="string")}
    world.deploy(files(("p", diagram), forms=forms))
    world.start("p")
    sizes = []
    for number in range(4):
        chance = random.Random(number)
        world.complete("a", report="".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(20_000)))
        world.complete("b")
        world.complete("check", more=True)
        sizes.append(size(world)[1])
    assert max(sizes) < 60_000  # one report of 60 KB, not four
    with pytest.raises(InvalidInput, match="最多 64 KB，请删减；照片请作为附件上传"):
        world.complete("a", report="很" * 22_000)
