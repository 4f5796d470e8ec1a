"""Links, signals and messages inside one instance (BPMN 2.0.2 §10.5.5, §10.5.7)."""

from __future__ import annotations

import pytest

from tests.engine.diagrams import end, exclusive, flow, flows, parallel, service_task, start, subprocess
from tests.engine.event_diagrams import boundary, catch, link, message, one, signal, task, throw
from tests.engine.rehearsal import Rehearsal

restarts = pytest.mark.parametrize("restart", [True, False], ids=["restarted", "in memory"])

LINKED = one(
    start(),
    task("ask"),
    exclusive("which", default="which_to_far"),
    throw("near", link("onward")),
    throw("far", link("onward")),
    catch("onward", link("onward")),
    task("after"),
    end(),
    flows("start", "ask", "which", "far"),
    flow("which", "near", "${short}"),
    flows("onward", "after", "end"),
)


@restarts
@pytest.mark.parametrize(("short", "way"), [(True, "near"), (False, "far")])
def test_several_links_lead_to_one_and_all_drawn_elements_are_visited(*, restart: bool, short: bool, way: str) -> None:
    run = Rehearsal(LINKED, restart=restart)
    run.complete("ask", short=short)
    assert run.open == ["after"]
    assert {f"+{way}", f"-{way}", "+onward", "-onward"} <= set(run.path)
    assert run.flows == ["start_to_ask", "ask_to_which", f"which_to_{way}", "onward_to_after"]
    run.complete("after")
    assert run.completed


SIGNALS = one(
    start(),
    parallel("split"),
    task("host"),
    boundary("stopped", "host", signal("alarm")),
    task("watched"),
    boundary("noticed", "watched", signal("alarm"), interrupting=False),
    catch("heard", signal("alarm")),
    catch("later", signal("alarm")),
    task("ready"),
    throw("ring", signal("alarm"), carries={"why": "${reason}"}),
    *(end(f"end_{n}") for n in ("host", "stopped", "watched", "noticed", "heard", "ring")),
    flows("start", "split", "host", "end_host"),
    flow("stopped", "end_stopped"),
    flows("split", "watched", "end_watched"),
    flow("noticed", "end_noticed"),
    flows("split", "heard", "later", "end_heard"),
    flows("split", "ready", "ring", "end_ring"),
)


@restarts
def test_a_thrown_signal_reaches_all_that_wait_at_that_moment_and_none_that_wait_later(*, restart: bool) -> None:
    run = Rehearsal(SIGNALS, restart=restart)
    assert run.open == ["host", "ready", "watched"]
    run.complete("ready", reason="fire", own="mine")
    assert run.open == ["watched"]
    assert "xhost" in run.path
    assert "-stopped" in run.path
    assert "-noticed" in run.path
    assert "-heard" in run.path
    assert "+later" in run.path
    assert "-later" not in run.path
    assert [t.name for t in run.thrown_signals] == ["alarm"]
    assert run.thrown_signals[0].payload == {"why": "fire"}
    run.signal("alarm")
    assert run.count("-noticed") == 2  # it does not interrupt: every signal counts
    assert run.count("-later") == 1
    run.complete("watched")
    assert run.completed
    assert not run.path.count("+end_host")


def test_a_signal_carries_its_payload_and_no_variable_of_the_thrower() -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            catch("heard", signal("alarm")),
            task("see"),
            task("ready"),
            throw("ring", signal("alarm"), carries={"why": "${reason}"}),
            end("e1"),
            end("e2"),
            flows("start", "split", "heard", "see", "e1"),
            flows("split", "ready", "ring", "e2"),
        )
    )
    run.complete("ready", reason=["fire"])
    assert run.sees("see") == {"why": ["fire"]}


@restarts
def test_a_signal_end_throws_and_ends(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            catch("heard", signal("alarm")),
            end("e1"),
            task("last"),
            end("ring", signal("alarm")),
            flows("start", "split", "heard", "e1"),
            flows("split", "last", "ring"),
        ),
        restart=restart,
    )
    run.complete("last")
    assert run.completed
    assert {"-heard", "-ring"} <= set(run.path)


@restarts
def test_a_signal_thrown_in_a_sub_process_may_interrupt_that_sub_process(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            subprocess(
                "work",
                start("s2"),
                task("inner"),
                throw("ring", signal("alarm")),
                service_task("never", "${notify('x', 'y', 'z')}"),
                end("e2"),
                flows("s2", "inner", "ring", "never", "e2"),
            ),
            boundary("stopped", "work", signal("alarm")),
            task("normal"),
            task("after"),
            end("e1"),
            end("e3"),
            flows("start", "work", "normal", "e1"),
            flows("stopped", "after", "e3"),
        ),
        restart=restart,
    )
    run.complete("inner")
    assert run.open == ["after"]
    assert run.notes == []
    assert "xwork" in run.path
    assert "+never" not in run.path
    run.complete("after")
    assert run.completed


@restarts
def test_a_non_interrupting_message_fires_every_time_and_ends_with_its_host(*, restart: bool) -> None:
    run = Rehearsal(
        one(
            start(),
            task("host"),
            boundary("hinted", "host", message("hint"), interrupting=False),
            task("look"),
            end("e1"),
            end("e2"),
            flows("start", "host", "e1"),
            flows("hinted", "look", "e2"),
        ),
        restart=restart,
    )
    assert run.message("hint", n=1)
    assert run.message("hint", n=2)
    assert run.message("hint", n=3)
    assert run.open == ["host", "look", "look", "look"]
    seen = sorted(task.variables["n"] for task in run.execution.open_tasks() if task.element.id == "look")
    assert seen == [1, 2, 3]
    run.complete("host")
    assert run.open == ["look", "look", "look"]  # tokens of the scope around: they outlive the host
    assert not run.message("hint")
    for _ in range(3):
        run.complete("look")
    assert run.completed
    assert run.count("+hinted") == run.count("-hinted") == 3


def test_payloads_are_not_shared() -> None:
    shared = {"deep": [1]}
    run = Rehearsal(
        one(
            start(),
            parallel("split"),
            catch("c1", message("order")),
            task("t1"),
            catch("c2", message("order")),
            task("t2"),
            end("e1"),
            end("e2"),
            flows("start", "split", "c1", "t1", "e1"),
            flows("split", "c2", "t2", "e2"),
        ),
        restart=False,
    )
    assert run.message("order", x=shared)
    run.sees("t1")["x"]["deep"].append(2)
    assert run.sees("t2")["x"] == {"deep": [1]} == shared


def test_a_message_throw_leaves_the_instance_once_with_what_it_carries() -> None:
    run = Rehearsal(
        one(
            start(),
            throw("passed"),
            throw("send", message("order"), carries={"what": "${'x'}"}),
            task("between"),
            end("bye", message("answer")),
            flows("start", "passed", "send", "between", "bye"),
        )
    )
    assert {"+passed", "-passed"} <= set(run.path)
    assert [(t.name, t.payload) for t in run.thrown_messages] == [("order", {"what": "x"})]
    run.complete("between")
    assert [t.name for t in run.thrown_messages] == ["order", "answer"]
    assert len({t.id for t in run.thrown_messages}) == 2
    assert run.completed
