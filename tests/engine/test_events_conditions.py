"""Conditional events happen when their condition becomes true, whoever changed its variables (§10.5.5)."""

from __future__ import annotations

import pytest

from tests.engine.diagrams import (
    again_while,
    end,
    extensions,
    flow,
    flows,
    for_each,
    parallel,
    service_task,
    start,
    subprocess,
)
from tests.engine.event_diagrams import (
    boundary,
    catch,
    condition,
    event_start,
    event_subprocess,
    message,
    one,
    race,
    task,
)
from tests.engine.rehearsal import Rehearsal

restarts = pytest.mark.parametrize("restart", [True, False], ids=["restarted", "in memory"])


@restarts
def test_a_token_waits_until_another_branch_makes_the_condition_true(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            catch("enough", condition("${amount > 10}")),
            task("after"),
            task("first"),
            task("second"),
            end("e1"),
            end("e2"),
            flows("start", "split", "enough", "after", "e1"),
            flows("split", "first", "second", "e2"),
        ),
        restart=restart,
    )
    run.complete("first", amount=5)
    assert run.open == ["second"]
    run.complete("second", amount=11)
    assert run.open == ["after"]
    assert run.sees("after")["amount"] == 11
    run.complete("after")
    assert run.completed


@restarts
def test_a_condition_that_is_true_on_arrival_lets_the_token_pass(*, restart: bool) -> None:
    parts = (start(), catch("enough", condition("${amount > 10}")), task("after"), end("e1"))
    run = Rehearsal(one(*parts, flows("start", "enough", "after", "e1")), restart=restart, amount=11)
    assert run.open == ["after"]


@restarts
def test_a_correction_by_hand_is_a_change_too(*, restart: bool) -> None:
    parts = (start(), catch("enough", condition("${amount > 10}")), task("after"), end("e1"))
    run = Rehearsal(one(*parts, flows("start", "enough", "after", "e1")), restart=restart, amount=1)
    assert run.open == []
    run.revise(amount=12)
    assert run.open == ["after"]


def beside(*, interrupting: bool) -> dict[str, bytes]:
    return one(
        start(),
        parallel("split"),
        subprocess("work", start("s2"), task("inner"), end("e2"), flows("s2", "inner", "e2")),
        boundary("high", "work", condition("${level == 'high'}"), interrupting=interrupting),
        task("react"),
        task("one"),
        task("two"),
        task("three"),
        task("four"),
        end("e1"),
        end("e3"),
        end("e4"),
        flows("start", "split", "work", "e1"),
        flows("high", "react", "e3"),
        flows("split", "one", "two", "three", "four", "e4"),
    )


@restarts
def test_it_must_become_false_before_it_happens_again(*, restart: bool) -> None:
    run = Rehearsal(beside(interrupting=False), restart=restart, level="low")
    run.complete("one", level="high")
    assert run.count("+high") == 1
    run.complete("two", level="high")
    assert run.count("+high") == 1
    run.complete("three", level="low")
    run.complete("four", level="high")
    assert run.count("+high") == 2
    assert run.open == ["inner", "react", "react"]


@restarts
def test_an_interrupting_condition_cancels_its_activity(*, restart: bool) -> None:
    run = Rehearsal(beside(interrupting=True), restart=restart)
    run.complete("one", level="high")
    assert run.open == ["react", "two"]
    assert "xinner" in run.path
    assert run.sees("react")["level"] == "high"


@restarts
def test_what_happens_inside_a_sub_process_counts_for_the_condition_on_its_border(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            subprocess(
                "work",
                start("s2"),
                task("inner"),
                task("more"),
                end("e2"),
                flows("s2", "inner", "more", "e2"),
            ),
            boundary("high", "work", condition("${level == 'high'}")),
            task("react"),
            end("e1"),
            end("e3"),
            flows("start", "work", "e1"),
            flows("high", "react", "e3"),
        ),
        restart=restart,
        level="low",
    )
    run.complete("inner", level="high")
    assert run.open == ["react"]
    assert run.sees("react")["level"] == "high"


@restarts
def test_a_condition_inside_a_sub_process_sees_what_changes_outside(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            subprocess(
                "work",
                start("s2"),
                catch("go", condition("${open_now and mine}")),
                task("inner"),
                end("e2"),
                flows("s2", "go", "inner", "e2"),
            ).replace('name="work">', 'name="work">' + extensions(inputs={"mine": "${true}"})),
            task("outside"),
            end("e1"),
            end("e3"),
            flows("start", "split", "work", "e1"),
            flows("split", "outside", "e3"),
        ),
        restart=restart,
        open_now=False,
    )
    run.complete("outside", open_now=True)
    assert run.open == ["inner"]


