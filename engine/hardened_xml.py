"""Parses a foreign XML file without entities, network or unbounded size."""

from __future__ import annotations

import re

from lxml import etree

from engine.errors import DefinitionRefused, Finding

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 100
MAX_ATTRIBUTES = 100

MESSAGES = {  # rule → what the author is told
    "xml-size": "文件过大：{}，请拆分流程",
    "xml-encoding": "文件编码须为 UTF-8，请另存为 UTF-8",
    "xml-doctype": "不允许包含 DOCTYPE 或实体声明，请从建模器重新导出",
    "xml-instruction": "不允许包含处理指令（<?{}?>），请删除",
    "xml-syntax": "不是合法的 XML（第 {} 行），请从建模器重新导出",
}
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")


def parse(content: bytes, file: str = "") -> etree._Element:
    """The root element; raises DefinitionRefused when malformed, too big, or carrying what only attacks need."""
    _check_bytes(content, file)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _refused("xml-syntax", str(error.lineno or 1), file) from None
    if root.getroottree().docinfo.internalDTD is not None:  # an encoding other than ASCII hides it from the byte check
        raise _refused("xml-doctype", "", file)
    _check_tree(root, file)
    return root


def _check_bytes(content: bytes, file: str) -> None:
    if len(content) > MAX_BYTES:
        raise _refused("xml-size", f"超过 {MAX_BYTES // 1024 // 1024} MB", file)
    declared = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        raise _refused("xml-encoding", "", file)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("xml-encoding", "", file) from None
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _refused("xml-doctype", "", file)


def _check_tree(root: etree._Element, file: str) -> None:
    for node in (*root.itersiblings(preceding=True), *root.itersiblings(), *root.iter(etree.ProcessingInstruction)):
        if isinstance(node, etree._ProcessingInstruction):
            raise _refused("xml-instruction", str(node.target)[:40], file)
    count = depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if count > MAX_ELEMENTS:
            raise _refused("xml-size", f"元素超过 {MAX_ELEMENTS} 个", file)
        if depth > MAX_DEPTH:
            raise _refused("xml-size", f"嵌套超过 {MAX_DEPTH} 层", file)
        if len(node.attrib) > MAX_ATTRIBUTES:
            raise _refused("xml-size", f"一个元素的属性超过 {MAX_ATTRIBUTES} 个", file)


def _refused(rule: str, detail: str, file: str) -> DefinitionRefused:
    return DefinitionRefused([Finding(rule, "", "error", MESSAGES[rule].format(detail), file)])
