"""A business rule task takes its decision with those it requires, and never leaves an old value in place."""

from itertools import pairwise

from engine import gate
from tests.engine import diagrams
from tests.engine.conftest import form
from tests.engine.decision_documents import (
    answer,
    column,
    decision,
    decision_table,
    definitions,
    input_data,
    literal,
    requires,
    rule,
)
from tests.engine.rehearsal import Rehearsal

PERSON = decision("person", literal('if age < 18 then "minor" else "adult"'), before=requires("age", kind="Input"))
ROWS = [rule(1, ['"minor"'], ["age * 2"], description="条款：3.1.1-1"), rule(2, ['"adult"'], ["fee"])]


def fees(rows, policy="UNIQUE", default=""):
    table = decision_table(
        [column("person", "person", "string")], [answer("fee", default=default)], rows, policy=policy
    )
    return definitions(input_data("age", "number"), PERSON, decision("fees", table, before=requires("person")))


def process(dmn, result="", before=()):
    task = f'<bpmn:businessRuleTask id="rate" name="定价" camunda:decisionRef="fees"{result}/>'
    steps = ["start", *before, "rate", "end"]
    flows = [diagrams.flow(one, other) for one, other in pairwise(steps)]
    people = [diagrams.user_task(name) for name in before]
    document = diagrams.document("p", diagrams.start(), *people, task, diagrams.end(), *flows)
    files = diagrams.files(("p", document), forms={f"p/{name}": form() for name in before})
    return {**files, "processes/p/fees.dmn": dmn}


def test_the_required_decision_is_made_first_and_only_the_result_reaches_the_process():
    run = Rehearsal(process(fees(ROWS)), age=17, fee=1, person="adult")
    assert run.variables == {"age": 17, "fee": 34, "person": "adult"}
    assert run.completed


def test_the_result_may_go_into_one_variable():
    run = Rehearsal(process(fees(ROWS), ' camunda:resultVariable="price"'), age=17, fee=1)
    assert run.variables == {"age": 17, "fee": 1, "price": {"fee": 34}}


def test_nothing_fitting_is_a_failure_and_the_task_stays():
    run = Rehearsal(process(fees(ROWS[1:]), before=["ask"]), age=17, fee=1)
    run.complete("ask")
    (failure,) = run.execution.failures()
    assert (failure.element_id, run.completed) == ("rate", False)
    assert '没有适用的规则：person="minor"' in failure.message
    assert run.variables == {"age": 17, "fee": 1}


def test_nothing_collected_and_a_default_replace_what_stood_there():
    assert Rehearsal(process(fees(ROWS[1:], "COLLECT")), age=17, fee=1).variables["fee"] is None
    assert Rehearsal(process(fees(ROWS[1:], default="0")), age=17, fee=1).variables["fee"] == 0


def test_the_gate_shows_what_a_decision_lacks():
    files = process(fees([*ROWS, rule(3, ["-"], ["1"])]))
    findings = [found for found in gate.check(files, frozenset()) if found.file.endswith(".dmn")]
    assert [(found.rule, found.element, found.severity, found.standard) for found in findings] == [
        ("decision-overlap", "rule_3", "error", "DMN 1.3 §8.2.11"),
        ("decision-overlap", "rule_3", "error", "DMN 1.3 §8.2.11"),
    ]


def test_one_decision_in_two_files_is_an_error_for_nobody_could_say_which_is_meant():
    files = {**process(fees(ROWS)), "processes/p/other.dmn": fees(ROWS)}
    findings = [found for found in gate.check(files, frozenset()) if found.rule == "decision-duplicate"]
    assert [(found.element, found.severity, found.file) for found in findings] == [
        ("fees", "error", "processes/p/other.dmn"),
        ("person", "error", "processes/p/other.dmn"),
    ]
