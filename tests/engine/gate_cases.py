"""One diagram per rule of the gate that breaks it, and what makes it right again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.engine.conftest import form
from tests.engine.diagrams import document, files


@dataclass(frozen=True)
class Case:
    """`wrong` breaks `rule` at `element`; the same diagram with `right` in its place does not."""

    rule: str
    element: str
    diagram: str  # body of the process; {x} is the place in question
    wrong: str
    right: str
    outside: str = ""  # beside the process; may hold {x} too
    others: tuple[tuple[str, str], ...] = field(default=())  # further processes: key, body

    def files(self, *, right: bool) -> dict[str, bytes]:
        """A deployable folder."""
        part = self.right if right else self.wrong
        made = [("p", document("p", xml(self.diagram, part), outside=xml(self.outside, part)))]
        made += [(key, document(key, xml(body, part))) for key, body in self.others]
        return files(*made, forms={f"p/{task}": form() for task in "abcx"})


def xml(text: str, part: str = "") -> str:
    """BPMN written without its prefix: <userTask …>; `a → b` is a sequence flow, `A(a)` a user task."""
    text = text.replace("{x}", part and f" {part} " if "→" in part else part)
    text = re.sub(r"A\((\w+)\)", r'<userTask id="\1" name="\1" camunda:candidateGroups="g"/>', text)
    text = re.sub(r"(\w+) → (\w+)(?: if (\w+))?", _flow, text)
    return re.sub(r"<(/?)(?!/|camunda:|bpmn:|bpmndi:|zeebe:|[?!])", r"<\1bpmn:", text)


def _flow(found: re.Match[str]) -> str:
    source, target, condition = found.groups()
    inner = (
        f'<conditionExpression xsi:type="bpmn:tFormalExpression">${{{condition}}}</conditionExpression>'
        if condition
        else ""
    )
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


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


LONG = "x" * 101
CASES = [
    # the file and its identifiers
    Case(
        "schema",
        "a",
        LINE.replace("A(a)", "{x}"),
        '<userTask id="a" name="a" camunda:candidateGroups="g"><extensionElements/><documentation/></userTask>',
        "A(a)",
    ),
    Case("root-element", "gt", LINE, '<globalTask id="gt"/>', "", "{x}"),
    Case("attribute", "x", ONE, user('implementation="##WebService"'), user("")),
    Case("attribute", "x", ONE, user('camunda:priority="3"'), user('camunda:asyncBefore="true"')),
    Case("attribute", "s", LINE.replace('id="s"', 'id="s"{x}'), ' camunda:initiator="me"', ""),
    Case("extension", "x", ONE, user("", "<extensionElements><camunda:taskListener/></extensionElements>"), user("")),
    Case(
        "extension",
        "x",
        ONE,
        service(parameter("<camunda:script>1</camunda:script>")),
        service(parameter("${1}")),
    ),
    Case(
        "extension",
        "x",
        ONE,
        service('<extensionElements><zeebe:taskDefinition xmlns:zeebe="z" type="x"/></extensionElements>'),
        service(""),
    ),
    Case(
        "extension",
        "x",
        ONE,
        called('<camunda:in source="v"/>'),
        called('<camunda:in source="v" target="w"/>'),
        others=(("q", CALLED),),
    ),
    Case(
        "attribute",
        "g_a",
        XOR,
        '<sequenceFlow id="g_a" sourceRef="g" targetRef="a"><conditionExpression language="groovy">${y}'
        "</conditionExpression></sequenceFlow>g → b",
        "g → a if y g → b",
    ),
    Case("extension", "x", ONE, caught(WAITS + parameter("${1}")), caught(WAITS), MESSAGE),
    Case("id-missing", "", NEXT, "<endEvent/>", ""),
    Case("duplicate-id", "a", NEXT, '<textAnnotation id="a"/>', '<textAnnotation id="an"/>'),
    Case("id-long", LONG[:80], NEXT, f'<textAnnotation id="{LONG}"/>', '<textAnnotation id="an"/>'),
    Case(
        "id-reserved",
        "Start",
        LINE.replace("A(a)", "A({x})").replace("a →", "{x} →").replace("→ a", "→ {x}"),
        "Start",
        "x",
    ),
    Case("name-long", "x", ONE, user("").replace('name="x"', f'name="{"长" * 201}"'), user("")),
    Case(
        "id-across",
        "q",
        LINE.replace(
            "A(a)",
            '<subProcess id="{x}" name="n">'
            + CALLED.replace('"s"', '"s1"').replace('"e"', '"e1"').replace("s →", "s1 →").replace("→ e", "→ e1")
            + "</subProcess>",
        )
        .replace("s → a", "s → {x}")
        .replace("a → e", "{x} → e"),
        "q",
        "r",
        others=(("q", CALLED),),
    ),
    Case("name", "x", ONE, user("").replace(' name="x"', ""), user("")),
    Case(
        "reference",
        "e",
        LINE.replace('id="e"/>', 'id="e"><terminateEventDefinition/>{x}</endEvent>'),
        '<signalEventDefinition signalRef="no"/>',
        "",
    ),
    Case(
        "reference",
        "l1",
        '<laneSet id="ls"><lane id="l1"><flowNodeRef>{x}</flowNodeRef></lane></laneSet>' + LINE,
        "no",
        "a",
    ),
    Case(
        "reference-type",
        "x",
        ONE,
        caught('<messageEventDefinition messageRef="sig"/>'),
        caught(WAITS),
        MESSAGE + SIGNAL,
    ),
    Case(
        "correlation-key",
        "ck",
        LINE,
        '<correlationKey id="ck"/>',
        '<correlationKey id="ck"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey>',
        '<collaboration id="k">{x}</collaboration>',
    ),
    Case(
        "error-code",
        "e",
        LINE.replace('id="e"/>', 'id="e"><errorEventDefinition errorRef="er"/></endEvent>'),
        '<error id="er"/>',
        '<error id="er" errorCode="E1"/>',
        "{x}",
    ),
    Case(
        "escalation-code",
        "x",
        ONE.replace("{x}", thrown('<escalationEventDefinition escalationRef="er"/>')),
        '<escalation id="er"/>',
        '<escalation id="er" escalationCode="E1"/>',
        "{x}",
    ),
    Case("message-name", "m2", LINE, '<message id="m2" name="m"/>', '<message id="m2" name="m2"/>', MESSAGE + "{x}"),
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
    # sequence flows
    Case("flow-dangling", "a_z", NEXT, "a → z", ""),
    Case("flow-end-type", "a_an", LINE + '<textAnnotation id="an"/>{x}', "a → an", ""),
    Case(
        "flow-sub-process",
        "a_b",
        START
        + '<subProcess id="q" name="q"><startEvent id="qs"/>A(a)<endEvent id="qe"/>qs → a a → qe</subProcess>A(b)'
        + END
        + "s → q q → b b → e{x}",
        "a → b",
        "",
    ),
    Case("flow-into-start", "a_s", NEXT, "a → s", ""),
    Case("flow-into-boundary", "a_t", LINE + BOUNDARY + "t → e2{x}", "a → t", ""),
    Case("flow-out-of-end", "e_a", NEXT, "e → a", ""),
    Case("flow-event-sub-process", "a_q", LINE + EVENT_SUB.format(IN_EVENT_SUB) + "{x}", "a → q", "", MESSAGE),
    Case("flow-compensation", "a_u", LINE + UNDO + "{x}", "a → u", ""),
    Case("flow-twice", "a", NEXT, '<sequenceFlow id="f2" sourceRef="a" targetRef="e"/>', ""),
    Case(
        "flow-lists",
        "e",
        LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'),
        "<incoming>no</incoming>",
        "<incoming>a_e</incoming>",
    ),
    Case("flow-condition-source", "s_a", LINE.replace("s → a", "{x}"), "s → a if x", "s → a"),
    Case("flow-condition-single", "a_e", LINE.replace("a → e", "{x}"), "a → e if x", "a → e"),
    Case(
        "flow-immediate",
        "a_e",
        LINE.replace("a → e", '<sequenceFlow id="a_e" sourceRef="a" targetRef="e"{x}/>'),
        ' isImmediate="false"',
        "",
    ),
    Case("default-source", "x", ONE, user('default="s_x"'), user("")),
    Case("default-condition", "g_b", XOR, "g → a if y g → b if z", "g → a if y g → b"),
    Case("condition", "g_a", XOR, "g → a g → b", "g → a if y g → b"),
    Case(
        "default-flow",
        "a",
        LINE.replace("A(a)", "{x}").replace("a → e", "A(b)a → b if y a → e if z b → e"),
        "A(a)",
        '<userTask id="a" name="a" camunda:candidateGroups="g" default="a_b"/>',
    ),
    Case(
        "default-flow",
        "g",
        XOR.replace(' default="g_b"', "{x}").replace("s → g ", "s → g g → a if y g → b if z "),
        "",
        ' default="g_a"',
    ),
    Case(
        "expression-empty",
        "g_a",
        XOR,
        '<sequenceFlow id="g_a" sourceRef="g" targetRef="a"><conditionExpression/></sequenceFlow>g → b',
        "g → a if y g → b",
    ),
    # collaborations, lanes
    Case(
        "participant-multiplicity",
        "bb",
        LINE,
        '<participantMultiplicity minimum="3" maximum="2"/>',
        '<participantMultiplicity minimum="0" maximum="2"/>',
        POOLS.format("{x}", ""),
    ),
    Case("message-flow-pool", "mf", LINE, message_flow("pp", "a"), message_flow("bb", "a"), "{x}"),
    Case("message-flow-source", "mf", LINE, message_flow("s", "bb"), message_flow("a", "bb"), "{x}"),
    Case("message-flow-target", "mf", LINE, message_flow("bb", "e"), message_flow("bb", "a"), "{x}"),
    Case("message-flow-ignored", "mf", LINE, message_flow("bb", "a"), POOLS.format("", ""), "{x}"),
    Case("lane-twice", "a", LANES + LINE, "<flowNodeRef>a</flowNodeRef>", "<flowNodeRef>s</flowNodeRef>"),
    # process and activities
    Case("quantity", "x", ONE, user('startQuantity="0"'), user('startQuantity="1"')),
    Case(
        "receive-instantiate",
        "x",
        ONE,
        '<receiveTask id="x" name="x" messageRef="m" instantiate="true"/>',
        '<receiveTask id="x" name="x" messageRef="m"/>',
        MESSAGE,
    ),
    Case(
        "receive-message",
        "x",
        ONE,
        '<receiveTask id="x" name="x"/>',
        '<receiveTask id="x" name="x" messageRef="m"/>',
        MESSAGE,
    ),
    Case(
        "script-format",
        "x",
        ONE,
        '<scriptTask id="x" name="x"><script>1</script></scriptTask>',
        '<scriptTask id="x" name="x" scriptFormat="t"><script>1</script></scriptTask>',
    ),
    Case("event-sub-process-start", "q", LINE + EVENT_SUB.format("{x}"), '<endEvent id="qe"/>', IN_EVENT_SUB, MESSAGE),
    Case(
        "event-sub-process-same",
        "r",
        LINE + EVENT_SUB.format(IN_EVENT_SUB) + "{x}",
        EVENT_SUB.replace('"q"', '"r"').format(IN_EVENT_SUB.replace("q", "r")),
        "",
        MESSAGE,
    ),
    Case("ad-hoc-activity", "x", ONE, AD_HOC.format(""), AD_HOC.format("A(b)")),
    Case("ad-hoc-event", "y", ONE, AD_HOC.format('A(b)<startEvent id="y"/>'), AD_HOC.format("A(b)")),
    Case(
        "transaction-method",
        "x",
        ONE,
        '<transaction id="x" name="x" method="##Store"/>',
        '<transaction id="x" name="x"/>',
    ),
    Case(
        "called-element",
        "x",
        ONE,
        '<callActivity id="x" name="x" calledElement="no"/>',
        '<callActivity id="x" name="x" calledElement="q"/>',
        others=(("q", CALLED),),
    ),
    Case(
        "called-start",
        "x",
        ONE.replace("{x}", '<callActivity id="x" name="x" calledElement="q"/>'),
        WAITS,
        "",
        MESSAGE,
        others=(("q", CALLED.replace('<startEvent id="s"/>', '<startEvent id="s">{x}</startEvent>')),),
    ),
    Case(
        "mapping",
        "x",
        ONE,
        '<callActivity id="x" name="x" calledElement="q"/>',
        called('<camunda:in variables="all"/>'),
        others=(("q", CALLED),),
    ),
    Case(
        "standard-loop",
        "x",
        ONE,
        service("<standardLoopCharacteristics/>"),
        service('<standardLoopCharacteristics loopMaximum="3"/>'),
    ),
    Case("loop", "x", ONE, service(MULTIPLE.format(">")), service(MULTIPLE.format(' camunda:collection="xs">'))),
    Case(
        "loop",
        "x",
        ONE,
        service(MULTIPLE.format(' camunda:collection="xs"><loopCardinality>3</loopCardinality>')),
        service(MULTIPLE.format(' camunda:collection="xs">')),
    ),
    Case(
        "loop",
        "x",
        ONE,
        service(MULTIPLE.format(' behavior="None" camunda:collection="xs">')),
        service(MULTIPLE.format(' camunda:collection="xs">')),
    ),
    Case(
        "expression-empty",
        "x",
        ONE,
        service(MULTIPLE.format(' camunda:collection="xs"><completionCondition/>')),
        service(MULTIPLE.format(' camunda:collection="xs">')),
    ),
    Case("candidate", "x", ONE, '<userTask id="x" name="x"/>', user("")),
    Case("candidate-group", "x", ONE, user("").replace('Groups="g"', 'Groups="g,h"'), user("")),
    Case("task-expression", "x", ONE, '<serviceTask id="x" name="x"/>', service("")),
    Case("decision", "x", ONE, '<businessRuleTask id="x" name="x" camunda:decisionRef="no"/>', service("")),
    Case("form", "x", ONE, user('camunda:formKey="no"'), user('camunda:formKey="x"')),
    # data
    Case(
        "data-set",
        "d1",
        LINE.replace("A(a)", IO),
        INPUT + "<inputSet/><outputSet/>",
        INPUT + "<inputSet><dataInputRefs>d1</dataInputRefs></inputSet><outputSet/>",
    ),
    Case(
        "data-set-subset",
        "is",
        LINE.replace("A(a)", IO),
        INPUT + '<inputSet id="is"><optionalInputRefs>d1</optionalInputRefs></inputSet><outputSet/>',
        INPUT
        + '<inputSet id="is"><dataInputRefs>d1</dataInputRefs><optionalInputRefs>d1</optionalInputRefs>'
        + "</inputSet><outputSet/>",
    ),
    Case(
        "data-sources",
        "x",
        ONE,
        user(
            "",
            "<dataInputAssociation><sourceRef>a</sourceRef><sourceRef>b</sourceRef><targetRef>c</targetRef></dataInputAssociation>",
        ),
        user("", "<dataInputAssociation><sourceRef>a</sourceRef><targetRef>c</targetRef></dataInputAssociation>"),
    ),
    Case(
        "data-collection",
        "do",
        LINE + '<dataObject id="do" itemSubjectRef="it" {x}/>',
        "",
        'isCollection="true"',
        '<itemDefinition id="it" isCollection="true"/>',
    ),
    # events
    Case(
        "event-definition",
        "s",
        LINE.replace('id="s"/>', 'id="s">{x}</startEvent>'),
        "<errorEventDefinition/>",
        WAITS,
        MESSAGE,
    ),
    Case("event-definition", "x", ONE, caught("<errorEventDefinition/>"), caught(WAITS), MESSAGE),
    Case("event-definition", "x", ONE, caught(""), caught(WAITS), MESSAGE),
    Case("event-definition", "x", ONE, thrown(TIMER), thrown(""), MESSAGE),
    Case(
        "event-definition", "e", LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'), TIMER, "<terminateEventDefinition/>"
    ),
    Case(
        "event-definition",
        "t",
        LINE + BOUNDARY.replace(TIMER, "{x}") + "t → e2",
        '<linkEventDefinition name="l"/>',
        TIMER,
    ),
    Case(
        "event-definition",
        "t",
        LINE + BOUNDARY.replace(TIMER, "<errorEventDefinition/>").replace('"a">', '"a"{x}>') + "t → e2",
        ' cancelActivity="false"',
        "",
    ),
    Case(
        "event-definition",
        "qs",
        LINE + EVENT_SUB.format('<startEvent id="qs">{x}</startEvent><endEvent id="qe"/>qs → qe'),
        "",
        WAITS,
        MESSAGE,
    ),
    Case(
        "parallel-multiple",
        "x",
        ONE,
        caught(WAITS).replace(">", ' parallelMultiple="true">', 1),
        caught(WAITS),
        MESSAGE,
    ),
    Case("start-interrupting", "s", LINE.replace('id="s"', 'id="s"{x}'), ' isInterrupting="false"', ""),
    Case("start-event", "p", LINE + "{x}", '<startEvent id="s2"/>s2 → a', ""),
    Case("start-missing", "p", "A(a)" + END + "a → e{x}", "", START + "s → a"),
    Case("end-event", "p", START + "A(a)s → a{x}", "", END + "a → e"),
    Case("dead-end", "s", "A(b)" + LINE.replace("s → a", "{x}"), "", "s → a"),
    Case("unreachable", "b", LINE + "A(b)b → e{x}", "", "a → b"),
    Case("no-outgoing", "b", LINE + "A(b)a → b{x}", "", "b → e"),
    Case("boundary-host", "t", LINE + BOUNDARY.replace('"a"', '"{x}"') + "t → e2", "e", "a"),
    Case("boundary-outgoing", "t", LINE + BOUNDARY + "a → e2{x}", "", "t → e2"),
    Case("timer", "x", ONE, caught("<timerEventDefinition/>"), caught(TIMER)),
    Case("message", "x", ONE, caught("<messageEventDefinition/>"), caught(WAITS), MESSAGE),
    Case(
        "signal",
        "x",
        ONE,
        thrown("<signalEventDefinition/>"),
        thrown('<signalEventDefinition signalRef="sig"/>'),
        SIGNAL,
    ),
    Case(
        "error-uncaught",
        "i2",
        START
        + '<subProcess id="sub" name="sub"><startEvent id="i1"/><endEvent id="i2"><errorEventDefinition errorRef="er"/>'
        + "</endEvent>i1 → i2</subProcess>"
        + '<boundaryEvent id="t" attachedToRef="sub"><errorEventDefinition {x}/></boundaryEvent>'
        + END
        + "s → sub sub → e t → e",
        'errorRef="other"',
        'errorRef="er"',
        '<error id="er" errorCode="E"/><error id="other" errorCode="F"/>',
    ),
    Case(
        "event-parameter",
        "x",
        ONE,
        caught(f"{PARAMETER}{WAITS}"),
        thrown(f"{PARAMETER}{WAITS}"),
        MESSAGE,
    ),
    Case(
        "error-ref",
        "e",
        LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'),
        "<errorEventDefinition/>",
        '<errorEventDefinition errorRef="er"/>',
        '<error id="er" errorCode="E"/>',
    ),
    Case(
        "escalation-ref",
        "x",
        ONE,
        thrown("<escalationEventDefinition/>"),
        thrown('<escalationEventDefinition escalationRef="er"/>'),
        '<escalation id="er" escalationCode="E"/>',
    ),
    Case(
        "event-condition",
        "x",
        ONE,
        caught("<conditionalEventDefinition><condition/></conditionalEventDefinition>"),
        caught("<conditionalEventDefinition><condition>${y}</condition></conditionalEventDefinition>"),
    ),
    Case(
        "cancel-place",
        "e",
        LINE.replace('id="e"/>', 'id="e">{x}</endEvent>'),
        "<cancelEventDefinition/>",
        "<terminateEventDefinition/>",
    ),
    Case("cancel-place", "t", LINE + BOUNDARY.replace(TIMER, "{x}") + "t → e2", "<cancelEventDefinition/>", TIMER),
    Case("link-name", "x", ONE, thrown("<linkEventDefinition/>"), thrown('<linkEventDefinition name="l"/>')),
    Case(
        "link-target",
        "x",
        START
        + "A(a)"
        + END
        + thrown('<linkEventDefinition name="l"/>')
        + '<intermediateCatchEvent id="c1"><linkEventDefinition name="l"/></intermediateCatchEvent>'
        + "s → a a → x c1 → e{x}",
        '<intermediateCatchEvent id="c2"><linkEventDefinition name="l"/></intermediateCatchEvent>c2 → e',
        "",
    ),
    Case(
        "link-source",
        "x",
        LINE + caught('<linkEventDefinition name="l"/>') + "x → e{x}",
        "",
        '<intermediateThrowEvent id="th"><linkEventDefinition name="l"/></intermediateThrowEvent>a → th',
    ),
    Case("link-flow", "x", LINE + caught('<linkEventDefinition name="l"/>') + "x → e{x}", "a → x", ""),
    # gateways
    Case(
        "gateway-flows",
        "g",
        START + '<parallelGateway id="g"/>A(a)A(b)' + END + "s → g g → a a → e b → e{x}",
        "",
        "g → b",
    ),
    Case(
        "gateway-direction",
        "g",
        XOR.replace('default="g_b"', 'default="g_b" gatewayDirection="{x}"').replace(
            "s → g ", "s → g g → a if y g → b "
        ),
        "Converging",
        "Diverging",
    ),
    Case(
        "event-gateway-outgoing",
        "g",
        MIXED,
        "",
        f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        MESSAGE,
    ),
    Case(
        "event-gateway-target",
        "g",
        MIXED,
        "A(b)g → b b → e",
        f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        MESSAGE,
    ),
    Case(
        "event-gateway-mixed",
        "g",
        MIXED + f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        '<receiveTask id="r" name="r" messageRef="m"/>g → r r → e',
        "",
        MESSAGE,
    ),
    Case(
        "event-gateway-boundary",
        "g",
        MIXED + '<receiveTask id="r" name="r" messageRef="m"/>g → r r → e',
        BOUNDARY.replace('"a"', '"r"') + "t → e2",
        "",
        MESSAGE,
    ),
    Case(
        "event-gateway-incoming",
        "g",
        MIXED + f'<intermediateCatchEvent id="c1">{WAITS}</intermediateCatchEvent>g → c1 c1 → e',
        "A(b)b → c1",
        "",
        MESSAGE,
    ),
    Case("event-gateway-instantiate", "g", BRANCHES, ' instantiate="true"', "", MESSAGE),
    Case("event-gateway-parallel", "g", BRANCHES, ' eventGatewayType="Parallel"', "", MESSAGE),
    # variables
    Case(
        "branches-overwrite",
        "g",
        START
        + '<parallelGateway id="g"/><parallelGateway id="j"/>'
        + '<serviceTask id="a" name="a" camunda:expression="${1}" camunda:resultVariable="n"/>{x}'
        + END
        + "s → g g → a g → b a → j b → j j → e",
        '<serviceTask id="b" name="b" camunda:expression="${2}" camunda:resultVariable="n"/>',
        '<serviceTask id="b" name="b" camunda:expression="${2}" camunda:resultVariable="m"/>',
    ),
    # compensation
    Case("compensation-handler", "c", LINE + COMPENSATE + UNDO + "{x}", "", LINKED),
    Case("compensation-outgoing", "c", LINE + COMPENSATE + UNDO + LINKED + "{x}", "c → e", ""),
    Case("compensation-unused", "u", LINE + COMPENSATE + UNDO + "{x}", "", LINKED),
    Case(
        "compensation-activity",
        "x",
        ONE,
        thrown('<compensateEventDefinition activityRef="e"/>'),
        thrown("<compensateEventDefinition/>"),
    ),
    Case(
        "compensation-waits",
        "x",
        ONE,
        thrown('<compensateEventDefinition waitForCompletion="false"/>'),
        thrown("<compensateEventDefinition/>"),
    ),
    Case(
        "compensation-loop",
        "c",
        START
        + '<serviceTask id="a" name="a" camunda:expression="${1}">{x}</serviceTask>'
        + END
        + COMPENSATE
        + UNDO
        + "s → a a → e"
        + LINKED,
        '<standardLoopCharacteristics loopMaximum="2"/>',
        "",
    ),
    Case(
        "compensation-border",
        "u",
        LINE + COMPENSATE + UNDO + "{x}" + LINKED,
        BOUNDARY.replace('"a"', '"u"') + "t → e2",
        "",
    ),
    Case(
        "compensation-beside",
        "x",
        LINE + EVENT_SUB.format(f'<startEvent id="qs">{WAITS}</startEvent>{{x}}<endEvent id="qe"/>qs → x x → qe'),
        thrown("<compensateEventDefinition/>"),
        thrown(""),
        MESSAGE,
    ),
    Case(
        "compensation-inside",
        "x",
        START
        + '<subProcess id="h" name="h"><startEvent id="hs"/>A(a)<endEvent id="he"/>hs → a a → he'
        + COMPENSATE
        + UNDO
        + LINKED
        + "</subProcess>{x}"
        + END
        + "s → h h → x x → e",
        thrown("<compensateEventDefinition/>"),
        thrown(""),
    ),
    Case(
        "cancel-uncaught",
        "o",
        START
        + '<transaction id="h" name="h"><startEvent id="hs"/><endEvent id="o"><cancelEventDefinition/></endEvent>hs → o'
        + "</transaction>{x}"
        + END
        + "s → h h → e",
        "",
        '<boundaryEvent id="k" attachedToRef="h"><cancelEventDefinition/></boundaryEvent>k → e',
    ),
]
