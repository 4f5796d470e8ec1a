"""What an element must and must not carry: attributes, extensions, timers, loops."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, CAMUNDA, FLOW_NODES, SUB_PROCESSES, Diagram, Element, attributes, localname
from engine.errors import Finding
from engine.gate import coverage

# what may stand in a process beside flow nodes and has no effect on execution
PASSIVE = frozenset(
    {
        "laneSet",
        "documentation",
        "extensionElements",
        "textAnnotation",
        "association",
        "group",
        "sequenceFlow",
        "incoming",
        "outgoing",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
    }
)
CAMUNDA_ATTRIBUTES: dict[str, frozenset[str]] = {
    "userTask": frozenset({"formKey", "candidateGroups", "assignee", "dueDate", "followUpDate", "formRef"}),
    "serviceTask": frozenset({"expression", "resultVariable"}),
    "businessRuleTask": frozenset({"decisionRef", "resultVariable", "mapDecisionResult", "decisionRefBinding"}),
    "callActivity": frozenset({"calledElementBinding"}),
}
HARMLESS_ATTRIBUTES = frozenset({"asyncBefore", "asyncAfter", "exclusive", "jobPriority"})
EXTENSIONS = frozenset({"inputOutput", "in", "out", "properties"})


def duplicates(root: etree._Element, path: str) -> list[Finding]:
    """Ids used twice in one file."""
    counted = Counter(node.get("id") for node in root.iter() if isinstance(node.tag, str) and node.get("id"))
    return [
        Finding("duplicate-id", str(name), "error", "标识重复，请在建模器中改成唯一的标识", path)
        for name, count in counted.items()
        if count > 1
    ]


def check(diagram: Diagram, path: str) -> list[Finding]:
    """Attributes, extensions and parts of elements that the engine would not execute as written."""
    findings = [
        Finding("unsupported", node.get("id") or "", "error", _unsupported(node), path)
        for node in _foreign_nodes(diagram.node)
    ]
    for element in diagram.elements.values():
        findings += [Finding(rule, element.id, "error", text, path) for rule, text in _element(element)]
    return findings


def _foreign_nodes(scope: etree._Element) -> list[etree._Element]:
    found = []
    for child in scope:
        if not isinstance(child.tag, str) or not child.tag.startswith(BPMN):
            continue
        name = localname(child)
        if name in SUB_PROCESSES:
            found += _foreign_nodes(child)
        elif name not in FLOW_NODES and name not in PASSIVE:
            found.append(child)
    return found


def _unsupported(node: etree._Element) -> str:
    known = coverage.table().get(localname(node))
    if known is None:
        return f"暂不支持 {localname(node)}（{node.get('name') or node.get('id')}），请改用支持的元素"
    return f"暂不支持{known.name}，{known.fix}"


def _element(element: Element) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not element.name and element.type in ACTIVITIES:
        found.append(("name", "缺少名称，请填写中文名称"))
    found += _timer(element)
    found += _attributes(element)
    found += _loop(element)
    found += _requirements(element)
    return found


def _timer(element: Element) -> list[tuple[str, str]]:
    timer = element.node.find(f"{BPMN}timerEventDefinition")
    if timer is None or len([child for child in timer if localname(child) in coverage.TIMERS]) == 1:
        return []
    return [("timer", "定时器须填写日期（timeDate）或时长（timeDuration）之一")]


def _attributes(element: Element) -> list[tuple[str, str]]:
    allowed = CAMUNDA_ATTRIBUTES.get(element.type, frozenset()) | HARMLESS_ATTRIBUTES
    found = [
        ("attribute", f"属性 camunda:{name} 不会被执行，请删除") for name in element.camunda if name not in allowed
    ]
    extensions = element.node.find(f"{BPMN}extensionElements")
    for child in extensions if extensions is not None else ():
        if isinstance(child.tag, str) and str(child.tag).startswith(CAMUNDA):
            name = localname(child)
            if name not in EXTENSIONS:
                found.append(("extension", f"扩展 camunda:{name} 不会被执行，请删除"))
    return found


def _loop(element: Element) -> list[tuple[str, str]]:
    loop = element.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is None:
        return []
    found = []
    if not loop.get(f"{CAMUNDA}collection") and loop.find(f"{BPMN}loopDataInputRef") is None:
        found.append(("loop", "多实例须填写集合（camunda:collection）"))
    unknown = [k for k, _ in attributes(loop) if k.removeprefix(CAMUNDA) not in _LOOP_ATTRIBUTES]
    found += [("loop", f"多实例属性 {k} 不会被执行") for k in unknown]
    if element.type == "userTask" and loop.find(f"{BPMN}loopDataOutputRef") is None:
        found.append(("loop", "多实例用户任务须填写结果集合（loopDataOutputRef），否则各办理人的数据会互相覆盖"))
    return found


_LOOP_ATTRIBUTES = frozenset({"isSequential", "collection", "elementVariable", "asyncBefore", "asyncAfter", "id"})


def _requirements(element: Element) -> list[tuple[str, str]]:
    if element.type == "userTask" and not (element.camunda.get("candidateGroups") or element.camunda.get("assignee")):
        return [("candidate", "用户任务须填写候选组或办理人，否则无人能办理")]
    if element.type == "serviceTask" and not element.camunda.get("expression"):
        return [("expression", "服务任务须填写表达式（camunda:expression）")]
    if element.type == "callActivity" and not element.ins:
        return [("mapping", "调用活动须填写输入映射（camunda:in），否则被调用流程得不到数据")]
    return []
