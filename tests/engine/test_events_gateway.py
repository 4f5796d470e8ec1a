"""Event-based gateway: the first event wins and the others are withdrawn (§10.6.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.diagrams import end, exclusive, flow, flows, start, subprocess
from tests.engine.event_diagrams import boundary, catch, message, one, race, signal, task, timer
from tests.engine.rehearsal import START, Rehearsal

restarts = pytest.mark.parametrize("restart", [True, False], ids=["restarted", "in memory"])
EVENTS = {
    "answered": message("answer"),
    "alarmed": signal("alarm"),
    "soon": timer("timeDuration", "${'PT1H'}"),
    "later": timer("timeDuration", "${'PT3H'}"),
}


def waiting() -> dict[str, bytes]:
    parts = "".join(
        catch(name, definition) + task(f"after_{name}") + end(f"end_{name}") + flows("race", name, f"after_{name}")
        for name, definition in EVENTS.items()
    )
    joined = "".join(flow(f"after_{name}", f"end_{name}") for name in EVENTS)
    return one(start(), task("first"), race("race"), parts, joined, flows("start", "first", "race"))


@restarts
@pytest.mark.parametrize("winner", EVENTS)
def test_the_first_event_wins_and_the_others_are_withdrawn(*, restart: bool, winner: str) -> None:
    run = Rehearsal(waiting(), restart=restart)
    run.complete("first")
    assert run.next_due == START + timedelta(hours=1)
    assert run.open == []
    if winner == "answered":
        assert run.message("answer", text="yes")
    elif winner == "alarmed":
        assert run.signal("alarm")
    else:
        run.later(hours=1 if winner == "soon" else 3)
    if winner == "later":  # both are due by then: the first one drawn has won
        winner = "soon"
    assert run.open == [f"after_{winner}"]
    assert run.next_due is None
    assert not run.message("answer")
    assert not run.signal("alarm")
    assert [step for step in run.path if step[1:] in EVENTS] == [f"+{winner}", f"-{winner}"]
    assert run.count("+race") == run.count("-race") == 1
    assert run.flows[-2:] == [f"race_to_{winner}", f"{winner}_to_after_{winner}"]
    run.complete(f"after_{winner}")
    assert run.completed


def test_two_timers_of_one_gateway_keep_their_own_time() -> None:
    run = Rehearsal(
        one(
            start(),
            race("race"),
            catch("slow", timer("timeDuration", "${'PT3H'}")),
            catch("fast", timer("timeDuration", "${'PT1H'}")),
            task("after_slow"),
            task("after_fast"),
            end("e1"),
            end("e2"),
            flows("start", "race", "slow", "after_slow", "e1"),
            flows("race", "fast", "after_fast", "e2"),
        )
    )
    assert run.next_due == START + timedelta(hours=1)
    run.later(hours=1)
    assert run.open == ["after_fast"]


@restarts
def test_a_gateway_in_a_loop_waits_anew_and_is_withdrawn_with_its_scope(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            subprocess(
                "work",
                start("s2"),
                exclusive("again"),
                race("race"),
                catch("answered", message("answer")),
                catch("late", timer("timeDuration", "${'PT1H'}")),
                end("e2"),
                flows("s2", "again", "race", "answered", "again"),
                flows("race", "late", "e2"),
            ),
            boundary("stopped", "work", message("stop")),
            end("e1"),
            end("e3"),
            flows("start", "work", "e1"),
            flow("stopped", "e3"),
        ),
        restart=restart,
    )
    for _ in range(3):
        assert run.message("answer")
    run.later(minutes=30)
    assert run.next_due == START + timedelta(hours=1)
    assert run.message("stop")
    assert run.completed
    assert run.count("+race") == 4
    assert run.count("-race") == 3
    assert run.count("xrace") == 1
