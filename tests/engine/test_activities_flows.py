"""Flows without gateways mean what BPMN §13.2.1 says; every step runs on a restored instance."""

from __future__ import annotations

import pytest

from tests.engine.conftest import form
from tests.engine.diagrams import (
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    parallel,
    service_task,
    start,
    subprocess,
    timer_boundary,
    user_task,
)
from tests.engine.rehearsal import Rehearsal


def deployed(*parts: str, tasks: str = "abcd") -> dict[str, bytes]:
    """Process p whose user tasks may set their own letter, x and y."""
    forms = {f"p/{name}": form(**{name: "string", "x": "string", "y": "string"}) for name in tasks}
    return files(("p", document("p", *parts)), forms=forms)


def test_several_flows_out_of_a_task_all_get_a_token() -> None:
    run = Rehearsal(
        deployed(
            start(),
            user_task("a"),
            user_task("b"),
            user_task("c"),
            end(),
            flows("start", "a", "b", "end"),
            flows("a", "c", "end"),
        )
    )
    change = run.complete("a")
    assert run.open == ["b", "c"]
    assert sorted(change.flows) == [("p", "a_to_b"), ("p", "a_to_c")]
    assert sorted(change.entered) == [("p", "b"), ("p", "c")]
    run.complete("b")
    assert not run.completed
    run.complete("c")
    assert run.completed


def test_several_flows_out_of_an_event_all_get_a_token() -> None:
    run = Rehearsal(
        deployed(
            start(),
            user_task("a"),
            user_task("b"),
            timer_boundary("late", "a", "${'2026-03-03T09:00:00+08:00'}", interrupting=True),
            user_task("c"),
            user_task("d"),
            end(),
            flows("start", "a", "end"),
            flows("start", "b", "end"),
            flows("late", "c", "end"),
            flows("late", "d", "end"),
        )
    )
    assert run.open == ["a", "b"]
    change = run.later(days=2)
    assert run.open == ["b", "c", "d"]
    assert change.cancelled == [("p", "a")]
    assert sorted(change.flows) == [("p", "late_to_c"), ("p", "late_to_d")]


def test_several_flows_into_a_task_open_it_once_for_every_token() -> None:
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            user_task("a"),
            user_task("b"),
            user_task("c"),
            end(),
            flows("start", "split", "a", "c", "end"),
            flows("split", "b", "c"),
        ),
        ignoring="soundness-",
    )
    run.complete("a")
    run.complete("b")
    assert run.open == ["c", "c"]
    run.complete("c", 1, c="second")
    assert run.open == ["c"]
    run.complete("c", c="first")
    assert run.completed
    assert run.count("+c") == 2
    assert {"a_to_c", "b_to_c"} <= set(run.flows)


@pytest.mark.parametrize(
    ("x", "opened"),
    [("low", ["b"]), ("high", ["b", "c"])],
)
def test_conditional_flows_out_of_a_task_get_a_token_when_they_hold(x: str, opened: list[str]) -> None:
    run = Rehearsal(
        deployed(
            start(),
            user_task("a"),
            user_task("b"),
            user_task("c"),
            end(),
            flows("start", "a", "b", "end"),
            flow("a", "c", "${x == 'high'}"),
            flows("c", "end"),
        )
    )
    change = run.complete("a", x=x)
    assert run.open == opened
    assert sorted(flow_id for _, flow_id in change.flows) == [f"a_to_{name}" for name in opened]


@pytest.mark.parametrize(
    ("x", "opened"),
    [("low", ["b"]), ("high", ["c"]), ("both", ["c", "d"])],
)
def test_the_default_flow_of_a_task_gets_a_token_when_no_condition_holds(x: str, opened: list[str]) -> None:
    run = Rehearsal(
        deployed(
            start(),
            user_task("a", attributes='default="a_to_b"'),
            user_task("b"),
            user_task("c"),
            user_task("d"),
            end(),
            flows("start", "a", "b", "end"),
            flow("a", "c", "${x in ['high', 'both']}"),
            flow("a", "d", "${x == 'both'}"),
            flows("c", "end"),
            flows("d", "end"),
        )
    )
    run.complete("a", x=x)
    assert run.open == opened


def test_a_path_ends_where_nothing_leads_out() -> None:
    run = Rehearsal(
        deployed(
            user_task("a"),
            parallel("join"),
            user_task("b"),
            user_task("c"),
            exclusive("last"),
            timer_boundary("late", "c", "${'2026-03-03T09:00:00+08:00'}", interrupting=False),
            flows("a", "join"),
            flows("b", "join"),
            flows("c", "last"),
            service_task("note", "${1}"),
            flows("late", "note"),
        )
    )
    assert run.open == ["a", "b", "c"]
    run.complete("a")
    run.complete("b")
    change = run.later(days=2)
    assert change.entered == [("p", "late"), ("p", "note")]
    assert not run.completed
    run.complete("c")
    assert run.completed
    assert [run.count(f"-{name}") for name in ("a", "b", "c", "join", "last", "late", "note")] == [1] * 7


def test_a_scope_without_start_event_starts_at_every_node_nothing_leads_to() -> None:
    inner = subprocess("inner", user_task("a"), user_task("b"))
    run = Rehearsal(deployed(inner, user_task("c"), user_task("d"), flows("inner", "c")))
    assert run.open == ["a", "b", "d"]
    assert run.flows == []
    for name in ("a", "b"):
        assert "c" not in run.open
        run.complete(name)
    assert run.open == ["c", "d"]


def test_manual_and_abstract_tasks_are_passed_and_recorded() -> None:
    run = Rehearsal(
        deployed(
            start(),
            '<bpmn:manualTask id="file" name="归档"/>',
            '<bpmn:task id="note" name="备注"/>',
            end(),
            flows("start", "file", "note", "end"),
            tasks="",
        )
    )
    assert run.completed
    assert [step for step in run.path if step[0] == "-"] == ["-start", "-file", "-note", "-end"]
    assert run.flows == ["start_to_file", "file_to_note", "note_to_end"]
