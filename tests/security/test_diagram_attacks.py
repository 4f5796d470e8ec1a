"""Wherever a diagram holds an expression, a program in its place is refused and the element is named."""

from __future__ import annotations

import pytest

from engine.gate import check
from tests.engine.diagrams import document, files
from tests.engine.gate_cases.case import xml
from tests.engine.gate_cases.drawing import LINE, ONE, XOR, called, caught, parameter, service, user
from tests.security.test_uploads import PROGRAMS

ATTACKS = (
    *PROGRAMS,
    "().__class__.__mro__[1].__subclasses__()",
    "''.join(['a'])",
    "title.__init__.__globals__",
    "'%s' % title",
    "'a' * 999999999",
    "2 ** 99999",
    "[1] * 999999999",
    "(lambda: 1)()",
    "{k: 1 for k in x}",
    "eval('1')",
    "compile('1', '', 'eval')",
    "globals()",
    "__builtins__",
    "breakpoint()",
    "x := 1",
    "await x",
    "yield",
    "*x",
    "print(1)",
    "import os",
    "\u202e1",
    "a\x7fb",
    "((((" * 200 + "1" + "))))" * 200,
    "-" * 5000 + "1",
)
RUN_TIME = {"'%s' % title", "'a' * 999999999", "[1] * 999999999"}  # bounded when they are computed: test_expressions.py
MULTIPLE = '<multiInstanceLoopCharacteristics camunda:collection="{}">{}</multiInstanceLoopCharacteristics>'
PLACES = {  # where → a process with {attack} there, the element named
    "condition": (
        XOR.replace(
            "{x}",
            "<sequenceFlow id='g_a' sourceRef='g' targetRef='a'><conditionExpression>{attack}"
            "</conditionExpression></sequenceFlow>g → b",
        ),
        "g_a",
    ),
    "service": (ONE.replace("{x}", service("").replace('"${1}"', '"{attack}"')), "x"),
    "input": (ONE.replace("{x}", service(parameter("{attack}"))), "x"),
    "output": (ONE.replace("{x}", service(parameter("{attack}").replace("inputP", "outputP"))), "x"),
    "mapping in": (ONE.replace("{x}", called('<camunda:in sourceExpression="{attack}" target="t"/>')), "x"),
    "mapping out": (
        ONE.replace(
            "{x}", called('<camunda:in variables="all"/><camunda:out sourceExpression="{attack}" target="t"/>')
        ),
        "x",
    ),
    "date": (
        ONE.replace("{x}", caught("<timerEventDefinition><timeDate>{attack}</timeDate></timerEventDefinition>")),
        "x",
    ),
    "duration": (
        ONE.replace(
            "{x}", caught("<timerEventDefinition><timeDuration>{attack}</timeDuration></timerEventDefinition>")
        ),
        "x",
    ),
    "cycle": (
        ONE.replace("{x}", caught("<timerEventDefinition><timeCycle>{attack}</timeCycle></timerEventDefinition>")),
        "x",
    ),
    "conditional event": (
        ONE.replace(
            "{x}", caught("<conditionalEventDefinition><condition>{attack}</condition></conditionalEventDefinition>")
        ),
        "x",
    ),
    "collection": (ONE.replace("{x}", service(MULTIPLE.format("{attack}", ""))), "x"),
    "completion": (
        ONE.replace("{x}", service(MULTIPLE.format("xs", "<completionCondition>{attack}</completionCondition>"))),
        "x",
    ),
    "cardinality": (
        ONE.replace(
            "{x}",
            service(
                "<multiInstanceLoopCharacteristics><loopCardinality>{attack}</loopCardinality>"
                "</multiInstanceLoopCharacteristics>"
            ),
        ),
        "x",
    ),
    "loop": (
        ONE.replace(
            "{x}",
            service(
                "<standardLoopCharacteristics><loopCondition>{attack}</loopCondition></standardLoopCharacteristics>"
            ),
        ),
        "x",
    ),
    "activation": (
        LINE + "A(b)<complexGateway id='x'><activationCondition>{attack}</activationCondition></complexGateway>"
        "a → x b → x x → e",
        "x",
    ),
    **{
        name: (ONE.replace("{x}", user(f'camunda:{name}="{{attack}}"')), "x")
        for name in ("dueDate", "followUpDate", "assignee")
    },
    "candidateGroups": (ONE.replace("{x}", user("").replace('Groups="g"', 'Groups="{attack}"')), "x"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_program_in_the_place_of_an_expression_is_refused(place: str) -> None:
    body, element = PLACES[place]
    for attack in set(ATTACKS) - RUN_TIME:
        written = f"${{{attack}}}".replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        diagram = document("p", xml(body).replace("{attack}", written))
        errors = {f.element for f in check(files(("p", diagram)), frozenset({"now"})) if f.severity == "error"}
        assert element in errors, (place, attack, errors)


FOREIGN = {  # what other engines run; none of it may be let through unexecuted
    "a Java class": service("").replace('camunda:expression="${1}"', 'camunda:class="java.lang.Runtime"'),
    "a delegate": service("").replace("camunda:expression", "camunda:delegateExpression"),
    "an external task": service("").replace('camunda:expression="${1}"', 'camunda:type="external" camunda:topic="t"'),
    "a connector": service("<extensionElements><camunda:connector/></extensionElements>"),
    "a script": '<scriptTask id="x" name="x" scriptFormat="groovy"><script>1</script></scriptTask>',
    "a script as a parameter": service(parameter('<camunda:script scriptFormat="groovy">1</camunda:script>')),
    "a script resource": service("").replace("<serviceTask ", '<serviceTask camunda:resource="deployment://x" '),
    "an execution listener": service(
        '<extensionElements><camunda:executionListener event="start" expression="${1}"/></extensionElements>'
    ),
    "a task listener": user("", '<extensionElements><camunda:taskListener class="x"/></extensionElements>'),
    "a generated form": user("", "<extensionElements><camunda:formData/></extensionElements>"),
    "a form elsewhere": user('camunda:formKey="../../../etc/passwd"'),
    "a form by address": user('camunda:formKey="embedded:http://127.0.0.1/x.html"'),
    "a web service": service("").replace("<serviceTask ", '<serviceTask implementation="##WebService" '),
    "a Zeebe task": service('<extensionElements><zeebe:taskDefinition xmlns:zeebe="z" type="x"/></extensionElements>'),
    "a Flowable attribute": service("").replace(
        "<serviceTask ", '<serviceTask xmlns:f="http://flowable.org" f:class="x" '
    ),
    "a Spiff extension": service(
        '<extensionElements><s:preScript xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">import os'
        "</s:preScript></extensionElements>"
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_another_engine_would_run_is_refused(what: str) -> None:
    body = xml(ONE, FOREIGN[what]).replace("bpmn:s:", "s:")
    errors = {f.element for f in check(files(("p", document("p", body))), frozenset({"now"})) if f.severity == "error"}
    assert "x" in errors, errors


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/x.bpmn", "file:///etc/passwd"])
@pytest.mark.parametrize(
    "outside",
    [
        '<bpmn:import importType="http://www.w3.org/2001/XMLSchema" location="{}" namespace="x"/>',
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{}"/>',
    ],
)
def test_another_document_is_never_fetched(location: str, outside: str) -> None:
    findings = check(files(("p", document("p", xml(LINE), outside=outside.format(location)))), frozenset())
    assert any(f.severity == "error" for f in findings)
    assert "root:" not in str(findings)
