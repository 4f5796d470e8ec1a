"""What a diagram names must be in the same deployment: called processes, decisions, forms, messages."""

from __future__ import annotations

from engine.diagram import BPMN, Diagram, Element
from engine.errors import Finding


def check(
    diagram: Diagram, path: str, process_keys: set[str], decision_ids: set[str], form_paths: set[str]
) -> list[Finding]:
    """One finding per reference that leads nowhere."""
    root = diagram.node.getroottree().getroot()
    messages = {m.get("id") for m in root.iter(f"{BPMN}message") if m.get("name")}
    found: list[Finding] = []
    for element in diagram.elements.values():
        for rule, text in (
            *_called(element, process_keys),
            *_decision(element, decision_ids),
            *_form(element, diagram, form_paths),
            *_host(element, diagram),
            *_message(element, messages),
        ):
            found.append(Finding(rule, element.id, "error", text, path))
    return found


def _called(element: Element, process_keys: set[str]) -> list[tuple[str, str]]:
    if element.type != "callActivity" or element.called in process_keys:
        return []
    return [("called-element", f"被调用的流程 {element.called or '（空）'} 不在本次部署中")]


def _decision(element: Element, decision_ids: set[str]) -> list[tuple[str, str]]:
    if element.type != "businessRuleTask":
        return []
    reference = element.camunda.get("decisionRef")
    return [] if reference in decision_ids else [("decision", f"决策表 {reference or '（空）'} 不在本次部署中")]


def _form(element: Element, diagram: Diagram, form_paths: set[str]) -> list[tuple[str, str]]:
    key = element.camunda.get("formKey")
    if element.type != "userTask" or key is None:
        return []
    path = f"forms/{diagram.key}/{key}.json"
    return [] if path in form_paths else [("form", f"表单 {path} 不在本次部署中")]


def _host(element: Element, diagram: Diagram) -> list[tuple[str, str]]:
    if element.type != "boundaryEvent":
        return []
    host = diagram.elements.get(element.attached_to or "")
    if host is None or host.scope != element.scope:
        return [("boundary-host", "边界事件没有附着在本层的活动上")]
    return []


def _message(element: Element, messages: set[str | None]) -> list[tuple[str, str]]:
    definition = element.node.find(f"{BPMN}messageEventDefinition")
    if definition is None or definition.get("messageRef") in messages:
        return []
    return [("message", "消息事件没有引用已命名的消息")]
