"""Cases of expressions and the names of variables (§8.4.6)."""

from __future__ import annotations

from tests.engine.gate_cases.case import Case
from tests.engine.gate_cases.drawing import BOUNDARY, CALLED, LINE, MULTIPLE, ONE, TIMER, called, caught, service, user


def caught_with(kind: str, attribute: str, name: str) -> tuple[str, str, str]:
    """Diagram, wrong and right: a boundary event that keeps what it caught in a variable."""
    definition = f'<{kind}EventDefinition camunda:{attribute}="{{}}"/>'
    diagram = LINE + BOUNDARY.replace(TIMER, "{x}") + "t → e2"
    return diagram, definition.format(name), definition.format("v")


def looped(item: str, inner: str = "") -> str:
    """A multi-instance over xs."""
    name = f' camunda:elementVariable="{item}"' if item else ""
    return MULTIPLE.format(f' camunda:collection="xs"{name}>{inner}')


def collecting(output: str, item: str) -> str:
    """What each instance gives, collected in a variable."""
    return f"<loopDataOutputRef>{output}</loopDataOutputRef>{item}"


def causing(expression: str) -> str:
    """A service task that causes something."""
    return service("").replace("${1}", f"${{{expression}}}")


CASES = [
    Case("expression", "x", ONE, service("").replace("${1}", "${open(1)}"), service("")),
    Case(
        "expression",
        "x",
        ONE,
        user("").replace('Groups="g"', 'Groups="a,${b}"'),
        user("").replace('Groups="g"', 'Groups="${b}"'),
    ),
    Case(
        "expression-empty", "x", ONE, caught("<timerEventDefinition><timeDate/></timerEventDefinition>"), caught(TIMER)
    ),
    Case(
        "reserved-name",
        "x",
        ONE,
        '<serviceTask id="x" name="x" camunda:expression="${1}" camunda:resultVariable="now"/>',
        service(""),
    ),
    Case(
        "expression",
        "x",
        ONE,
        called('<camunda:in sourceExpression="${open(1)}" target="w"/>'),
        called('<camunda:in sourceExpression="${1}" target="w"/>'),
        others=(("q", CALLED),),
    ),
    Case(
        "expression",
        "x",
        ONE,
        called('<camunda:in variables="all"/><camunda:out sourceExpression="${open(1)}" target="w"/>'),
        called('<camunda:in variables="all"/><camunda:out sourceExpression="${1}" target="w"/>'),
        others=(("q", CALLED),),
    ),
    # what service tasks cause
    *(
        Case("effect-word", "x", ONE, causing(wrong), causing(right))
        for wrong, right in (
            ("record('no', {})", "record('known', {})"),
            ("record('known' if v else 'no')", "record('known' if v else 'other')"),
            ("record(v)", "record('known')"),
            ("record()", "record('known')"),
        )
    ),
    Case("revise-variables", "x", ONE, causing("revise(v)"), causing("revise({'v': 1})")),
    # names of variables
    Case("reserved-name", "x", ONE, causing("revise({'record': 1})"), causing("revise({'v': 1})")),
    Case(
        "reserved-name",
        "x",
        ONE,
        called('<camunda:in source="v" target="now"/>'),
        called('<camunda:in variables="all"/>'),
        others=(("q", CALLED),),
    ),
    Case(
        "reserved-name",
        "x",
        ONE,
        called('<camunda:in variables="all"/><camunda:out source="v" target="now"/>'),
        called('<camunda:in variables="all"/><camunda:out variables="all"/>'),
        others=(("q", CALLED),),
    ),
    Case("reserved-name", "t", *caught_with("error", "errorCodeVariable", "len")),
    Case("reserved-name", "t", *caught_with("error", "errorMessageVariable", "1x")),
    Case("reserved-name", "t", *caught_with("escalation", "escalationCodeVariable", "candidate")),
    Case("reserved-name", "x", ONE, service(looped("now")), service(looped("one"))),
    Case(
        "reserved-name",
        "x",
        ONE,
        service(looped("one", collecting("now", '<outputDataItem id="o" name="v"/>'))),
        service(looped("one", collecting("every", '<outputDataItem id="o" name="v"/>'))),
    ),
    Case(
        "reserved-name",
        "x",
        ONE,
        service(looped("", '<inputDataItem id="i" name="now"/>')),
        service(looped("", '<inputDataItem id="i" name="one"/>')),
    ),
    Case(
        "reserved-name",
        "x",
        ONE,
        service(looped("one", collecting("every", '<outputDataItem id="o" name="now"/>'))),
        service(looped("one", collecting("every", '<outputDataItem id="now" name="v"/>'))),
    ),
    Case(
        "reserved-name",
        "x",
        ONE,
        service(looped("one", collecting("every", '<outputDataItem id="now"/>'))),
        service(looped("one", collecting("every", '<outputDataItem id="v"/>'))),
    ),
]
