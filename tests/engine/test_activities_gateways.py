"""Gateways join and split by the token rules of BPMN §13.4; every step runs on a restored instance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import InvalidInput
from tests.engine.conftest import form
from tests.engine.diagrams import (
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    inclusive,
    parallel,
    service_task,
    start,
    subprocess,
    user_task,
)
from tests.engine.rehearsal import Rehearsal

FIELDS = form(x="string", y="string", chosen="array", more="boolean", rows="array")


def deployed(*parts: str, tasks: str = "abcdefz") -> dict[str, bytes]:
    """Process p whose user tasks all have the same optional fields."""
    return files(("p", document("p", *parts)), forms={f"p/{name}": FIELDS for name in tasks})


def choice(gateway: str, *targets: str) -> str:
    """A flow to each target that is taken when `chosen` names it."""
    return "".join(flow(gateway, target, f"${{'{target}' in chosen}}") for target in targets)


def subsets(names: str) -> Iterator[tuple[str, ...]]:
    """Every choice of at least one."""
    for size in range(1, len(names) + 1):
        yield from itertools.combinations(names, size)


def test_the_first_condition_that_holds_decides_in_the_order_of_the_document() -> None:
    upside_down = (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><bpmndi:BPMNPlane bpmnElement="p">'
        '<bpmndi:BPMNShape id="sa" bpmnElement="a"><dc:Bounds x="0" y="900" width="9" height="9"/></bpmndi:BPMNShape>'
        '<bpmndi:BPMNShape id="sb" bpmnElement="b"><dc:Bounds x="0" y="100" width="9" height="9"/></bpmndi:BPMNShape>'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
    )
    deployment = deployed(
        start(),
        exclusive("which", default="which_to_c"),
        user_task("a"),
        user_task("b"),
        user_task("c"),
        end(),
        flows("start", "which"),
        flow("which", "a", "${n > 1}"),
        flow("which", "b", "${n > 0}"),
        flows("which", "c", "end"),
        flows("a", "end"),
        flows("b", "end"),
    )
    path = "processes/p/p.bpmn"
    deployment[path] = deployment[path].replace(b"</bpmn:definitions>", upside_down.encode())
    assert Rehearsal(deployment, n=2).open == ["a"]
    assert Rehearsal(deployment, n=1).open == ["b"]
    assert Rehearsal(deployment, n=0).open == ["c"]


def test_a_gateway_whose_only_condition_fails_stops_the_step_with_its_name() -> None:
    parts = [start(), exclusive("which"), user_task("a"), end(), flows("start", "which"), flows("a", "end")]
    parts.append(flows("a", "which"))  # a gateway has several flows in or several out
    with pytest.raises(InvalidInput, match="which"):
        Rehearsal(deployed(*parts, flow("which", "a", "${1 > 2}")), ignoring="soundness-")


def test_a_parallel_join_takes_one_token_of_each_flow() -> None:
    """Two tokens come by a and one by b: the second of a stays until another b comes."""
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            exclusive("merge"),
            user_task("a"),
            user_task("b"),
            parallel("join"),
            user_task("c"),
            end(),
            flows("start", "split", "merge", "a", "join", "c", "end"),
            flows("split", "z", "merge"),
            user_task("z"),
            flows("split", "b", "join"),
        ),
        ignoring="soundness-",
    )
    run.complete("a")
    run.complete("z")
    change = run.complete("a")
    assert ("p", "join") not in change.entered
    change = run.complete("b")
    assert change.entered == [("p", "join"), ("p", "c")]
    assert run.open == ["c"]


def test_a_parallel_join_in_a_loop_joins_anew_every_round() -> None:
    run = Rehearsal(
        deployed(
            start(),
            exclusive("again"),
            parallel("split"),
            user_task("a"),
            user_task("b"),
            parallel("join"),
            user_task("c"),
            exclusive("more", default="more_to_end"),
            end(),
            flows("start", "again", "split", "a", "join", "c", "more", "end"),
            flows("split", "b", "join"),
            flow("more", "again", "${more}"),
        )
    )
    for number in range(5):
        for name in ("ab", "ba")[number % 2]:
            assert "c" not in run.open
            run.complete(name)
        assert run.open == ["c"]
        run.complete("c", more=number < 4)
    assert run.completed
    assert run.count("-join") == 5


def test_a_gateway_may_join_and_split_at_once() -> None:
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            user_task("a"),
            user_task("b"),
            parallel("both"),
            user_task("c"),
            user_task("d"),
            end(),
            flows("start", "split", "a", "both", "c", "end"),
            flows("split", "b", "both", "d", "end"),
        )
    )
    run.complete("b")
    assert run.open == ["a"]
    change = run.complete("a")
    assert run.open == ["c", "d"]
    assert set(change.flows) == {("p", "a_to_both"), ("p", "both_to_c"), ("p", "both_to_d")}


def test_an_inclusive_join_waits_for_what_was_chosen_and_for_nothing_else() -> None:
    deployment = deployed(
        start(),
        user_task("z"),
        inclusive("split", default="split_to_d"),
        *(user_task(name) for name in "abcd"),
        inclusive("join"),
        user_task("e"),
        end(),
        flows("start", "z", "split"),
        choice("split", "a", "b", "c"),
        flows("split", "d", "join", "e", "end"),
        *(flows(name, "join") for name in "abc"),
    )
    for chosen in [(), *subsets("abc")]:
        for order in itertools.permutations(chosen or ("d",)):
            run = Rehearsal(deployment)
            run.complete("z", chosen=list(chosen))
            for position, name in enumerate(order):
                assert run.open == sorted(order[position:])
                run.complete(name)
            assert run.open == ["e"]
            run.complete("e")
            assert run.completed
            assert run.count("-join") == 1


def test_an_inclusive_join_is_not_held_up_by_a_branch_that_leads_elsewhere() -> None:
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            *(user_task(name) for name in "abce"),
            exclusive("which", default="which_to_e"),
            inclusive("join"),
            end(),
            flows("start", "split", "a", "join", "c", "end"),
            flows("split", "b", "which", "e", "end"),
            flow("which", "join", "${x == 'join'}"),
        ),
        x="no",
    )
    run.complete("a")
    assert run.open == ["b"]
    run.complete("b")
    assert run.open == ["c", "e"]


def test_a_token_that_can_reach_a_marked_flow_does_not_hold_up_an_inclusive_join() -> None:
    """§13.4.3: z may go on by a, whose flow has a token already, or by b, whose flow has none."""
    run = Rehearsal(
        deployed(
            start(),
            parallel("split"),
            exclusive("which", default="which_to_b"),
            exclusive("again"),
            *(user_task(name) for name in "abcz"),
            inclusive("join"),
            end(),
            flows("start", "split", "again", "a", "join", "c", "end"),
            flows("split", "z", "which", "b", "join"),
            flow("which", "again", "${x == 'a'}"),
        ),
        ignoring="soundness",
        x="b",
    )
    run.complete("a")
    assert run.open == ["c", "z"]


def test_an_inclusive_join_waits_for_a_branch_that_begins_in_the_same_moment() -> None:
    parts = (start(), parallel("split"), user_task("a"), user_task("c"), inclusive("join"), end())
    run = Rehearsal(deployed(*parts, flows("start", "split", "join", "c", "end"), flows("split", "a", "join")))
    assert run.open == ["a"]
    run.complete("a")
    assert run.open == ["c"]


def test_nested_inclusive_gateways_join_from_the_inside() -> None:
    deployment = deployed(
        start(),
        user_task("z"),
        inclusive("outer", default="outer_to_f"),
        inclusive("inner", default="inner_to_f2"),
        *(user_task(name) for name in "abcdf"),
        user_task("e"),
        inclusive("inner_join"),
        inclusive("outer_join"),
        end(),
        flows("start", "z", "outer"),
        flow("outer", "inner", "${'a' in chosen or 'b' in chosen}"),
        choice("outer", "c"),
        choice("inner", "a", "b"),
        flow("inner", "e", name="inner_to_f2"),
        flow("outer", "f"),
        *(flows(name, "inner_join") for name in "abe"),
        *(flows(name, "outer_join") for name in "cf"),
        flows("inner_join", "outer_join", "d", "end"),
    )
    for chosen in [(), *subsets("abc")]:
        for order in itertools.permutations(chosen or ("f",)):
            run = Rehearsal(deployment)
            run.complete("z", chosen=list(chosen))
            for position, name in enumerate(order):
                assert run.open == sorted(order[position:])
                run.complete(name)
            assert run.open == ["d"]
            assert run.count("-inner_join") == bool({"a", "b"} & set(chosen))
            assert run.count("-outer_join") == 1


@pytest.mark.parametrize("rounds", [1, 3])
def test_an_inclusive_join_in_a_loop_joins_anew_every_round(rounds: int) -> None:
    deployment = deployed(
        start(),
        exclusive("again"),
        user_task("z"),
        inclusive("split", default="split_to_c"),
        *(user_task(name) for name in "abc"),
        inclusive("join"),
        exclusive("more", default="more_to_end"),
        end(),
        flows("start", "again", "z", "split"),
        choice("split", "a", "b"),
        flows("split", "c", "join", "more", "end"),
        flows("a", "join"),
        flows("b", "join"),
        flow("more", "again", "${more}"),
    )
    for chosen in itertools.product(list(subsets("ab")), repeat=rounds):
        run = Rehearsal(deployment)
        for number, names in enumerate(chosen):
            run.complete("z", chosen=list(names), more=number + 1 < rounds)
            for name in names:
                assert name in run.open
                run.complete(name)
        assert run.completed
        assert run.count("-join") == rounds


def fork(*branches: str) -> dict[str, bytes]:
    """Branches a, b, c side by side, then d."""
    return deployed(
        start(),
        parallel("split"),
        parallel("join"),
        user_task("d"),
        end(),
        flows("start", "split"),
        *(user_task(name) + flows("split", name, "join") for name in branches),
        flows("join", "d", "end"),
    )


def test_what_one_branch_changed_survives_a_branch_that_did_not() -> None:
    for order in itertools.permutations("abc"):
        run = Rehearsal(fork("a", "b", "c"), x="before", y="before")
        for name in order:
            run.complete(name, **({"x": "changed"} if name == "a" else {}))
        assert run.variables == {"x": "changed", "y": "before"}


def test_of_two_branches_that_change_a_variable_the_last_to_write_wins() -> None:
    for first, last in itertools.permutations("ab"):
        run = Rehearsal(fork("a", "b"), x="before")
        run.complete(first, x=first)
        run.complete(last, x=last)
        assert run.variables == {"x": last}


def test_a_list_is_one_value_and_never_mixed_from_two_branches() -> None:
    run = Rehearsal(fork("a", "b", "c"), rows=["1", "2", "3"])
    run.complete("b", rows=["only"])
    run.complete("a")
    run.complete("c")
    assert run.variables == {"rows": ["only"]}


def test_while_branches_are_open_the_process_shows_what_each_has_changed() -> None:
    for name in "ab":
        run = Rehearsal(fork("a", "b"), x="before")
        run.complete(name, x="changed")
        assert run.variables["x"] == "changed"


def test_a_value_is_never_changed_in_place_neither_by_a_branch_nor_by_a_caller() -> None:
    """In memory branches share their values; what one of them sets, and what callers hand in, stays apart."""
    given: dict[str, Any] = {"rows": ["0"], "x": {"deep": ["0"]}}
    execution = Rehearsal(fork("a", "b"), restart=False, **given).execution
    first, second = execution.open_tasks()
    seen = second.variables
    answer: dict[str, Any] = {"rows": ["0", "1"], "x": {"deep": ["1"], "more": []}}
    execution.complete(first.id, answer)
    execution.run()
    for mine in (given, answer):
        mine["rows"].append("mine")
        mine["x"]["deep"].append("mine")
    assert seen == {"rows": ["0"], "x": {"deep": ["0"]}}
    execution.complete(second.id, {"y": "2"})
    execution.run()
    assert execution.variables() == {"rows": ["0", "1"], "x": {"deep": ["1"], "more": []}, "y": "2"}
    assert seen["x"] == {"deep": ["0"]}


def test_branches_inside_a_branch_meet_before_they_meet_the_others() -> None:
    """y is set before the inner split: that only one inner branch changes it again is no conflict."""
    deployment = deployed(
        start(),
        parallel("split"),
        user_task("a"),
        user_task("z"),
        parallel("inner"),
        user_task("b"),
        user_task("c"),
        parallel("join"),
        user_task("d"),
        end(),
        flows("start", "split", "a", "join", "d", "end"),
        flows("split", "z", "inner", "b", "join"),
        flows("inner", "c", "join"),
    )
    run = Rehearsal(deployment, x="0", y="0")
    run.complete("z", y="1")
    run.complete("b", y="2")
    run.complete("c")
    run.complete("a", x="3")
    assert run.variables == {"x": "3", "y": "2"}


def test_every_branch_that_ended_gives_its_variables_to_what_follows_the_scope() -> None:
    """Whatever the order, and whatever was pruned meanwhile."""
    inner = subprocess(
        "inner",
        start("in"),
        parallel("s1"),
        parallel("s2"),
        *(user_task(name) for name in "abc"),
        end("out"),
        flows("in", "s1", "a", "out"),
        flows("s1", "s2", "b", "out"),
        flows("s2", "c", "out"),
    )
    deployment = deployed(start(), inner, user_task("d"), end(), flows("start", "inner", "d", "end"))
    for order in itertools.permutations("abc"):
        run = Rehearsal(deployment, x="0", y="0", rows=[])
        for name in order:
            run.complete(name, **{"a": {"x": "1"}, "b": {"y": "2"}, "c": {"rows": ["3"]}}[name])
        assert run.variables == {"x": "1", "y": "2", "rows": ["3"]}


def test_ten_parallel_blocks_in_a_row_do_not_explode() -> None:
    blocks = [
        parallel(f"s{i}")
        + parallel(f"j{i}")
        + "".join(service_task(f"t{i}{k}", "${1}") + flows(f"s{i}", f"t{i}{k}", f"j{i}") for k in range(3))
        for i in range(10)
    ]
    links = [flow(f"j{i}", f"s{i + 1}") for i in range(9)]
    around = flows("start", "a", "s0") + flows("j9", "end")
    run = Rehearsal(deployed(start(), user_task("a"), *blocks, *links, end(), around, tasks="a"))
    assert len(run.execution.workflow.tasks) < 20
    run.complete("a")
    assert run.completed