@restarts
@pytest.mark.parametrize("sequential", [True, False])
def test_a_condition_inside_an_instance_of_a_loop_sees_its_item_and_what_changes_outside(
    *, restart: bool, sequential: bool
) -> None:
    loop = for_each("${limits}", "limit", "answers", "limit", sequential=sequential)
    inside = (start("s2"), catch("enough", condition("${amount > limit}")), end("e2"), flows("s2", "enough", "e2"))
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            subprocess("each", loop, *inside),
            task("after"),
            task("first"),
            task("second"),
            end("e1"),
            end("e3"),
            flows("start", "split", "each", "after", "e1"),
            flows("split", "first", "second", "e3"),
        ),
        restart=restart,
        limits=[10, 20],
        limit=0,
    )
    run.complete("first", amount=15)
    assert run.open == ["second"]
    run.complete("second", amount=25)
    assert run.open == ["after"]
    assert run.sees("after")["answers"] == [10, 20]


@restarts
def test_a_condition_in_a_round_of_a_loop_sees_what_the_round_has_set(*, restart: bool) -> None:
    watched = subprocess(
        "watched",
        start("s3"),
        task("inner"),
        end("e3"),
        flows("s3", "inner", "e3"),
        event_subprocess(
            "handler", event_start("high", condition("${level == 'high'}")), end("e4"), flow("high", "e4")
        ),
    )
    run = Rehearsal(
        one(
            start(),
            subprocess(
                "round",
                again_while(maximum=1),
                start("s2"),
                service_task("low", "${'low'}", "level"),
                parallel("split"),
                watched,
                task("raise"),
                task("beside"),
                end("e1"),
                end("e2"),
                flows("s2", "low", "split", "watched", "e1"),
                flows("split", "raise", "beside", "e2"),
            ),
            end("e0"),
            flows("start", "round", "e0"),
        ),
        restart=restart,
    )
    assert run.open == ["inner", "raise"]
    run.complete("raise", level="high")
    assert run.open == ["beside"]


@restarts
def test_a_condition_is_first_looked_at_with_what_its_own_token_brings(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            subprocess(
                "work",
                start("s2"),
                parallel("split"),
                service_task("down", "${'low'}", "level"),
                catch("high", condition("${level == 'high'}")),
                task("beside"),
                end("e2"),
                end("e3"),
                flows("s2", "split", "beside", "e3"),
                flows("split", "down", "high", "e2"),
            ),
            end("e1"),
            flows("start", "work", "e1"),
        ),
        restart=restart,
        level="high",
    )
    run.complete("beside")
    assert "-high" not in run.path
    assert not run.completed


@restarts
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_condition_starts_an_event_sub_process(*, restart: bool, interrupting: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            task("first"),
            task("second"),
            task("third"),
            end("e1"),
            flows("start", "first", "second", "third", "e1"),
            event_subprocess(
                "alarm",
                event_start("high", condition("${level == 'high'}"), interrupting=interrupting),
                task("react"),
                end("e2"),
                flows("high", "react", "e2"),
            ),
        ),
        restart=restart,
    )
    run.complete("first", level="low")
    assert run.open == ["second"]
    run.complete("second", level="high")
    assert run.open == (["react"] if interrupting else ["react", "third"])
    assert run.sees("react")["level"] == "high"


def test_a_change_between_two_automatic_steps_is_seen() -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            subprocess("work", start("s2"), task("inner"), end("e2"), flows("s2", "inner", "e2")),
            boundary("high", "work", condition("${level == 'high'}")),
            task("go"),
            service_task("up", "${'high'}", "level"),
            service_task("down", "${'low'}", "level"),
            end("e1"),
            end("e3"),
            end("e4"),
            flows("start", "split", "work", "e1"),
            flow("high", "e3"),
            flows("split", "go", "up", "down", "e4"),
        )
    )
    run.complete("go")
    assert run.completed
    assert "-high" in run.path


def test_a_change_between_two_automatic_steps_outside_is_seen_inside_a_sub_process() -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            subprocess(
                "work",
                start("s2"),
                catch("high", condition("${level == 'high'}")),
                task("react"),
                end("e2"),
                flows("s2", "high", "react", "e2"),
            ),
            task("go"),
            service_task("up", "${'high'}", "level"),
            service_task("down", "${'low'}", "level"),
            end("e1"),
            end("e4"),
            flows("start", "split", "work", "e1"),
            flows("split", "go", "up", "down", "e4"),
        )
    )
    run.complete("go")
    assert run.open == ["react"]


@restarts
def test_a_condition_behind_an_event_based_gateway(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            race("race"),
            catch("told", message("answer")),
            catch("enough", condition("${amount > 10}")),
            task("after"),
            task("change"),
            end("e1"),
            end("e2"),
            end("e3"),
            flows("start", "split", "race", "told", "e1"),
            flows("race", "enough", "after", "e2"),
            flows("split", "change", "e3"),
        ),
        restart=restart,
    )
    run.complete("change", amount=11)
    assert run.open == ["after"]
    assert not run.message("answer")


def test_a_condition_that_cannot_be_computed_is_an_incident_that_names_the_event() -> None:
    parts = (start(), task("first"), catch("enough", condition("${amount > 10}")), end("e1"))
    run = Rehearsal(one(*parts, flows("start", "first", "enough", "e1")))
    run.complete("first", amount="much")
    assert ["「enough」" in failure.message for failure in run.execution.failures()] == [True]
