"""Reads the types a DMN file defines itself (itemDefinition), and finds a type by its name."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.decisions.cells import Cell, CellError, read_cell
from engine.decisions.types import ANY, KINDS, UNTYPED, WHOLE, Type
from engine.diagram import flag

MAX_DEPTH = 20
Fault = Callable[[etree._Element, str, str], None]


class ItemDefinitions:
    """The types of one file; whatever is wrong with them is told to `fault`."""

    def __init__(self, root: etree._Element, namespace: str, fault: Fault) -> None:
        self._namespace = namespace
        self._fault = fault
        self._nodes: dict[str, etree._Element] = {}
        self._types: dict[str, Type] = {}
        self._open: list[str] = []
        for node in root.iterchildren(f"{namespace}itemDefinition"):
            name = node.get("name") or ""
            if name in self._nodes or name in KINDS:
                fault(node, "type", f"类型“{name}”重复定义，请改名")
            self._nodes[name] = node
        for name in self._nodes:
            self.find(name, self._nodes[name], f"类型“{name}”")

    @property
    def component_names(self) -> set[str]:
        """Every name that may follow a dot."""
        nodes = (part for node in self._nodes.values() for part in node.iter(f"{self._namespace}itemComponent"))
        return {part.get("name") or "" for part in nodes}

    def find(self, name: str, node: etree._Element, place: str) -> Type:
        """The type of that name as `node` uses it; ANY after telling the fault when there is none."""
        name = name.removeprefix("feel:").strip()
        if name in UNTYPED:
            return ANY
        if name in KINDS:
            return Type(name, KINDS[name], name in WHOLE)
        if name not in self._nodes:
            known = "、".join([*KINDS, *self._nodes])
            self._fault(node, "type", f"{place}的类型 {name} 不支持，可用：{known}")
            return ANY
        if name not in self._types:
            if name in self._open or len(self._open) >= MAX_DEPTH:
                self._fault(self._nodes[name], "type", f"类型“{name}”的定义引用了自己，或嵌套超过 {MAX_DEPTH} 层")
                return ANY
            self._open.append(name)
            self._types[name] = self._read(self._nodes[name], name, 0)
            self._open.pop()
        return self._types[name]

    def _read(self, node: etree._Element, name: str, depth: int) -> Type:
        components = list(node.iterchildren(f"{self._namespace}itemComponent"))
        if node.find(f"{self._namespace}functionItem") is not None or depth > MAX_DEPTH:
            self._fault(node, "type", f"类型“{name}”：不支持函数类型，也不支持超过 {MAX_DEPTH} 层的结构")
            return ANY
        collection = flag(node, "isCollection")
        base = self.find(node.findtext(f"{self._namespace}typeRef") or "", node, f"类型“{name}”")
        if base.collection and collection:
            self._fault(node, "type", f"类型“{name}”：不支持列表的列表")
        parts = tuple((part.get("name") or "", self._part(part, depth)) for part in components)
        allowed = self._allowed(node, name, base)
        return Type(
            base.name if base.kind and not parts else name,
            base.kind,
            base.whole,
            collection or base.collection,
            allowed if allowed.tests else base.allowed,
            parts or base.components,
        )

    def _part(self, node: etree._Element, depth: int) -> Type:
        return self._read(node, node.get("name") or "", depth + 1)

    def _allowed(self, node: etree._Element, name: str, base: Type) -> Cell:
        text = ""
        for child in ("allowedValues", "typeConstraint"):
            found = node.findtext(f"{self._namespace}{child}/{self._namespace}text")
            text = found.strip() if found and found.strip() else text
        try:
            return read_cell(text, base.kind, type_name=name)
        except CellError as error:
            self._fault(node, "type", f"类型“{name}”的可选值“{text}”无法识别：{error}")
            return Cell()
