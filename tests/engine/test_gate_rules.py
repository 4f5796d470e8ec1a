"""Every rule of the gate is broken by one diagram and kept by nearly the same one."""

from __future__ import annotations

import re

import pytest

from engine import hardened_xml
from engine.errors import Finding
from engine.gate import catalogue, check
from engine.gate.coverage import REFUSED, table
from tests.engine.diagrams import HEAD, document, end, flows, start
from tests.engine.gate_cases import CASES
from tests.engine.gate_cases.case import Case, xml
from tests.engine.gate_cases.drawing import LINE, START

NAMES = frozenset({"now", "candidate"})
DOING = "删除|改|填写|补|保留|连|画|用|加|移|放|指定|引用|列入|统一|配对|缩短|拆|撤回|导出|另存|写在|附着|走到"
FIX = re.compile(f"请[^，。；：]{{0,20}}?(?:{DOING})")
FAULT = re.compile("[\u4e00-\u9fff]")
PATH, Q = "processes/p/p.bpmn", "processes/q/q.bpmn"
DI = (
    '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" id="di"><bpmndi:BPMNPlane id="pl" '
    'bpmnElement="p"><bpmndi:BPMNShape id="sh" bpmnElement="{}"/></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
)
GOOD = document("p", xml(LINE))
FORM = (
    b'{"title": "t", "type": "object", "additionalProperties": false, '
    b'"properties": {"f": {"type": "string", "title": "f", "x-options": "%s"}}}'
)


def found(folder: dict[str, bytes]) -> list[Finding]:
    caused = {"record": {0: {"known", "other"}}}
    return check(folder, NAMES, groups={"g"}, catalogues={"streets"}, caused=caused)


def places(folder: dict[str, bytes]) -> set[tuple[str, str]]:
    """(rule, element) of every finding."""
    return {(finding.rule, finding.element) for finding in found(folder)}


def two(body: str, process: str = "") -> bytes:
    """Two processes in one file; the second one is called q."""
    line = xml(LINE.replace('"s"', '"s2"').replace('"e"', '"e2"').replace("A(a)", "A(b)"))
    line = (
        line.replace('"s_a"', '"f1"')
        .replace('"a_e"', '"f2"')
        .replace('Ref="s"', 'Ref="s2"')
        .replace('Ref="e"', 'Ref="e2"')
    )
    line = line.replace('Ref="a"', 'Ref="b"')
    return document("p", xml(body), outside=f'<bpmn:process id="q" isExecutable="true"{process}>{line}</bpmn:process>')


def chain(length: int) -> bytes:
    """One step after another."""
    steps = [f"t{number}" for number in range(length)]
    tasks = "".join(f'<bpmn:task id="{step}" name="{step}"/>' for step in steps)
    return document("p", start(), tasks, end(), flows("start", *steps, "end"))


def begun(key: str, message: str) -> dict[str, bytes]:
    """A process that starts with a message."""
    begin = f'<startEvent id="s"><messageEventDefinition messageRef="{message}"/></startEvent>'
    outside = xml(f'<message id="{message}" name="{message}"/>')
    return {f"processes/{key}/{key}.bpmn": document(key, xml(LINE.replace(START, begin)), outside=outside)}


def with_diagram(element: str) -> bytes:
    return GOOD.replace(b"</bpmn:definitions>", DI.format(element).encode() + b"</bpmn:definitions>")


