"""Parts that many cases draw; {x} is the place in question."""

from __future__ import annotations

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
LINE = START + "A(a)" + END + "s → a a → e"
ONE = START + "{x}" + END + "s → x x → e"  # {x} is an activity or event x
NEXT = LINE + "{x}"
MESSAGE, SIGNAL = '<message id="m" name="m"/>', '<signal id="sig" name="sig"/>'
WAITS = '<messageEventDefinition messageRef="m"/>'
TIMER = '<timerEventDefinition><timeDate xsi:type="bpmn:tFormalExpression">${now()}</timeDate></timerEventDefinition>'
CALLED = START + "A(b)" + END + "s → b b → e"
BOUNDARY = f'<boundaryEvent id="t" attachedToRef="a">{TIMER}</boundaryEvent><endEvent id="e2"/>'
EVENT_SUB = '<subProcess id="q" name="q" triggeredByEvent="true">{}</subProcess>'
IN_EVENT_SUB = f'<startEvent id="qs">{WAITS}</startEvent><endEvent id="qe"/>qs → qe'
AD_HOC = '<adHocSubProcess id="x" name="x">{}<completionCondition>${{true}}</completionCondition></adHocSubProcess>'
XOR = START + '<exclusiveGateway id="g" default="g_b"/>A(a)A(b)' + END + "s → g {x} a → e b → e"
BRANCHES = (
    START
    + '<eventBasedGateway id="g"{x}/>'
    + (
        f'<intermediateCatchEvent id="m1">{WAITS}</intermediateCatchEvent>'
        f'<intermediateCatchEvent id="t1">{TIMER}</intermediateCatchEvent>'
    )
    + END
    + "s → g g → m1 g → t1 m1 → e t1 → e"
)
MIXED = (
    START
    + f'<eventBasedGateway id="g"/><intermediateCatchEvent id="t1">{TIMER}</intermediateCatchEvent>'
    + END
    + ("{x} s → g g → t1 t1 → e")
)
PARAMETER = (
    "<extensionElements><camunda:inputOutput>"
    '<camunda:inputParameter name="n">${1}</camunda:inputParameter></camunda:inputOutput></extensionElements>'
)
COMPENSATE = '<boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
UNDO = '<userTask id="u" name="u" camunda:candidateGroups="g" isForCompensation="true"/>'
LINKED = '<association id="as" sourceRef="c" targetRef="u"/>'
POOLS = (
    '<collaboration id="k"><participant id="pp" processRef="p"/><participant id="bb" name="b">{}</participant>'
    "{}</collaboration>"
)
LANES = (
    '<laneSet id="ls"><lane id="l1" name="甲"><flowNodeRef>a</flowNodeRef></lane>'
    '<lane id="l2" name="乙">{x}</lane></laneSet>'
)
IO = '<userTask id="a" name="a" camunda:candidateGroups="g"><ioSpecification>{x}</ioSpecification></userTask>'
INPUT = '<dataInput id="d1"/>'
MULTIPLE = "<multiInstanceLoopCharacteristics{}</multiInstanceLoopCharacteristics>"


def service(inner: str) -> str:
    """A service task x with something in it."""
    return f'<serviceTask id="x" name="x" camunda:expression="${{1}}">{inner}</serviceTask>'


def parameter(inner: str) -> str:
    """An input parameter v."""
    parameters = f'<camunda:inputParameter name="v">{inner}</camunda:inputParameter>'
    return f"<extensionElements><camunda:inputOutput>{parameters}</camunda:inputOutput></extensionElements>"


def called(mapping: str) -> str:
    """A call activity x of process q."""
    inner = f"<extensionElements>{mapping}</extensionElements>"
    return f'<callActivity id="x" name="x" calledElement="q">{inner}</callActivity>'


def user(attributes: str, inner: str = "") -> str:
    """A user task x with something on it."""
    return f'<userTask id="x" name="x" camunda:candidateGroups="g" {attributes}>{inner}</userTask>'


def thrown(definition: str) -> str:
    """A throw event x."""
    return f'<intermediateThrowEvent id="x">{definition}</intermediateThrowEvent>'


def caught(definition: str) -> str:
    """A catch event x."""
    return f'<intermediateCatchEvent id="x">{definition}</intermediateCatchEvent>'


def message_flow(source: str, target: str) -> str:
    """Two pools and a message flow."""
    return POOLS.format("", f'<messageFlow id="mf" sourceRef="{source}" targetRef="{target}"/>')
