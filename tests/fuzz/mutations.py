"""Changes to XML and JSON that keep it readable, so that they reach the rules behind the parser."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from lxml import etree

from engine.diagram import BPMN, FLOW_NODES, localname

T = TypeVar("T")
VALUES = (
    *("", " ", "true", "false", "0", "-1", "99999999999999999999", "1e400", "NaN", "x" * 5000, "名", "\u202e", "a:b"),
    *("Start", "End", "Root", "now", "None", "__class__", "${", "}", "${}", "${a}", "${now()}", "${1/0}", "${9**9**9}"),
    *("${__import__('os').system('id')}", "${().__class__.__base__}", "${[x for x in y]}", "#{a}", "a,b", "${a},${b}"),
    *("PT1H", "P99999999Y", "R/PT0S", "R3/PT1H", "2026-13-45", "../../etc/passwd", "' OR 1=1", "<&>", "]]>"),
)
TAGS = (
    *sorted(FLOW_NODES),
    *("sequenceFlow", "process", "laneSet", "lane", "association", "dataObject", "ioSpecification", "property"),
    *("messageEventDefinition", "timerEventDefinition", "errorEventDefinition", "signalEventDefinition"),
    *("linkEventDefinition", "compensateEventDefinition", "terminateEventDefinition", "cancelEventDefinition"),
    *("multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "conditionExpression", "incoming", "foo"),
)
ATTRIBUTES = (
    *("id", "name", "default", "sourceRef", "targetRef", "attachedToRef", "cancelActivity", "isInterrupting"),
    *("triggeredByEvent", "isForCompensation", "isExecutable", "isSequential", "instantiate", "calledElement"),
    *("messageRef", "errorRef", "gatewayDirection", "parallelMultiple", "startQuantity", "hitPolicy", "typeRef", "foo"),
)


class Choices(Protocol):
    """Where decisions come from: hypothesis, atheris or a seeded generator."""

    def pick(self, size: int) -> int:
        """A number from 0 to size - 1."""


class RandomChoices:
    """Decisions of a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, size: int) -> int:
        """A number from 0 to size - 1."""
        return self._random.randrange(size)


def one(choices: Choices, of: Sequence[T]) -> T:
    """One of several."""
    return of[choices.pick(len(of))]


def mutate(path: str, content: bytes, choices: Choices) -> bytes:
    """The file with one to four changes."""
    times = 1 + choices.pick(4)
    if choices.pick(16) == 0:
        return _bytes(content, times, choices)
    if path.endswith(".json"):
        return _json(content, times, choices)
    return _xml(content, times, choices)


def _bytes(content: bytes, times: int, choices: Choices) -> bytes:
    changed = bytearray(content)
    for _ in range(times):
        place = choices.pick(len(changed))
        if choices.pick(2):
            changed[place] = choices.pick(256)
        else:
            del changed[place : place + choices.pick(200)]
    return bytes(changed) or b"x"


def _xml(content: bytes, times: int, choices: Choices) -> bytes:
    root = etree.fromstring(content)
    for _ in range(times):
        nodes = [node for node in root.iter("{*}*") if "omg.org/spec/BPMN/20100524/DI" not in str(node.tag)]
        one(choices, XML_CHANGES)(one(choices, nodes), nodes, choices)
    return bytes(etree.tostring(root))


def _drop(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _double(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    if node.getparent() is not None:
        node.addnext(copy.deepcopy(node))


def _move(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    target = one(choices, nodes)
    if node.getparent() is not None and node is not target and node not in list(target.iterancestors()):
        target.insert(choices.pick(len(target) + 1), node)


def _rename(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    node.tag = BPMN + one(choices, TAGS) if choices.pick(4) else one(choices, nodes).tag


def _retype(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    """One kind of flow node becomes another: what an author does with the wrench in the modeler."""
    flow_nodes = [each for each in nodes if localname(each) in FLOW_NODES]
    if flow_nodes:
        one(choices, flow_nodes).tag = BPMN + one(choices, sorted(FLOW_NODES))


def _set(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    names = [str(name) for name in node.attrib]
    name = one(choices, names) if names and choices.pick(4) else one(choices, ATTRIBUTES)
    node.set(name, _value(nodes, choices))


def _unset(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    names = [str(name) for name in node.attrib]
    if names:
        del node.attrib[one(choices, names)]


def _text(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    node.text = _value(nodes, choices)


def _insert(node: etree._Element, nodes: list[etree._Element], choices: Choices) -> None:
    etree.SubElement(node, BPMN + one(choices, TAGS), {one(choices, ATTRIBUTES): _value(nodes, choices)})


def _value(nodes: list[etree._Element], choices: Choices) -> str:
    ids = [str(node.get("id")) for node in nodes if node.get("id")]
    return one(choices, ids) if ids and choices.pick(2) else one(choices, VALUES)


XML_CHANGES: tuple[Callable[[etree._Element, list[etree._Element], Choices], None], ...] = (
    *(_drop, _double, _move, _rename, _retype, _retype, _set, _set, _unset, _text, _insert),
)


def _json(content: bytes, times: int, choices: Choices) -> bytes:
    document = json.loads(content)
    for _ in range(times):
        holders = list(_holders(document))
        holder = one(choices, holders)
        key = one(choices, list(holder) if isinstance(holder, dict) else range(len(holder)))
        match choices.pick(4):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(one(choices, holders))
            case 2 if isinstance(holder, dict):
                holder[one(choices, VALUES)] = holder[key]
            case _:
                holder[key] = one(choices, (*VALUES, None, 0, -1, 1e300, True, [], {}, [[]], {"x": {}}))
        if not list(_holders(document)):
            break
    return json.dumps(document).encode()


def _holders(value: Any) -> Any:
    """Every object and list that holds something."""
    if isinstance(value, dict | list) and value:
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from _holders(child)
