"""The XML schema of BPMN 2.0 (§15.3): what no rule of ours looks at, a misspelt attribute above all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Lock

import SpiffWorkflow.bpmn.parser
from lxml import etree

from engine.diagram import localname
from engine.gate.catalogue import Fault, label

MOST = 20  # findings of one file
_NAMESPACE = re.compile(r"\{[^}]*\}")
_SAYINGS = (
    (re.compile(r"attribute '([^']*)': The attribute '[^']*' is not allowed"), "不能有属性 {}"),
    (re.compile(r"attribute '([^']*)': .*is not a valid value|attribute '([^']*)': \[facet"), "属性 {} 的值不合规定"),
    (re.compile(r"The attribute '([^']*)' is required but missing"), "缺少属性 {}"),
    (re.compile(r"Element '([^']*)': This element is not expected"), "{} 不能出现在这里"),
    (re.compile(r"Missing child element\(s\)\. Expected is (?:one of )?\( ([^,) ]*)"), "缺少 {}"),
    (re.compile(r"Element '([^']*)': Character content"), "{} 中不能有文字"),
)
_lock = Lock()  # a schema object keeps the log of its last validation


@cache
def _schema() -> etree.XMLSchema:
    folder = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    return etree.XMLSchema(etree.parse(folder / "BPMN20.xsd"))


def check(root: etree._Element) -> Iterator[Fault]:
    """One fault per place the schema refuses, at most MOST."""
    with _lock:
        schema = _schema()
        schema.validate(root)
        entries = [(entry.path, entry.message) for entry in schema.error_log][:MOST]  # type: ignore[attr-defined]
    for path, message in entries:
        node = _node(root, path)
        owner = next((each for each in (node, *node.iterancestors()) if each.get("id")), root)
        identity = owner.get("id") or ""
        which = label(owner.get("name"), identity) if identity else f"「{localname(node)}」"
        yield Fault("schema", identity, which, _say(message))


def _node(root: etree._Element, path: str | None) -> etree._Element:
    try:
        prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
        found = root.xpath(path, namespaces=prefixes) if path else []
    except etree.XPathError:
        found = []
    first = found[0] if isinstance(found, list) and found else root
    return first if isinstance(first, etree._Element) else root


def _say(message: str) -> str:
    message = _NAMESPACE.sub("", message)
    for pattern, saying in _SAYINGS:
        found = pattern.search(message)
        if found:
            return saying.format(next(group for group in found.groups() if group is not None))
    return "结构有误"
