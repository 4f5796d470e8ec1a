"""Reads DMN files: decisions, what each requires, the logic inside; what cannot be done as written is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lxml import etree

from engine import hardened_xml
from engine.decisions.item_definitions import ItemDefinitions
from engine.decisions.model import Decision, DecisionTable, Knowledge, LiteralDecision
from engine.decisions.sections import finding
from engine.decisions.tables import NULL, Sources, TableReader
from engine.decisions.types import ANY, Type
from engine.errors import DefinitionRefused, Finding
from engine.feel import normalized

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
MAX_CHAIN = 50  # decisions that require each other in a row
REQUIRABLE = {"decision": "决策", "inputData": "输入数据", "businessKnowledgeModel": "业务知识模型"}
REFUSED_LOGIC = {
    "invocation": "调用表（invocation），请改写成 FEEL 的函数调用",
    "context": "上下文（context），请拆成几个决策",
    "relation": "关系表（relation），请改用决策表",
    "list": "列表（list），请写成 FEEL 列表",
    "functionDefinition": "函数定义（functionDefinition）",
    "conditional": "条件表（conditional），请写成 if … then … else",
    "filter": "筛选（filter）",
    "for": "循环（for）",
    "every": "every",
    "some": "some",
}
LOGIC = ("decisionTable", "literalExpression", *REFUSED_LOGIC)


def parse(xml: bytes, file: str = "") -> dict[str, Decision]:
    """Every decision of a file, by id; raises DefinitionRefused with one finding per fault."""
    root = hardened_xml.parse(xml, file)
    namespace, _, local = str(root.tag)[1:].partition("}")
    if namespace not in NAMESPACES or local != "definitions":
        raise DefinitionRefused(
            [finding("decision-format", "", "error", "不是 DMN 1.2 以上的决策文件，请从建模器重新导出", file)]
        )
    reader = _Reader(root, f"{{{namespace}}}", file)
    found = reader.decisions()
    if reader.findings:
        raise DefinitionRefused(reader.findings)
    return found


class _Reader:
    """Reads one file and gathers every fault, so that an author sees them all at once."""

    def __init__(self, root: etree._Element, namespace: str, file: str) -> None:
        self._root = root
        self._namespace = namespace
        self._file = file
        self._around = ""
        self.findings: list[Finding] = []
        self._nodes: dict[str, etree._Element] = {}
        self._types = ItemDefinitions(root, namespace, self.fault)
        self._decisions: dict[str, Decision] = {}
        self._knowledge: dict[str, Knowledge] = {}

    def fault(self, node: etree._Element, rule: str, message: str) -> None:
        """Remember what is wrong with a node, or with the decision around it."""
        element = node.get("id") or self._around
        self.findings.append(finding(rule, element, "error", message, self._file))

    def decisions(self) -> dict[str, Decision]:
        """Every decision, those it requires before it."""
        self._index()
        for node in self._in_order():
            self._around = node.get("id") or ""
            if _local(node) == "businessKnowledgeModel":
                self._knowledge[self._around] = self._read_knowledge(node)
            elif _local(node) == "decision":
                self._decisions[self._around] = self._decision(node)
        return {key: self._decisions[key] for key in self._nodes if key in self._decisions}

    # --- what there is, and in which order

    def _index(self) -> None:
        sources = Sources(self._namespace, self._types, self.fault)
        sources.language(self._root, "文件")
        if self._children(self._root, "import"):
            self.fault(self._root, "decision-import", "不支持引用其他 DMN 文件（import），请把决策放在同一个文件里")
        nodes = [node for name in REQUIRABLE for node in self._children(self._root, name)]
        for node in nodes:
            if node.get("id") and node.get("id") not in self._nodes:
                self._nodes[str(node.get("id"))] = node
            else:
                self.fault(node, "decision-format", f"{REQUIRABLE[_local(node)]}缺少标识，或标识重复")
        if not self._children(self._root, "decision"):
            self.fault(self._root, "decision-format", "文件中没有决策（decision）")

    def _all(self, name: str) -> Iterator[etree._Element]:
        return (node for node in self._nodes.values() if _local(node) == name)

    def _in_order(self) -> list[etree._Element]:
        sorter = TopologicalSorter({key: self._required_ids(node) for key, node in self._nodes.items()})
        try:
            order = list(sorter.static_order())
        except CycleError as error:
            cycle = [self._nodes[key] for key in error.args[1]]
            names = " → ".join(_name(node) for node in reversed(cycle))
            self.fault(cycle[0], "decision-cycle", f"决策互相引用成环：{names}，请去掉其中一条依赖")
            return []
        depth: dict[str, int] = {}
        for key in order:
            depth[key] = 1 + max((depth[one] for one in self._required_ids(self._nodes[key])), default=0)
            if depth[key] > MAX_CHAIN:
                self.fault(self._nodes[key], "decision-requirement", f"前后依赖超过 {MAX_CHAIN} 层，请合并")
                return []
        return [self._nodes[key] for key in order]

    def _required_ids(self, node: etree._Element) -> list[str]:
        return [key for key, _, _ in self._references(node) if key in self._nodes]

    def _references(self, node: etree._Element) -> list[tuple[str, str, etree._Element]]:
        """Id, kind of reference, and the requirement, of everything an element requires."""
        found = []
        for requirement, kinds in (
            ("informationRequirement", ("requiredDecision", "requiredInput")),
            ("knowledgeRequirement", ("requiredKnowledge",)),
        ):
            for child in self._children(node, requirement):
                for reference in child.iterchildren(*(f"{self._namespace}{kind}" for kind in kinds)):
                    found.append(((reference.get("href") or "").partition("#")[2], _local(reference), child))
        return found

    def _children(self, node: etree._Element, name: str) -> list[etree._Element]:
        return list(node.iterchildren(f"{self._namespace}{name}"))

    # --- one element

    def _requirements(self, node: etree._Element, kinds: dict[str, str]) -> dict[str, list[etree._Element]]:
        """The elements a node requires, by what they are; a reference that leads nowhere is a fault."""
        found: dict[str, list[etree._Element]] = {name: [] for name in REQUIRABLE}
        for key, kind, requirement in self._references(node):
            target = self._nodes.get(key)
            if target is None or _local(target) != kinds.get(kind):
                text = f"“{_name(node)}”引用的{REQUIRABLE[kinds[kind]] if kind in kinds else kind}“{key}”不在此文件中"
                self.fault(requirement, "decision-requirement", f"{text}，请补上或删去这条依赖")
            elif target not in found[_local(target)]:
                found[_local(target)].append(target)
        return found

    def _decision(self, node: etree._Element) -> Decision:
        required = self._requirements(
            node,
            {
                "requiredDecision": "decision",
                "requiredInput": "inputData",
                "requiredKnowledge": "businessKnowledgeModel",
            },
        )
        decisions = tuple(self._decisions[str(one.get("id"))] for one in required["decision"])
        knowledge = tuple(self._knowledge[str(one.get("id"))] for one in required["businessKnowledgeModel"])
        inputs = tuple(self._variable(one) for one in required["inputData"])
        variable, type_ = self._variable(node)
        visible = [*(name for name, _ in inputs), *(one.variable for one in decisions)]
        self._twice(node, [*visible, *(one.name for one in knowledge)])
        sources = self._sources(visible, [one.name for one in knowledge])
        kind, logic = self._logic(node, sources, variable)
        own = sources.names - {one.variable for one in decisions}
        self._unconnected(node, own - {name for name, _ in inputs}, decisions)
        parts: dict[str, Any] = {
            "id": node.get("id") or "",
            "name": node.get("name") or node.get("id") or "",
            "variable": variable,
            "type": type_,
            "inputs_declared": inputs,
            "requires": decisions,
            "knowledge": knowledge,
            "names": frozenset(own).union(*(one.names for one in decisions)),
            "calls": frozenset(sources.calls - {one.name for one in knowledge}).union(
                *(one.calls for one in decisions)
            ),
        }
        return DecisionTable(**parts, **logic) if kind == "decisionTable" else LiteralDecision(**parts, **logic)

    def _logic(self, node: etree._Element, sources: Sources, variable: str) -> tuple[str, dict[str, Any]]:
        found = [child for name in LOGIC for child in self._children(node, name)]
        place = f"“{_name(node)}”"
        if len(found) != 1:
            self.fault(node, "decision-format", f"{place}应当正好有一张决策表，或一个 FEEL 表达式（literalExpression）")
            return "", {"expression": NULL}
        (logic,) = found
        if _local(logic) in REFUSED_LOGIC:
            self.fault(node, "decision-format", f"{place}不支持{REFUSED_LOGIC[_local(logic)]}")
            return "", {"expression": NULL}
        if _local(logic) == "decisionTable":
            return "decisionTable", TableReader(sources, variable).read(logic)
        sources.language(logic, place)
        if logic.find(f"{self._namespace}importedValues") is not None:
            self.fault(node, "decision-import", f"{place}不支持引入外部的值（importedValues）")
        return "literalExpression", {"expression": sources.expression(node, place, sources.text(logic)) or NULL}

    def _read_knowledge(self, node: etree._Element) -> Knowledge:
        """A function: its parameters, and one expression that reads nothing else."""
        required = self._requirements(node, {"requiredKnowledge": "businessKnowledgeModel"})
        uses = tuple(self._knowledge[str(one.get("id"))] for one in required["businessKnowledgeModel"])
        name, type_ = self._variable(node)
        logic = node.find(f"{self._namespace}encapsulatedLogic")
        if logic is None or (logic.get("kind") or "FEEL") != "FEEL" or not self._children(logic, "literalExpression"):
            text = f"业务知识模型“{_name(node)}”只支持一个 FEEL 表达式（literalExpression）作为内容"
            self.fault(node, "decision-format", text)
            return Knowledge(name, (), NULL, ANY, ())
        place = f"业务知识模型“{_name(node)}”"
        parameters = tuple(
            (one.get("name") or "", self._types.find(one.get("typeRef") or "", node, place))
            for one in self._children(logic, "formalParameter")
        )
        names = [parameter for parameter, _ in parameters]
        self._twice(node, names)
        sources = self._sources(names, [one.name for one in uses])
        (literal, *_) = self._children(logic, "literalExpression")
        sources.language(literal, place)
        body = sources.expression(literal, place, sources.text(literal)) or NULL
        for other in sorted(sources.names.difference(names)):
            self.fault(node, "expression", f"{place}只能使用自己的参数，而不是“{other}”")
        for other in sorted(sources.calls.difference(one.name for one in uses)):
            self.fault(node, "expression", f"{place}调用了没有连线的函数“{other}”")
        return Knowledge(name, parameters, body, type_, uses)

    def _sources(self, names: Iterable[str], functions: Iterable[str]) -> Sources:
        known = {*names, *self._types.component_names}
        return Sources(self._namespace, self._types, self.fault, known, set(functions), set(names))

    def _variable(self, node: etree._Element) -> tuple[str, Type]:
        """The name under which others see an element, and its type."""
        variable = node.find(f"{self._namespace}variable")
        type_name = "" if variable is None else (variable.get("typeRef") or "")
        return self._variable_name(node), self._types.find(type_name, node, f"“{_name(node)}”")

    def _variable_name(self, node: etree._Element) -> str:
        variable = node.find(f"{self._namespace}variable")
        return normalized((variable is not None and variable.get("name")) or _name(node))

    def _twice(self, node: etree._Element, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(node, "decision-requirement", f"“{_name(node)}”看到两个同名的“{name}”，请改名")

    def _unconnected(self, node: etree._Element, names: set[str], required: tuple[Decision, ...]) -> None:
        """A name meant as a decision's result would otherwise be read from the process, old as it may be."""
        results = {self._variable_name(one) for one in self._all("decision") if one is not node}
        for name in sorted(names & results):
            text = f"“{_name(node)}”使用了决策“{name}”的结果，但没有连线（informationRequirement）"
            self.fault(node, "decision-requirement", f"{text}，请补上依赖")
        for one in required:
            for name in sorted(names.intersection(one.labels)):
                text = f"“{_name(node)}”用输出列名“{name}”取决策的结果，请写成“{one.variable}”"
                self.fault(node, "decision-requirement", text + (f".{name}" if len(one.labels) > 1 else ""))


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _name(node: etree._Element) -> str:
    return node.get("name") or node.get("id") or ""
