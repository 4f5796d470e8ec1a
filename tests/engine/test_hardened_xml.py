"""Foreign XML is read only when it is plain: small, UTF-8, without document type or instructions."""

from __future__ import annotations

import pytest

from engine import hardened_xml
from engine.errors import DefinitionRefused

DEEP = b"<a>" * 120 + b"</a>" * 120
CASES = [
    ("xml-size", b"<a>" + b" " * (hardened_xml.MAX_BYTES + 1) + b"</a>"),
    ("xml-size", b"<a>" + b"<b/>" * (hardened_xml.MAX_ELEMENTS + 1) + b"</a>"),
    ("xml-size", DEEP),
    ("xml-size", b"<a " + b" ".join(b'x%d=""' % number for number in range(120)) + b"/>"),
    ("xml-encoding", '<?xml version="1.0" encoding="GBK"?><a>中</a>'.encode("gbk")),
    ("xml-encoding", b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-</a>'),
    ("xml-encoding", b"\xef\xbb\xbf" + b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>'),
    ("xml-encoding", "<a/>".encode("utf-16")),
    ("xml-encoding", b"<a>\xff</a>"),
    ("xml-doctype", b"<!DOCTYPE a><a/>"),
    ("xml-doctype", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    ("xml-instruction", b'<?xml-stylesheet href="http://127.0.0.1/x.xsl"?><a/>'),
    ("xml-instruction", b"<a><?php system(1)?></a>"),
    ("xml-instruction", b"<a/><?x?>"),
    ("xml-syntax", b""),
    ("xml-syntax", b"<a>\x00</a>"),
    ("xml-syntax", b"<a><b></a>"),
    ("xml-syntax", b"<a>" * 400 + b"</a>" * 400),
    ("xml-syntax", b'<a xmlns:x="y"><z:b/></a>'),
    ("xml-syntax", b'<a b="1" b="2"/>'),
    ("xml-syntax", b"<a/><a/>"),
]


@pytest.mark.parametrize(("rule", "content"), CASES)
def test_what_is_not_plain_is_refused(rule: str, content: bytes) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        hardened_xml.parse(content, "x.bpmn")
    (finding,) = refused.value.findings
    assert (finding.rule, finding.file) == (rule, "x.bpmn")


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, _ in CASES} == set(hardened_xml.MESSAGES)


def test_what_is_plain_is_read() -> None:
    for head in (b"", b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="utf-8"?>', b"<!-- remark -->"):
        assert hardened_xml.parse(head + "<a>中<b/></a>".encode()).tag == "a"
