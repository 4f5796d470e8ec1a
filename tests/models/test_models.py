"""Random sound models over all executed elements run as their structure says, saved between any two steps or not."""

from __future__ import annotations

from collections import Counter

import pytest

from engine import gate
from engine.expressions import PURE_FUNCTIONS
from engine.transaction import Runtime
from tests.conftest import FakeClock
from tests.engine.conftest import World
from tests.models import driving, mutants
from tests.models.branches import Repeat
from tests.models.decisions import ANSWERS, MANY_FIT, Decide, Table
from tests.models.deployed import Deployed
from tests.models.generate import KINDS, drawn, model
from tests.models.steps import Task

MODELS, PATHS = 100, 10
BLOCK = 10  # models in one test


@pytest.mark.parametrize("first", range(0, MODELS, BLOCK))
def test_the_engine_does_what_the_model_says_whether_restored_before_each_step_or_not(first: int) -> None:
    for seed in range(first, first + BLOCK):
        driving.check(seed, PATHS)


@pytest.mark.parametrize("seed", range(6))
def test_the_verbs_do_the_same_in_the_database(seed: int, runtime: Runtime, clock: FakeClock) -> None:
    one = model(seed)
    World(runtime).deploy(one.files)
    compiled = driving.compiled(one)
    for path in range(2):
        driving.drive(one, compiled, path, Deployed(runtime, clock, one, f"b{path}"))


def test_every_kind_of_block_is_drawn_and_passes_the_gate() -> None:
    assert {kind for seed in range(MODELS) for kind in model(seed).kinds} == set(KINDS)


def test_a_model_whose_reference_differs_is_noticed() -> None:
    """The comparison can fail: a reference that forgets an element is found out."""
    one = model(3)
    world = one.begin()
    assert world.visited
    begin = one.begin

    def forgetful() -> object:
        changed = begin()
        changed.visited.popitem()
        return changed

    one.begin = forgetful  # type: ignore[method-assign,assignment]
    with pytest.raises(driving.Disagreement, match="visited too often"):
        driving.drive(one, driving.compiled(one), 0)


def test_a_value_that_differs_is_noticed() -> None:
    """What a variable holds decides a way: an engine with another value goes elsewhere."""
    table = Table("COLLECT", MANY_FIT[0], "SUM")
    one = drawn(0, Decide(table), set())
    driving.drive(one, driving.compiled(one), 0)
    right = table.says
    table.says = lambda number: right((number + 1) % ANSWERS)  # type: ignore[method-assign]
    with pytest.raises(driving.Disagreement, match="visited too often"):
        driving.drive(one, driving.compiled(one), 0)


def test_a_path_without_an_end_is_a_failure() -> None:
    """Every path of the reference ends, however often it is asked to go round; an engine that goes on is found out."""
    body = Repeat(Task())
    one = drawn(0, body, set())
    body.ask.answers = lambda world: [{f"v_{body.ask.id}": 1, body.ask.variable: True}]  # type: ignore[method-assign]
    with pytest.raises(driving.Disagreement, match="not ended after 100 steps"):
        driving.drive(one, driving.compiled(one), 0)


@pytest.mark.parametrize("first", [0, 150])
def test_the_gate_judges_a_mistake_as_running_every_path_does(first: int) -> None:
    verdicts = Counter[str]()
    for seed in range(first, first + 150):
        judgement = mutants.judge(mutants.mutant(seed))
        if not judgement.unclear:
            assert judgement.agrees, (seed, judgement)
            verdicts.update(judgement.rules or {"sound"})
    assert min(verdicts[kind] for kind in ("sound", "deadlock", "unsafe")) >= 5


def test_findings_of_the_gate_are_not_passed_over() -> None:
    assert [f for f in gate.check(model(0).files, frozenset(PURE_FUNCTIONS)) if f.severity == "error"] == []
