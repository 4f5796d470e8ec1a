"""The file as a whole: identifiers, references, root elements, diagram interchange (§8, §12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

from engine.diagram import ACTIVITIES, BPMN, FLOW_NODES, Diagram, attributes, localname, text_of
from engine.gate.catalogue import Fault
from engine.gate.view import node_fault

MOST_ID, MOST_NAME = 100, 200  # as wide as the columns that keep them
NAMES: Mapping[str, int] = {"message": 100, "signal": 100, "lane": 200}
RESERVED = frozenset({"Start", "End", "Root"})  # nodes the engine adds to every process
SUFFIXES = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", "_implicit_end")
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ROOTS = frozenset(
    {
        *("process", "collaboration", "message", "signal", "error", "escalation", "itemDefinition", "dataStore"),
        *("category", "documentation", "extensionElements", "interface", "resource", "endPoint", "correlationProperty"),
        *("relationship",),
    }
)
REFERENCES: dict[tuple[str, str], frozenset[str]] = {  # (element, attribute or child) → what it may name
    ("messageEventDefinition", "messageRef"): frozenset({"message"}),
    ("signalEventDefinition", "signalRef"): frozenset({"signal"}),
    ("errorEventDefinition", "errorRef"): frozenset({"error"}),
    ("escalationEventDefinition", "escalationRef"): frozenset({"escalation"}),
    ("sendTask", "messageRef"): frozenset({"message"}),
    ("receiveTask", "messageRef"): frozenset({"message"}),
    ("message", "itemRef"): frozenset({"itemDefinition"}),
    ("signal", "structureRef"): frozenset({"itemDefinition"}),
    ("error", "structureRef"): frozenset({"itemDefinition"}),
    ("escalation", "structureRef"): frozenset({"itemDefinition"}),
    ("dataObject", "itemSubjectRef"): frozenset({"itemDefinition"}),
    ("dataInput", "itemSubjectRef"): frozenset({"itemDefinition"}),
    ("dataOutput", "itemSubjectRef"): frozenset({"itemDefinition"}),
    ("property", "itemSubjectRef"): frozenset({"itemDefinition"}),
    ("dataObjectReference", "dataObjectRef"): frozenset({"dataObject"}),
    ("dataStoreReference", "dataStoreRef"): frozenset({"dataStore"}),
    ("inputSet", "dataInputRefs"): frozenset({"dataInput"}),
    ("outputSet", "dataOutputRefs"): frozenset({"dataOutput"}),
    ("participant", "processRef"): frozenset({"process"}),
    ("lane", "flowNodeRef"): FLOW_NODES,
    ("group", "categoryValueRef"): frozenset({"categoryValue"}),
    ("correlationKey", "correlationPropertyRef"): frozenset({"correlationProperty"}),
    ("correlationSubscription", "correlationKeyRef"): frozenset({"correlationKey"}),
    ("correlationPropertyRetrievalExpression", "messageRef"): frozenset({"message"}),
    ("association", "sourceRef"): frozenset(),  # anything that exists
    ("association", "targetRef"): frozenset(),
    ("messageFlow", "sourceRef"): frozenset(),
    ("messageFlow", "targetRef"): frozenset(),
    ("messageFlow", "messageRef"): frozenset({"message"}),
}
IDENTIFIED = FLOW_NODES | {"sequenceFlow", "process"}


def check(root: etree._Element) -> Iterator[Fault]:
    """Every fault that is not one process's own."""
    nodes = list(root.iter(f"{BPMN}*"))
    yield from _identifiers(root, nodes)
    known = {node.get("id"): node for node in nodes if node.get("id")}
    for node in nodes:
        yield from _references(node, known)
    for node in root.iterchildren(f"{BPMN}*"):
        if localname(node) not in ROOTS:
            yield Fault("root-element", node.get("id") or "", node.get("id") or localname(node), localname(node))
    yield from _messages(root)
    for key in root.iter(f"{BPMN}correlationKey"):
        if key.find(f"{BPMN}correlationPropertyRef") is None:
            yield node_fault("correlation-key", key)
    for shape in (*root.iter(f"{DI}BPMNShape"), *root.iter(f"{DI}BPMNEdge"), *root.iter(f"{DI}BPMNPlane")):
        drawn = shape.get("bpmnElement")
        if drawn and drawn not in known:
            yield node_fault("diagram-element", shape, drawn)


