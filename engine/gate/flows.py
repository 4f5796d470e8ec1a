"""Sequence flows: where they may go, and what each node needs of them."""

from __future__ import annotations

from collections import Counter

from engine.diagram import ACTIVITIES, Diagram, Element, Flow
from engine.errors import Finding

CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})


def check(diagram: Diagram, path: str) -> list[Finding]:
    """Dangling or crossing flows, missing starts and ends, unguarded gateways."""
    findings = [
        Finding("sequence-flow", flow.id, "error", text, path)
        for flow in diagram.flows.values()
        for text in _flow(flow, diagram)
    ]
    pairs = Counter((flow.source, flow.target) for flow in diagram.flows.values())
    findings += [
        Finding("sequence-flow", source, "error", f"到 {target} 有多条连线，请只保留一条", path)
        for (source, target), count in pairs.items()
        if count > 1
    ]
    for element in diagram.elements.values():
        incoming = [f for f in diagram.flows.values() if f.target == element.id]
        outgoing = [f for f in diagram.flows.values() if f.source == element.id]
        findings += [
            Finding(rule, element.id, "error", text, path)
            for rule, text in _node(element, incoming, outgoing)
            if rule != "unreachable"
            or any(e.type == "startEvent" and e.scope == element.scope for e in diagram.elements.values())
        ]
    for scope in {diagram.key} | {e.id for e in diagram.elements.values() if e.type == "subProcess"}:
        starts = [e for e in diagram.elements.values() if e.type == "startEvent" and e.scope == scope]
        ends = [e for e in diagram.elements.values() if e.type == "endEvent" and e.scope == scope]
        if len(starts) > 1 or (ends and not starts):
            text = f"须有且只有一个开始事件（现有 {len(starts)} 个）"
            findings.append(Finding("start-event", scope, "error", text, path))
        if starts and not ends:
            findings.append(Finding("end-event", scope, "error", "缺少结束事件", path))
    return findings


def _flow(flow: Flow, diagram: Diagram) -> list[str]:
    source, target = diagram.elements.get(flow.source), diagram.elements.get(flow.target)
    if source is None or target is None:
        missing = flow.source if source is None else flow.target
        return [f"连线指向不存在的元素 {missing or '（空）'}，请重新连接"]
    found = []
    if source.scope != target.scope:
        found.append("连线不能跨越子流程边界，请连接到子流程本身")
    if target.type in ("startEvent", "boundaryEvent"):
        found.append(f"连线不能进入{'开始' if target.type == 'startEvent' else '边界'}事件")
    if source.type == "endEvent":
        found.append("结束事件不能再引出连线")
    if flow.condition is not None and source.type not in CONDITIONAL | ACTIVITIES:
        found.append("只有活动、排他网关和包容网关的连线可以带条件，请在前面加网关")
    if flow.condition == "":
        found.append("条件为空，请填写表达式或删除条件")
    return found


def _node(element: Element, incoming: list[Flow], outgoing: list[Flow]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not incoming and element.type not in ("startEvent", "boundaryEvent"):
        found.append(("unreachable", "没有连线进入，永远不会执行"))
    if not outgoing and element.type == "startEvent":
        found.append(("dead-end", "没有连线引出"))
    if element.type in ACTIVITIES and outgoing and all(flow.condition is not None for flow in outgoing):
        found.append(("default-flow", "引出条件连线的活动须有默认连线或无条件连线，否则条件都不满足时流程会中断"))
    if element.type in CONDITIONAL and len(outgoing) > 1:
        default = element.node.get("default")
        if default not in {flow.id for flow in outgoing}:
            found.append(("default-flow", "网关须指定默认连线，否则条件都不满足时流程会中断"))
        for flow in outgoing:
            if flow.condition is None and flow.id != default:
                found.append(("condition", f"连线「{flow.name or flow.id}」缺少条件"))
            if flow.condition is not None and flow.id == default:
                found.append(("condition", f"默认连线「{flow.name or flow.id}」不能带条件"))
    return found
