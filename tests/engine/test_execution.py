"""Each supported element runs as BPMN says; the state is saved and loaded between any two steps."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import messages, paths, timers, user_tasks
from engine.spiff.execution import StuckInstance
from engine.tables import process_instance
from tests.conftest import FakeClock
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import (
    TERMINATE,
    call,
    document,
    end,
    exclusive,
    extensions,
    files,
    flow,
    flows,
    for_each,
    message_boundary,
    parallel,
    service_task,
    start,
    subprocess,
    timer_boundary,
    user_task,
)


def test_an_exclusive_gateway_takes_the_condition_that_holds_else_the_default(world: World) -> None:
    diagram = document(
        "p",
        start(),
        user_task("ask"),
        exclusive("which", default="which_to_b"),
        user_task("a"),
        user_task("b"),
        end(),
        end("end_b"),
        flows("start", "ask", "which"),
        flow("which", "a", "${answer == 'a'}"),
        flows("which", "b", "end_b"),
        flows("a", "end"),
    )
    world.deploy(files(("p", diagram), forms={f"p/{n}": form(answer="string") for n in ("ask", "a", "b")}))
    world.start("p")
    world.complete("ask", answer="a")
    assert world.names() == ["a"]
    world.start("p", "b2")
    with world.runtime.write(ANN) as tx:
        user_tasks.complete(tx, world.task("ask", "b2").id, {"answer": "x"})
    assert world.names("b2") == ["b"]


def test_parallel_branches_join_and_keep_each_others_data(world: World) -> None:
    diagram = document(
        "p",
        start(),
        parallel("split"),
        user_task("a"),
        user_task("b"),
        parallel("join"),
        user_task("after"),
        end(),
        flows("start", "split", "a", "join", "after", "end"),
        flows("split", "b", "join"),
    )
    forms = {"p/a": form(x="string"), "p/b": form(y="string"), "p/after": form()}
    world.deploy(files(("p", diagram), forms=forms))
    world.start("p", shared={"deep": [1]})
    world.complete("a", x="1")
    assert world.names() == ["b"]
    world.complete("b", y="2")
    assert world.names() == ["after"]
    assert world.variables() == {"shared": {"deep": [1]}, "x": "1", "y": "2"}


REPORT = "${{'department': department, 'text': text}}"
WORK = document(
    "work",
    start(),
    user_task("handle", groups="${department}", inner=extensions(outputs={"report": REPORT})),
    end(),
    flows("start", "handle", "end"),
)
EACH = call(
    "each",
    "work",
    '<camunda:in source="department" target="department"/><camunda:out source="report" target="report"/>',
    for_each("${departments}", "department", "reports", "report"),
)


def rework() -> dict[str, bytes]:
    """Departments work in parallel, a reviewer may send some back, over and over."""
    main = document(
        "main",
        start(),
        exclusive("again"),
        EACH,
        user_task("review", inner=extensions(outputs={"departments": "${redo}"})),
        exclusive("good", default="good_to_end"),
        end(),
        flows("start", "again", "each", "review", "good", "end"),
        flow("good", "again", "${len(redo) > 0}"),
    )
    forms = {"main/review": form(redo="array"), "work/handle": form(text="string")}
    return files(("main", main), ("work", WORK), forms=forms)


def test_each_department_gets_its_own_task_and_the_reports_are_collected(world: World) -> None:
    world.deploy(rework())
    world.start("main", departments=["d1", "d2"])
    assert [t.candidate_groups for t in sorted(world.open(), key=lambda t: t.candidate_groups)] == [
        ("d1",),
        ("d2",),
    ]
    world.complete("handle", "d2", text="two")
    world.complete("handle", "d1", text="one")
    assert world.variables()["reports"] == [
        {"department": "d1", "text": "one"},
        {"department": "d2", "text": "two"},
    ]


def test_a_rework_round_collects_anew(world: World) -> None:
    world.deploy(rework())
    world.start("main", departments=["d1", "d2"])
    world.complete("handle", "d1", text="one")
    world.complete("handle", "d2", text="two")
    world.complete("review", redo=["d2"])
    assert [t.candidate_groups for t in world.open()] == [("d2",)]
    world.complete("handle", "d2", text="better")
    assert world.variables()["reports"] == [{"department": "d2", "text": "better"}]
    assert world.complete("review", redo=[]).instance.state == "completed"


def test_a_called_process_sees_only_what_it_is_given(world: World) -> None:
    world.deploy(rework())
    world.start("main", departments=["d1"], secret="x")
    task = world.task("handle")
    with world.runtime.read(ANN) as tx:
        assert user_tasks.context(tx, task.id) == {"department": "d1"}


def test_state_stays_flat_over_many_rounds(world: World) -> None:
    world.deploy(rework())
    world.start("main", departments=["d1", "d2"])
    sizes = []
    for _ in range(12):
        world.complete("handle", "d1", text="x")
        world.complete("handle", "d2", text="y")
        world.complete("review", redo=["d1", "d2"])
        with world.runtime.read(ANN) as tx:
            sizes.append(len(tx.connection.execute(select(process_instance.c.blob)).scalar_one()))
    assert sizes[-1] <= sizes[1] * 1.1


def test_an_embedded_sub_process_shares_its_variables_with_the_scope_around(world: World) -> None:
    inner = subprocess("inner", start("in_start"), user_task("a"), end("in_end"), flows("in_start", "a", "in_end"))
    diagram = document("p", start(), inner, user_task("b"), end(), flows("start", "inner", "b", "end"))
    world.deploy(files(("p", diagram), forms={"p/a": form(x="string"), "p/b": form()}))
    world.start("p", y="outer")
    world.complete("a", x="inner")
    assert world.variables() == {"y": "outer", "x": "inner"}


def test_input_parameters_are_local_and_output_parameters_stay(world: World) -> None:
    parameters = extensions({"hint": "${'看 ' + place}", "place": "${'此处'}"}, {"seen": "${hint}"})
    diagram = document(
        "p",
        start(),
        user_task("a", inner=parameters),
        user_task("b"),
        end(),
        flows("start", "a", "b", "end"),
    )
    world.deploy(files(("p", diagram), forms={"p/a": form(), "p/b": form()}))
    world.start("p", place="那处")
    world.complete("a")
    assert world.variables() == {"place": "那处", "seen": "看 那处"}


def overdue(*, interrupting: bool) -> dict[str, bytes]:
    """A task with a deadline of two working days."""
    diagram = document(
        "p",
        start(),
        user_task("a"),
        timer_boundary("late", "a", "${workdays(2)}", interrupting=interrupting),
        user_task("urge", groups="boss"),
        end(),
        end("urged"),
        flows("start", "a", "end"),
        flows("late", "urge", "urged"),
    )
    return files(("p", diagram), forms={"p/a": form(), "p/urge": form()})


def test_a_non_interrupting_timer_opens_a_second_task_once(world: World, clock: FakeClock) -> None:
    world.deploy(overdue(interrupting=False))
    world.start("p")
    clock.advance(days=2)
    assert timers.fire_due(world.runtime) == 0
    clock.advance(days=1)
    assert timers.fire_due(world.runtime) == 1
    assert timers.fire_due(world.runtime) == 0
    assert world.names() == ["a", "urge"]
    world.complete("a")
    assert world.instance().state == "active"
    world.complete("urge")
    assert world.instance().state == "completed"


def test_an_interrupting_timer_takes_the_task_away(world: World, clock: FakeClock) -> None:
    world.deploy(overdue(interrupting=True))
    world.start("p")
    clock.advance(days=3)
    timers.fire_due(world.runtime)
    assert world.names() == ["urge"]


def test_completing_in_time_disarms_the_timer(world: World, clock: FakeClock) -> None:
    world.deploy(overdue(interrupting=False))
    world.start("p")
    world.complete("a")
    clock.advance(days=30)
    assert timers.fire_due(world.runtime) == 0


def withdrawable() -> dict[str, bytes]:
    """A second step that a message can end."""
    diagram = document(
        "p",
        start(),
        user_task("a"),
        user_task("b"),
        message_boundary("gone", "b", "m"),
        end(),
        end("withdrawn"),
        flows("start", "a", "b", "end"),
        flows("gone", "withdrawn"),
        outside='<bpmn:message id="m" name="withdrawn"/>',
    )
    return files(("p", diagram), forms={"p/a": form(), "p/b": form()})


def test_a_message_ends_what_it_interrupts_and_is_taken_once(world: World) -> None:
    world.deploy(withdrawable())
    world.start("p")
    world.complete("a")
    with world.runtime.write(ANN) as tx:
        assert messages.correlate(tx, "withdrawn", "b1", "m-1", {"why": "撤诉"})
    assert world.instance().state == "completed"
    assert world.variables()["why"] == "撤诉"
    with world.runtime.write(ANN) as tx:
        assert not messages.correlate(tx, "withdrawn", "b1", "m-1", {"why": "撤诉"})


def test_a_message_that_comes_early_waits_for_its_step(world: World) -> None:
    world.deploy(withdrawable())
    world.start("p")
    with world.runtime.write(ANN) as tx:
        assert not messages.correlate(tx, "withdrawn", "b1", "m-1", {})
    assert world.names() == ["a"]
    world.complete("a")
    assert world.instance().state == "completed"


def test_a_terminate_end_cancels_what_is_still_open(world: World) -> None:
    diagram = document(
        "p",
        start(),
        parallel("split"),
        user_task("a"),
        user_task("b"),
        end("stop", TERMINATE),
        end(),
        flows("start", "split", "a", "stop"),
        flows("split", "b", "end"),
    )
    world.deploy(files(("p", diagram), forms={"p/a": form(), "p/b": form()}))
    world.start("p")
    step = world.complete("a")
    assert step.instance.state == "completed"
    assert {t.element_id: t.state for t in step.closed} == {"a": "completed", "b": "cancelled"}
    assert world.open() == []


def test_a_service_task_tells_the_domain_what_to_notify_in_the_same_transaction(world: World) -> None:
    diagram = document(
        "p",
        start(),
        service_task("tell", "${notify('boss', '标题', title, '3.5-2')}"),
        end(),
        flows("start", "tell", "end"),
    )
    world.deploy(files(("p", diagram)))
    told = []
    world.runtime.on_step = lambda _tx, step: told.extend(step.notices)
    assert world.start("p", title="内容").state == "completed"
    assert told == [{"groups": ["boss"], "title": "标题", "body": "内容", "clause": "3.5-2"}]


def test_the_path_shows_elements_and_flows_taken_in_every_diagram(world: World) -> None:
    world.deploy(rework())
    world.start("main", departments=["d1"])
    world.complete("handle", text="x")
    with world.runtime.read(ANN) as tx:
        path = paths.path(tx, world.instance())
    states = {(v.process_key, v.element_id): v.state for v in path.visits}
    assert states["main", "review"] == "active"
    assert states["work", "handle"] == "done"
    assert ("main", "each_to_review") in path.flows
    assert ("work", "handle_to_end") in path.flows
    assert ("main", "good_to_end") not in path.flows


def test_an_instance_loaded_by_a_fresh_process_collects_the_reports_too(world: World) -> None:
    world.deploy(rework())
    world.start("main", departments=["d1", "d2"])
    for department in ("d1", "d2"):
        world.runtime.compiled.clear()  # as after a restart
        world.complete("handle", department, text=department)
    assert world.names() == ["review"]


def test_a_step_that_would_get_stuck_is_refused_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A definition whose deadlock the gate did not prove, as when it is too large."""
    monkeypatch.setattr("engine.gate.soundness.check", lambda diagrams: [])
    diagram = document(
        "p",
        start(),
        user_task("a"),
        exclusive("which", default="which_to_b"),
        user_task("b"),
        user_task("c"),
        parallel("join"),
        end(),
        flows("start", "a", "which", "b", "join", "end"),
        flow("which", "c", "${1 > 2}"),
        flows("c", "join"),
    )
    world.deploy(files(("p", diagram), forms={f"p/{n}": form() for n in "abc"}))
    world.start("p")
    world.complete("a")
    with pytest.raises(StuckInstance):
        world.complete("b")
    assert world.names() == ["b"]
    assert world.instance().version == 2


def test_a_message_id_moves_an_instance_only_once(world: World) -> None:
    diagram = document(
        "p",
        start(),
        user_task("a"),
        message_boundary("gone_a", "a", "m"),
        user_task("b"),
        message_boundary("gone_b", "b", "m"),
        end(),
        end("done_b"),
        end("gone"),
        flows("start", "a", "end"),
        flows("gone_a", "b", "done_b"),
        flows("gone_b", "gone"),
        outside='<bpmn:message id="m" name="withdrawn"/>',
    )
    world.deploy(files(("p", diagram), forms={"p/a": form(), "p/b": form()}))
    world.start("p")
    for moved in (True, False):
        with world.runtime.write(ANN) as tx:
            assert messages.correlate(tx, "withdrawn", "b1", "m-1", {}) is moved
    assert world.names() == ["b"]