FILES: list[tuple[str, str, dict[str, bytes], dict[str, bytes]]] = [  # rule, element, wrong, right
    ("xml-namespace", "", {PATH: b"<a/>"}, {PATH: GOOD}),
    ("xml-namespace", "", {PATH: GOOD.replace(b"BPMN/20100524/MODEL", b"BPMN/1.2/MODEL")}, {PATH: GOOD}),
    ("no-process", "", {PATH: (HEAD.format(key="p") + "</bpmn:definitions>").encode()}, {PATH: GOOD}),
    ("duplicate-key", "p", {PATH: GOOD, Q: GOOD}, {PATH: GOOD}),
    ("start-message-same", "s", begun("p", "m") | begun("q", "m"), begun("p", "m") | begun("q", "n")),
    ("flow-pool", "a_b", {PATH: two(LINE + " a → b")}, {PATH: two(LINE)}),
    (
        "lane-process",
        "l1",
        {PATH: two(LINE.join(('<laneSet id="ls"><lane id="l1"><flowNodeRef>b</flowNodeRef></lane></laneSet>', "")))},
        {PATH: two(LINE.join(('<laneSet id="ls"><lane id="l1"><flowNodeRef>a</flowNodeRef></lane></laneSet>', "")))},
    ),
    ("process-large", "p", {PATH: chain(1001)}, {PATH: chain(20)}),
    ("process-deep", "p", {PATH: chain(800)}, {PATH: chain(20)}),
    ("public-executable", "q", {PATH: two(LINE, ' processType="Public"')}, {PATH: two(LINE, ' processType="Private"')}),
    ("executable", "p", {PATH: GOOD.replace(b'isExecutable="true"', b"")}, {PATH: GOOD}),
    ("diagram-element", "sh", {PATH: with_diagram("no")}, {PATH: with_diagram("a")}),
    ("form-options", "", {"forms/p/a.json": FORM % b"no"}, {"forms/p/a.json": FORM % b"streets"}),
]


def _identity(case: Case) -> str:
    return f"{case.rule}-{CASES.index(case)}"


def named(rule: str, element: str, folder: dict[str, bytes]) -> None:
    """The finding is there; it tells which element, what is wrong and what to do."""
    finding = next(each for each in found(folder) if (each.rule, each.element) == (rule, element))
    text = b"".join(folder.values()).decode()
    names = re.findall(rf'<[^<>]*\bid="{re.escape(element)}[^<>]*>', text) if element else []
    told = {element[:40], *(name[:40] for tag in names for name in re.findall(r'\bname="([^"]+)"', tag))}
    assert any(name in finding.message for name in told) if element else finding.file, finding.message
    assert FIX.search(finding.message), finding.message
    fault = re.sub("「[^」]*」", "", finding.message)
    assert len(FAULT.findall(re.sub("请[^，。；：]*", "", fault))) >= 3, finding.message


@pytest.mark.parametrize("case", CASES, ids=_identity)
def test_what_breaks_a_rule_is_named_with_what_to_do(case: Case) -> None:
    named(case.rule, case.element, case.files(right=False))


@pytest.mark.parametrize("case", CASES, ids=_identity)
def test_what_keeps_a_rule_is_not(case: Case) -> None:
    assert (case.rule, case.element) not in places(case.files(right=True))


@pytest.mark.parametrize(("rule", "element", "wrong", "right"), FILES, ids=[each[0] for each in FILES])
def test_a_file_that_breaks_a_rule_is_named_with_what_to_do(
    rule: str, element: str, wrong: dict[str, bytes], right: dict[str, bytes]
) -> None:
    named(rule, element, wrong)
    assert (rule, element) not in places(right)


def test_every_rule_has_a_diagram_that_breaks_it() -> None:
    """The rules of soundness and of variables have theirs in test_soundness.py and test_gate_variables.py."""
    shown = {case.rule for case in CASES} | {each[0] for each in FILES}
    shown |= {rule for rule in catalogue.rules() if rule.startswith(("soundness-", "variable-"))}
    assert set(catalogue.rules()) - shown - {"unsupported", "engine", "too-many"} == set()
    assert shown <= set(catalogue.rules())


def test_every_rule_tells_what_to_do() -> None:
    """In its message, or in the words that fill it."""
    from_elsewhere = {"loop", "unsupported"}
    for rule in catalogue.rules().values():
        assert FIX.search(rule.message) or (rule.rule in from_elsewhere and rule.message.endswith("{what}")), rule
    assert all(FIX.search(message) for message in hardened_xml.MESSAGES.values())
    for feature in table().values():
        assert FIX.search(feature.fix) or feature.verdict != REFUSED, feature
