"""Loops and multi-instances run as BPMN §13.3.6 and §13.3.7 say; every step runs on a restored instance."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from SpiffWorkflow.task import Task

from engine import gate
from engine.errors import InvalidInput
from engine.spiff.execution import Execution
from engine.spiff.task_specs.loops import add_instance, remove_instance
from tests.engine.conftest import form
from tests.engine.diagrams import (
    again_while,
    call,
    document,
    end,
    extensions,
    files,
    flow,
    flows,
    for_each,
    service_task,
    start,
    subprocess,
    timer_boundary,
    user_task,
)
from tests.engine.rehearsal import FUNCTIONS, Rehearsal
from tests.engine.test_decisions import DMN_13

ANSWER = form(answer="string", more="boolean", notes="array")
LATE = "${'2026-03-03T09:00:00+08:00'}"


def deployed(*parts: str, outside: str = "", **others: bytes) -> dict[str, bytes]:
    """Start, the activity named `a`, user task `after`, end; other processes by key."""
    chain = flows("start", "a", "after", "end")
    main = document("p", start(), *parts, user_task("after"), end(), chain, outside=outside)
    forms = {f"{key}/{name}": ANSWER for key in ("p", *others) for name in ("a", "b", "ask", "after", "late")}
    return files(("p", main), *others.items(), forms=forms)


def asked(**loop: Any) -> dict[str, bytes]:
    """One user task per name, answers collected."""
    return deployed(user_task("a", inner=for_each("${names}", "name", "answers", "answer", **loop)))


def shown(run: Rehearsal, *names: str) -> list[list[Any]]:
    """What each open task sees of some variables."""
    return [[task.variables.get(name) for name in names] for task in run.tasks]


def test_parallel_instances_are_collected_in_the_order_of_the_items() -> None:
    for order in itertools.permutations("xyz"):
        run = Rehearsal(asked(), names=["x", "y", "z"])
        assert shown(run, "name", "loopCounter") == [["x", 0], ["y", 1], ["z", 2]]
        for name in order:
            run.complete("a", {"name": name}, answer=name * 2)
        assert run.open == ["after"]
        assert run.variables == {"names": ["x", "y", "z"], "answers": ["xx", "yy", "zz"]}
    assert run.count("+a") == run.count("-a") == 1
    assert "a_to_after" in run.flows


def test_sequential_instances_come_one_after_the_other() -> None:
    run = Rehearsal(asked(sequential=True), names=["x", "y", "z"])
    for number, name in enumerate("xyz"):
        assert shown(run, "name", "loopCounter") == [[name, number]]
        run.complete("a", answer=name * 2)
    assert run.variables == {"names": ["x", "y", "z"], "answers": ["xx", "yy", "zz"]}


@pytest.mark.parametrize("sequential", [False, True])
def test_an_empty_collection_passes_at_once_with_an_empty_result(sequential: bool) -> None:
    run = Rehearsal(asked(sequential=sequential), names=[])
    assert run.open == ["after"]
    assert run.variables == {"names": [], "answers": []}


@pytest.mark.parametrize("sequential", [False, True])
def test_the_cardinality_says_how_many_instances_there_are(sequential: bool) -> None:
    loop = for_each(None, None, "answers", "answer", sequential=sequential, cardinality="${times}")
    run = Rehearsal(deployed(user_task("a", inner=loop)), times=3)
    for number in range(3):
        assert shown(run, "loopCounter")[0] == [number]
        run.complete("a", answer=str(number))
    assert run.variables == {"times": 3, "answers": ["0", "1", "2"]}


@pytest.mark.parametrize("times", [-1, 1.5, True, "3", 1001, None])
def test_a_cardinality_that_is_no_small_number_is_refused(times: Any) -> None:
    loop = for_each(None, None, "answers", "answer", cardinality="${times}")
    with pytest.raises(InvalidInput, match="多实例次数"):
        Rehearsal(deployed(user_task("a", inner=loop)), times=times)


@pytest.mark.parametrize("names", ["xy", {"x": 1}, 3, None, ["x"] * 1001])
def test_a_collection_that_is_no_list_is_refused(names: Any) -> None:
    with pytest.raises(InvalidInput, match="多实例集合"):
        Rehearsal(asked(), names=names)


def test_an_instance_without_a_result_keeps_its_place() -> None:
    run = Rehearsal(asked(), names=["x", "y"])
    run.complete("a")
    run.complete("a", answer="two")
    assert run.variables["answers"] == [None, "two"]


@pytest.mark.parametrize(
    ("until", "ended_after"),
    [
        ("${nrOfCompletedInstances >= 2}", 2),
        ("${nrOfCompletedInstances / nrOfInstances > 0.5}", 3),
        ("${nrOfActiveInstances == 1}", 3),
        ("${answer == 'no'}", 1),
        ("${len(answers) == 3}", 3),
        ("${name == 'y'}", 2),
    ],
)
def test_the_completion_condition_cancels_what_is_still_open(until: str, ended_after: int) -> None:
    run = Rehearsal(asked(until=until), names=["w", "x", "y", "z"])
    run.complete("a", 1, answer="no")
    for answer in ("yes", "yes"):
        if run.open != ["after"]:
            run.complete("a", 1, answer=answer)
    assert run.open == ["after"]
    assert len(run.variables["answers"]) == ended_after


def test_the_completion_condition_stops_a_sequence() -> None:
    run = Rehearsal(asked(sequential=True, until="${answer == 'no'}"), names=["x", "y", "z"])
    run.complete("a", answer="yes")
    run.complete("a", answer="no")
    assert run.open == ["after"]
    assert run.variables["answers"] == ["yes", "no"]


INNER = document("inner", start(), user_task("ask"), end(), flows("start", "ask", "end"))


@pytest.mark.parametrize("sequential", [False, True])
def test_called_processes_are_instances_too(sequential: bool) -> None:
    mappings = '<camunda:in source="name" target="who"/><camunda:out sourceExpression="${answer}" target="answer"/>'
    loop = for_each("${names}", "name", "answers", "answer", sequential=sequential, until="${answer == 'stop'}")
    run = Rehearsal(deployed(call("a", "inner", mappings, loop), inner=INNER), names=["x", "y", "z"])
    assert shown(run, "who")[0] == ["x"]
    assert len(run.open) == (1 if sequential else 3)
    run.complete("ask", answer="go")
    change = run.complete("ask", answer="stop")
    assert change.cancelled == ([] if sequential else [("inner", "ask")])
    assert run.open == ["after"]
    assert run.variables["answers"] == ["go", "stop"]


def inner_process(loop: str, *parts: str) -> str:
    """Sub-process a that asks once."""
    return subprocess("a", loop, start("in"), user_task("ask"), *parts, end("out"), flows("in", "ask", "out"))


@pytest.mark.parametrize("sequential", [False, True])
def test_sub_processes_are_instances_with_variables_of_their_own(sequential: bool) -> None:
    loop = for_each("${names}", "name", "answers", "answer", sequential=sequential)
    run = Rehearsal(deployed(inner_process(loop)), names=["x", "y"], answer="outer")
    run.complete("ask", answer="one", notes=["private"])
    assert shown(run, "name", "answer", "notes") == [["y", "outer", None]]
    run.complete("ask", answer="two")
    assert run.variables == {"names": ["x", "y"], "answers": ["one", "two"], "answer": "outer"}


def test_service_tasks_are_instances_one_after_the_other() -> None:
    loop = for_each("${numbers}", "number", sequential=True)
    run = Rehearsal(
        deployed(service_task("a", "${total + number}", "total", loop)), numbers=[1, 2, 3], total=0, number=7
    )
    assert run.variables == {"numbers": [1, 2, 3], "total": 6, "number": 7}


def test_what_the_last_of_a_sequence_wrote_counts_also_when_it_stood_there_before() -> None:
    loop = for_each("${numbers}", "number", sequential=True)
    for numbers in ([5, 0], [0, 5]):
        run = Rehearsal(deployed(service_task("a", "${number}", "x", loop)), numbers=numbers, x=0)
        assert run.variables == {"numbers": numbers, "x": numbers[-1]}


def test_each_instance_of_a_service_task_sees_what_stood_before_all_of_them() -> None:
    loop = for_each("${numbers}", "number", "sums", "total")
    run = Rehearsal(deployed(service_task("a", "${total + number}", "total", loop)), numbers=[1, 2, 3], total=10)
    assert run.variables == {"numbers": [1, 2, 3], "total": 10, "sums": [11, 12, 13]}


DOUBLE = f"""<definitions xmlns="{DMN_13}" id="d" name="d" namespace="n"><decision id="size" name="size">
  <decisionTable id="t" hitPolicy="UNIQUE"><input id="i" label="n"><inputExpression id="ie"><text>n</text>
  </inputExpression></input><output id="o" name="size"/>
  <rule id="r1"><inputEntry id="a1"><text>&lt; 10</text></inputEntry><outputEntry id="b1"><text>"small"</text>
  </outputEntry></rule><rule id="r2"><inputEntry id="a2"><text>&gt;= 10</text></inputEntry>
  <outputEntry id="b2"><text>"big"</text></outputEntry></rule></decisionTable></decision></definitions>""".encode()


@pytest.mark.parametrize("sequential", [False, True])
def test_decisions_are_instances_too(sequential: bool) -> None:
    loop = for_each("${numbers}", "n", "sizes", "size", sequential=sequential)
    decide = f'<bpmn:businessRuleTask id="a" name="a" camunda:decisionRef="size">{loop}</bpmn:businessRuleTask>'
    run = Rehearsal({**deployed(decide), "processes/p/size.dmn": DOUBLE}, numbers=[3, 30])
    assert run.variables == {"numbers": [3, 30], "sizes": ["small", "big"]}


@pytest.mark.parametrize("sequential", [False, True])
def test_every_instance_of_a_send_task_sends_its_own_message(sequential: bool) -> None:
    inner = extensions({"who": "${name}"}) + for_each("${names}", "name", sequential=sequential)
    send = f'<bpmn:sendTask id="a" name="a" messageRef="m">{inner}</bpmn:sendTask>'
    run = Rehearsal(deployed(send, outside='<bpmn:message id="m" name="told"/>'), names=["x", "y"])
    sent = [(thrown.name, thrown.payload) for thrown in run.thrown_messages]
    assert sent == [("told", {"who": "x"}), ("told", {"who": "y"})]


@pytest.mark.parametrize(
    "activity",
    [
        user_task("a", inner=for_each("${names}", "name")),
        service_task("a", "${1}", "x", for_each("${names}", "name")),
        subprocess(
            "a", for_each("${names}", "name"), start("in"), user_task("ask"), end("out"), flows("in", "ask", "out")
        ),
    ],
)
def test_instances_that_would_overwrite_each_other_are_refused(activity: str) -> None:
    found = gate.check(deployed(activity), FUNCTIONS)
    assert [(f.rule, f.element) for f in found if f.severity == "error"] == [("loop", "a")]


def test_the_item_hides_a_variable_of_the_same_name_only_inside() -> None:
    run = Rehearsal(asked(), names=["x"], name="outer", loopCounter=7)
    assert shown(run, "name", "loopCounter") == [["x", 0]]
    run.complete("a", answer="yes")
    assert run.variables == {"names": ["x"], "name": "outer", "loopCounter": 7, "answers": ["yes"]}


def test_multi_instances_nest() -> None:
    asks = user_task("ask", inner=for_each("${rows[row]}", "cell", "answers", "answer"))
    outer = subprocess(
        "a",
        for_each("${order}", "row", "table", "answers"),
        start("in"),
        asks,
        end("out"),
        flows("in", "ask", "out"),
    )
    run = Rehearsal(deployed(outer), rows=[["a", "b"], ["c"]], order=[1, 0])
    while run.open != ["after"]:
        variables = run.tasks[-1].variables
        run.complete(
            "ask", len(run.open) - 1, answer=f"{variables['row']}{variables['loopCounter']}{variables['cell']}"
        )
    assert run.variables["table"] == [["10c"], ["00a", "01b"]]
    assert "answers" not in run.variables


def test_parameters_of_an_activity_belong_to_each_of_its_instances() -> None:
    inner = extensions({"hint": "${'问' + name}"}, {"reply": "${hint + answer}"})
    run = Rehearsal(
        deployed(user_task("a", inner=inner + for_each("${names}", "name", "replies", "reply"))), names=["x", "y"]
    )
    assert shown(run, "hint") == [["问x"], ["问y"]]
    run.complete("a", 1, answer="2")
    run.complete("a", answer="1")
    assert run.variables == {"names": ["x", "y"], "replies": ["问x1", "问y2"]}


def test_an_interrupting_event_cancels_all_instances_and_what_they_run() -> None:
    loop = for_each("${names}", "name", "answers", "answer")
    late = timer_boundary("late_timer", "a", LATE, interrupting=True) + user_task("late")
    paths = flow("late_timer", "late") + flow("late", "end")
    run = Rehearsal(deployed(inner_process(loop), late, paths), names=["x", "y"])
    run.complete("ask", answer="one")
    change = run.later(days=2)
    assert run.open == ["late"]
    assert sorted(change.cancelled) == [("p", "a"), ("p", "ask")]
    run.complete("late")
    assert run.completed


def exchanged(run: Rehearsal, added: str = "") -> tuple[Task, Task | None]:
    """Take the first open instance of multi-instance a away and perhaps add one: the task of a, and the new one."""

    def exchange(execution: Execution) -> tuple[Task, Task | None]:
        around = next(t for t in execution.workflow.tasks.values() if t.task_spec.name == "a")
        first = around.task_spec.instances(around)[0]
        new = add_instance(around, added) if added else None
        remove_instance(first)
        return around, new

    return run.step(exchange)


def test_an_instance_may_be_added_and_taken_away_while_the_others_run() -> None:
    run = Rehearsal(asked(), names=["x", "y"])
    _, added = exchanged(run, "z")
    assert added is not None
    assert shown(run, "name", "loopCounter") == [["y", 1], ["z", 2]]
    run.complete("a", 1, answer="zz")
    run.complete("a", answer="yy")
    assert run.variables["answers"] == ["yy", "zz"]


def test_taking_the_last_instance_away_completes_the_activity() -> None:
    run = Rehearsal(asked(), names=["x"])
    around, _ = exchanged(run)
    assert run.open == ["after"]
    assert run.variables["answers"] == []
    with pytest.raises(InvalidInput):
        add_instance(around, "late")


def test_an_instance_added_to_a_sequence_waits_for_its_turn() -> None:
    run = Rehearsal(asked(sequential=True), names=["x", "y"])
    _, added = exchanged(run, "z")
    assert added is None
    for name in ("y", "z"):
        assert shown(run, "name") == [[name]]
        run.complete("a", answer=name)
    assert run.variables["answers"] == ["y", "z"]


@pytest.mark.parametrize(
    ("loop", "rounds"),
    [
        (again_while("${more}"), 3),
        (again_while("${more}", 2), 2),
        (again_while(maximum=4), 4),
        (again_while("${more}", test_before=True), 3),
        (again_while("${loopCounter < 2}", test_before=True), 2),
    ],
)
def test_a_standard_loop_goes_on_while_its_condition_holds(loop: str, rounds: int) -> None:
    run = Rehearsal(deployed(user_task("a", inner=loop)), more=True, answer="")
    for number in range(rounds):
        assert shown(run, "answer", "loopCounter") == [["x" * number, number]]
        run.complete("a", more=number < 2, answer="x" * (number + 1))
    assert run.open == ["after"]
    assert run.variables == {"more": rounds <= 2, "answer": "x" * rounds}


def test_a_standard_loop_that_tests_first_may_pass_without_a_round() -> None:
    run = Rehearsal(deployed(user_task("a", inner=again_while("${more}", test_before=True))), more=False)
    assert run.open == ["after"]


def test_a_loop_around_a_sub_process_keeps_its_state_flat() -> None:
    run = Rehearsal(deployed(inner_process(again_while("${more}"))), more=True)
    sizes = []
    for _ in range(30):
        run.complete("ask", more=True, answer="x")
        sizes.append(len(run.blob))
    assert sizes[-1] <= sizes[1] * 1.1
    run.complete("ask", more=False)
    assert run.open == ["after"]
    assert run.count("-ask") == 31
