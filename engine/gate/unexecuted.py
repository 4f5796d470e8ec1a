"""Attributes and extensions that nobody would execute: refused rather than silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, CAMUNDA, EVENTS, GATEWAYS, attributes, localname
from engine.gate.catalogue import Fault, label
from engine.gate.view import View

_ACTIVITY = frozenset({"default", "isForCompensation", "startQuantity", "completionQuantity"})
BPMN_ATTRIBUTES: dict[str, frozenset[str]] = {
    **dict.fromkeys(ACTIVITIES, _ACTIVITY),
    **dict.fromkeys(GATEWAYS, frozenset({"gatewayDirection", "default"})),
    "callActivity": _ACTIVITY | {"calledElement"},
    "subProcess": _ACTIVITY | {"triggeredByEvent"},
    "transaction": _ACTIVITY | {"triggeredByEvent", "method"},
    "adHocSubProcess": _ACTIVITY | {"triggeredByEvent", "ordering", "cancelRemainingInstances"},
    "sendTask": _ACTIVITY | {"messageRef"},
    "receiveTask": _ACTIVITY | {"messageRef", "instantiate"},
    "scriptTask": _ACTIVITY | {"scriptFormat"},
    "eventBasedGateway": frozenset({"gatewayDirection", "instantiate", "eventGatewayType"}),
    "startEvent": frozenset({"isInterrupting", "parallelMultiple"}),
    "boundaryEvent": frozenset({"attachedToRef", "cancelActivity", "parallelMultiple"}),
    "intermediateCatchEvent": frozenset({"parallelMultiple"}),
    "intermediateThrowEvent": frozenset(),
    "endEvent": frozenset(),
    "sequenceFlow": frozenset({"sourceRef", "targetRef", "isImmediate"}),
    "process": frozenset({"isExecutable", "processType", "isClosed"}),
    "messageEventDefinition": frozenset({"messageRef"}),
    "signalEventDefinition": frozenset({"signalRef"}),
    "errorEventDefinition": frozenset({"errorRef"}),
    "escalationEventDefinition": frozenset({"escalationRef"}),
    "compensateEventDefinition": frozenset({"activityRef", "waitForCompletion"}),
    "linkEventDefinition": frozenset({"name"}),
    **dict.fromkeys(
        (
            "timerEventDefinition",
            "conditionalEventDefinition",
            "terminateEventDefinition",
            "cancelEventDefinition",
        ),
        frozenset(),
    ),
}
EXPRESSIONS = (  # the language is always ours
    *("conditionExpression", "condition", "timeDate", "timeDuration", "timeCycle", "loopCondition"),
    *("loopCardinality", "completionCondition", "activationCondition"),
)
BPMN_ATTRIBUTES.update(dict.fromkeys(EXPRESSIONS, frozenset()))
CAMUNDA_ATTRIBUTES: dict[str, frozenset[str]] = {
    "userTask": frozenset({"formKey", "candidateGroups", "assignee", "dueDate", "followUpDate", "formRef"}),
    "serviceTask": frozenset({"expression", "resultVariable"}),
    "businessRuleTask": frozenset({"decisionRef", "resultVariable", "mapDecisionResult", "decisionRefBinding"}),
    "callActivity": frozenset({"calledElementBinding"}),
    "errorEventDefinition": frozenset({"errorCodeVariable", "errorMessageVariable"}),
    "escalationEventDefinition": frozenset({"escalationCodeVariable"}),
    "process": frozenset({"historyTimeToLive", "versionTag", "isStartableInTasklist"}),
}
HARMLESS_ATTRIBUTES = frozenset({"asyncBefore", "asyncAfter", "exclusive", "jobPriority"})
EXTENSIONS: dict[str, frozenset[str]] = {  # besides camunda:properties, which only describe
    **dict.fromkeys(ACTIVITIES | {"intermediateThrowEvent", "endEvent"}, frozenset({"inputOutput"})),
    "callActivity": frozenset({"inputOutput", "in", "out"}),
}
HARMLESS_NAMESPACES = (  # how a modeler paints, never how an engine runs
    "http://camunda.org/schema/modeler/1.0",
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "http://www.w3.org/2001/XMLSchema-instance",
)


def check(view: View) -> Iterator[Fault]:
    """One fault per attribute or extension of the process, its nodes and flows that is not executed."""
    for node in (view.diagram.node, *view.diagram.node.iter(f"{BPMN}*")):
        kind = localname(node)
        if kind in BPMN_ATTRIBUTES:
            owner = _owner(node)
            yield from _attributes(node, kind, owner)
            yield from _extensions(node, kind, owner)


def _owner(node: etree._Element) -> etree._Element:
    """What a finding names: the event for its definition, the flow or node for its expression."""
    owners = EVENTS | ACTIVITIES | {"sequenceFlow", "complexGateway"}
    around = (each for each in node.iterancestors() if localname(each) in owners)
    inside = localname(node) in EXPRESSIONS or localname(node).endswith("EventDefinition")
    return next(around, node) if inside else node


def _attributes(node: etree._Element, kind: str, owner: etree._Element) -> Iterator[Fault]:
    camunda = CAMUNDA_ATTRIBUTES.get(kind, frozenset()) | HARMLESS_ATTRIBUTES
    for key, _ in attributes(node):
        if key.startswith(CAMUNDA):
            known, shown = key.removeprefix(CAMUNDA) in camunda, f"camunda:{key.removeprefix(CAMUNDA)}"
        elif key.startswith("{"):
            known, shown = key[1:].split("}")[0] in HARMLESS_NAMESPACES, key
        else:
            known, shown = key in BPMN_ATTRIBUTES[kind] or key in ("id", "name"), key
        if not known:
            yield _fault("attribute", owner, shown)


def _extensions(node: etree._Element, kind: str, owner: etree._Element) -> Iterator[Fault]:
    for child in node.iterfind(f"{BPMN}extensionElements/*"):
        name = localname(child)
        if not str(child.tag).startswith(CAMUNDA):
            if etree.QName(child).namespace not in HARMLESS_NAMESPACES:
                yield _fault("extension", owner, name)
        elif name != "properties" and name not in EXTENSIONS.get(kind, ()):
            yield _fault("extension", owner, f"camunda:{name}")
        elif name == "inputOutput":
            for parameter in child.iterchildren("{*}*"):
                if localname(parameter) not in ("inputParameter", "outputParameter") or len(parameter):
                    shown = parameter.get("name") or localname(parameter)
                    yield _fault("extension", owner, f"camunda:inputOutput（{shown} 只能写表达式）")
        elif name in ("in", "out") and not _maps(child):
            yield _fault("extension", owner, f"camunda:{name}（须写明来源和目标）")


def _maps(node: etree._Element) -> bool:
    """All variables, or one from a source to a target; a business key is the instance's own anyway."""
    if node.get("businessKey") is not None or node.get("variables") == "all":
        return True
    return bool(node.get("target") and (node.get("source") or node.get("sourceExpression")))


def _fault(rule: str, owner: etree._Element, what: str) -> Fault:
    identity = owner.get("id") or ""
    return Fault(rule, identity, label(owner.get("name"), identity), what)
