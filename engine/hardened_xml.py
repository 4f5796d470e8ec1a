"""Parses a foreign XML file without entities, network or unbounded size."""

from __future__ import annotations

from lxml import etree

from engine.errors import DefinitionRefused, Finding

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000


def parse(content: bytes, file: str = "") -> etree._Element:
    """The root element; raises DefinitionRefused when malformed, too big, or carrying a DOCTYPE."""
    if len(content) > MAX_BYTES:
        raise _refused("xml-size", f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆分", file)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _refused("xml-doctype", "不允许包含 DOCTYPE 或实体声明，请从建模器重新导出", file)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _refused("xml-syntax", f"不是合法的 XML（第 {error.lineno} 行），请从建模器重新导出", file) from None
    if root.getroottree().docinfo.internalDTD is not None:  # an encoding other than ASCII hides it from the byte check
        raise _refused("xml-doctype", "不允许包含 DOCTYPE 或实体声明，请从建模器重新导出", file)
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise _refused("xml-size", f"元素超过 {MAX_ELEMENTS} 个，请拆分", file)
    return root


def _refused(rule: str, message: str, file: str) -> DefinitionRefused:
    return DefinitionRefused([Finding(rule, "", "error", message, file)])
