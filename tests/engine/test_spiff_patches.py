"""What each change to SpiffWorkflow's own functions is for."""

from __future__ import annotations

from tests.engine.diagrams import call, document, end, files, flow, flows, for_each, parallel, service_task, start
from tests.engine.event_diagrams import OUTSIDE, boundary, message, one, signal, task, throw, timer
from tests.engine.rehearsal import Rehearsal


def test_cancelling_a_multi_instance_call_ends_the_called_processes_and_their_timers() -> None:
    called = document(
        "called",
        start(),
        task("work"),
        boundary("late", "work", timer("timeDuration", "${'PT1H'}"), interrupting=False),
        service_task("remind", "${notify('x', 'y', 'z')}"),
        end("e1"),
        end("e2"),
        flows("start", "work", "e1"),
        flows("late", "remind", "e2"),
    )
    main = document(
        "p",
        start(),
        call("each", "called", '<camunda:in source="item" target="item"/>', for_each("${items}", "item")),
        boundary("stopped", "each", message("stop")),
        task("after"),
        end("e3"),
        end("e4"),
        flows("start", "each", "e3"),
        flows("stopped", "after", "e4"),
        outside=OUTSIDE,
    )
    run = Rehearsal(files(("p", main), ("called", called)), restart=False, items=[1, 2])
    assert run.open == ["work", "work"]
    run.message("stop")
    assert run.open == ["after"]
    assert run.count("xwork") == 2
    assert run.next_due is None
    run.later(hours=2)
    assert run.notes == []


def test_what_an_event_cancelled_in_the_same_moment_is_not_run() -> None:
    run = Rehearsal(
        one(
            start(),
            task("first"),
            parallel("split"),
            throw("passed"),
            throw("ring", signal("alarm")),
            service_task("host", "${notify('x', 'y', 'z')}"),
            boundary("stopped", "host", signal("alarm")),
            end("e1"),
            end("e2"),
            end("e3"),
            flows("start", "first", "split", "passed", "ring", "e1"),
            flow("split", "host"),
            flow("host", "e2"),
            flow("stopped", "e3"),
        )
    )
    run.complete("first")
    assert run.completed
    assert run.notes == []
    assert "-stopped" in run.path
