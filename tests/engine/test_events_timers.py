"""Cyclic timers: one firing per due moment, none lost or doubled; ISO values stand for themselves (§10.5.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import paths, timers
from engine.errors import Conflict, InvalidInput
from engine.spiff import durations
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World
from tests.engine.diagrams import end, flows, start
from tests.engine.event_diagrams import boundary, catch, event_start, event_subprocess, one, task, timer
from tests.engine.rehearsal import START, Rehearsal

restarts = pytest.mark.parametrize("restart", [True, False], ids=["restarted", "in memory"])


def reminded(cycle: str, *, interrupting: bool = False) -> dict[str, bytes]:
    return one(
        start(),
        task("host"),
        boundary("due", "host", timer("timeCycle", cycle), interrupting=interrupting),
        task("remind"),
        end("e1"),
        end("e2"),
        flows("start", "host", "e1"),
        flows("due", "remind", "e2"),
    )


@restarts
def test_a_cyclic_reminder_fires_at_each_due_moment_and_its_tasks_outlive_the_host(*, restart: bool) -> None:
    run = Rehearsal(reminded("R3/PT1H"), restart=restart)
    due = []
    for _ in range(3):
        due.append(run.next_due)
        run.later(minutes=59)
        run.later(minutes=1)
    assert due == [START + timedelta(hours=n) for n in (1, 2, 3)]
    assert run.open == ["host", "remind", "remind", "remind"]
    assert run.next_due is None
    run.later(days=9)
    assert run.count("+due") == 3
    run.complete("host")
    assert run.open == ["remind", "remind", "remind"]
    for _ in range(3):
        run.complete("remind")
    assert run.completed


@restarts
def test_due_moments_that_passed_while_nothing_ran_all_fire_once(*, restart: bool) -> None:
    run = Rehearsal(reminded("${'R/P1D'}"), restart=restart)
    run.later(days=4, hours=5)
    assert run.count("+due") == 4
    assert run.next_due == START + timedelta(days=5)
    run.complete("host")
    run.later(days=4)
    assert run.count("+due") == 4
    assert run.next_due is None


def test_a_long_pause_is_caught_up_over_several_steps_before_anybody_goes_on(world: World, clock: FakeClock) -> None:
    world.deploy(
        one(
            start(),
            task("host"),
            boundary("due", "host", timer("timeCycle", "R/PT1M"), interrupting=False),
            end("e1"),
            end("e2"),
            flows("start", "host", "e1"),
            flows("due", "e2"),
        )
    )
    world.start("p")
    clock.advance(minutes=250)
    with pytest.raises(Conflict, match="稍后再试"):
        world.complete("host")
    assert timers.fire_due(world.runtime) == 3
    step = world.complete("host")
    assert step.instance.state == "completed"
    with world.runtime.read(ANN) as tx:
        due = next(v for v in paths.path(tx, world.instance()).visits if v.element_id == "due")
    assert due.count == 250


@restarts
def test_an_interrupting_cycle_fires_once(*, restart: bool) -> None:
    run = Rehearsal(reminded("R3/PT1H", interrupting=True), restart=restart)
    run.later(hours=5)
    assert run.open == ["remind"]
    assert run.count("+due") == 1
    assert run.next_due is None
    run.complete("remind")
    assert run.completed


def test_a_token_waits_for_the_first_occurrence_of_a_cycle() -> None:
    run = Rehearsal(
        one(
            start(),
            catch("wait", timer("timeCycle", f"R2/{(START + timedelta(hours=3)).isoformat()}/PT1H")),
            task("after"),
            end("e1"),
            flows("start", "wait", "after", "e1"),
        )
    )
    assert run.next_due == START + timedelta(hours=3)
    run.later(hours=3)
    assert run.open == ["after"]
    assert run.next_due is None
    run.later(hours=9)
    assert run.count("-wait") == 1


@restarts
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_cycle_starts_an_event_sub_process_each_time(*, restart: bool, interrupting: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            task("main"),
            end("e1"),
            flows("start", "main", "e1"),
            event_subprocess(
                "reminder",
                event_start("due", timer("timeCycle", "R3/PT1H"), interrupting=interrupting),
                task("remind"),
                end("e2"),
                flows("due", "remind", "e2"),
            ),
        ),
        restart=restart,
    )
    run.later(hours=2)
    assert run.open == (["remind"] if interrupting else ["main", "remind", "remind"])
    assert run.next_due == (None if interrupting else START + timedelta(hours=3))


def test_iso_values_stand_for_themselves() -> None:
    for kind, text, hours in (
        ("timeDuration", "PT2H", 2),
        ("timeDate", "2026-03-02T14:00:00+08:00", 5),
        ("timeCycle", "R/2026-03-02T11:00:00+08:00/P1D", 2),
        ("timeCycle", "R5/2026-02-27T11:30:00+08:00/P1D", 2.5),  # occurrences before it waits do not count
    ):
        run = Rehearsal(
            one(
                start(), catch("wait", timer(kind, text)), task("after"), end("e"), flows("start", "wait", "after", "e")
            )
        )
        assert run.next_due == START + timedelta(hours=hours), text


def test_a_calendar_month_ends_with_its_last_day_and_nothing_drifts() -> None:
    january = datetime(2026, 1, 31, tzinfo=UTC)
    month = durations.duration("P1M")
    assert [month.after(january, n).date().isoformat() for n in (1, 2, 3)] == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert durations.duration("P1Y2M1W3DT4H5M6.5S") == durations.Duration(
        14, timedelta(days=10, hours=4, minutes=5, seconds=6.5)
    )


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P-1D", "PT0S", "R/PT1H", "P1H"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="时长"):
        durations.duration(text)


@pytest.mark.parametrize("text", ["R0/PT1H", "R3", "R-1/PT1H", "PT1H", "R3/PT1H/PT1H/PT1H", "R3/2026-03-02T09:00/PT1H"])
def test_what_is_no_repetition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"重复|时长|Invalid|缺少"):
        durations.repetition(text)


def test_a_value_that_is_no_time_names_the_event() -> None:
    with pytest.raises(InvalidInput, match="「due」：定时器循环无效"):
        Rehearsal(reminded("${often}"), often="sometimes")