def _identifiers(root: etree._Element, nodes: list[etree._Element]) -> Iterator[Fault]:
    counted = Counter(str(node.get("id")) for node in root.iter("{*}*") if node.get("id"))
    for name, count in counted.items():
        if count > 1:
            yield Fault("duplicate-id", name, name)
        if len(name) > MOST_ID:
            yield Fault("id-long", name, name[:40])
    for node in nodes:
        name, kind = node.get("id") or "", localname(node)
        if kind in IDENTIFIED:
            if not name:
                yield Fault("id-missing", "", f"「{node.get('name') or '（无名）'}」", kind)
            if name in RESERVED or name.endswith(SUFFIXES):
                yield Fault("id-reserved", name, name)
        most = NAMES.get(kind, MOST_NAME if kind in ACTIVITIES or kind == "process" else 0)
        if most and len(node.get("name") or "") > most:
            yield Fault("name-long", name, (node.get("name") or "")[:40], str(most))


def _references(node: etree._Element, known: Mapping[str | None, etree._Element]) -> Iterator[Fault]:
    kind = localname(node)
    named = [(key, value) for key, value in attributes(node) if (kind, key) in REFERENCES]
    named += [
        (localname(child), text_of(child))
        for child in node.iterchildren(f"{BPMN}*")
        if (kind, localname(child)) in REFERENCES
    ]
    for key, value in named:
        identity = node.get("id") or _around(node)
        which = f"「{node.get('name') or identity or kind}」"
        target, wanted = known.get(value), REFERENCES[kind, key]
        if target is None:
            yield Fault("reference", identity, which, value or "（空）", attribute=key)
        elif wanted and localname(target) not in wanted:
            shown = "、".join(sorted(wanted)) if len(wanted) < 4 else "流程元素"
            yield Fault("reference-type", identity, which, value, attribute=key, wanted=shown)


def _around(node: etree._Element) -> str:
    parent = node.getparent()
    return (parent.get("id") or "") if parent is not None else ""


def _messages(root: etree._Element) -> Iterator[Fault]:
    """The engine finds a message by its name."""
    messages = list(root.iter(f"{BPMN}message"))
    counted = Counter(message.get("name") for message in messages)
    for message in messages:
        if not message.get("name") or counted[message.get("name")] > 1:
            yield Fault(
                "message-name", message.get("id") or "", f"「{message.get('name') or message.get('id') or ''}」"
            )


def across(diagrams: Mapping[str, tuple[str, Diagram]], started_by: Mapping[str, str]) -> Iterator[tuple[str, Fault]]:
    """(file, fault): sub-processes and processes are found by their id over all files of a deployment.

    `started_by`: the message that starts a process deployed before, by process key.
    """
    owner = {key: path for key, (path, _) in diagrams.items()}
    for key, (path, diagram) in diagrams.items():
        for element in diagram.elements.values():
            if element.type not in ("subProcess", "transaction", "adHocSubProcess"):
                continue
            other = owner.setdefault(element.id, f"{path}#{key}")
            if other != f"{path}#{key}":
                yield path, Fault("id-across", element.id, f"「{element.name or element.id}」", other.split("#")[0])
    yield from _started_alike(diagrams, started_by)


def _started_alike(
    diagrams: Mapping[str, tuple[str, Diagram]], started_by: Mapping[str, str]
) -> Iterator[tuple[str, Fault]]:
    """A message that comes has one taker: among the processes that could start with it too."""
    first = {message: key for key, message in started_by.items() if key not in diagrams}
    for key, (path, diagram) in diagrams.items():
        for start in diagram.node.iterchildren(f"{BPMN}startEvent"):
            name = _start_message(start)
            if name and first.setdefault(name, key) != key:
                start_id = start.get("id") or ""
                which = f"「{start.get('name') or start_id}」"
                yield path, Fault("start-message-same", start_id, which, first[name], wanted=name)


def _start_message(start: etree._Element) -> str:
    reference = start.find(f"{BPMN}messageEventDefinition")
    messages = start.getroottree().getroot().iterchildren(f"{BPMN}message")
    wanted = reference.get("messageRef") if reference is not None else None
    return next((m.get("name") or "" for m in messages if wanted and m.get("id") == wanted), "")
