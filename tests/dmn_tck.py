"""Runs a folder of the public DMN TCK: `python -m tests.dmn_tck FOLDER`; its files are read where they lie.

Says for every expected result whether we give it (pass), give another (fail), or refuse the model or the inputs
(refused), with the reason.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine import decisions, hardened_xml
from engine.decisions import Decision, DecisionError
from engine.errors import MinhuError
from engine.feel import Months
from engine.feel.values import kind, number, read_as

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
PRECISION = Decimal("1e-8")
TEMPORAL = {"date": "日期", "dateTime": "时间", "time": "钟点", "duration": "时长"}


@dataclass(frozen=True)
class Outcome:
    """What became of one expected result."""

    case: str
    verdict: str
    reason: str = ""


def run(folder: Path) -> Iterator[Outcome]:
    """The outcome of every expected result below a folder, file by file."""
    for path in sorted(folder.rglob("*.xml")):
        root = hardened_xml.parse(path.read_bytes(), path.name)
        if _local(root) == "testCases":
            yield from _file(path, root)


def _file(path: Path, root: etree._Element) -> Iterator[Outcome]:
    model, refusal = path.with_name(_text(root, "modelName") or ""), ""
    try:
        found = decisions.parse(model.read_bytes(), model.name)
        inputs = _input_names(model)
    except (MinhuError, OSError) as error:
        found, inputs, refusal = {}, [], str(error)
    for case in _children(root, "testCase"):
        variables: dict[str, Any] = dict.fromkeys(inputs)
        variables |= {str(node.get("name")): _value(node) for node in _children(case, "inputNode")}
        service = case.get("type", "decision") != "decision"
        for result in _children(case, "resultNode"):
            name = f"{path.parent.name} {case.get('id')} {result.get('name')}"
            why = refusal or (f"invokes a {case.get('type')}" if service else "")
            yield Outcome(name, "refused", why) if why else _result(name, found, variables, result)


def _result(name: str, found: dict[str, Decision], variables: dict[str, Any], node: etree._Element) -> Outcome:
    wanted = [one for one in found.values() if one.name == node.get("name")]
    if node.get("type", "decision") != "decision" or len(wanted) != 1:
        return Outcome(name, "refused", f"no decision of that name ({node.get('type')})")
    (expected,) = [_value(child) for child in _children(node, "expected")] or [None]
    try:
        value = decisions.evaluate(wanted[0], variables).value
    except DecisionError as error:
        faulty = node.get("errorResult") == "true"
        return Outcome(name, "pass" if faulty else "refused", error.message)
    if _alike(value, expected):
        return Outcome(name, "pass")
    return Outcome(name, "fail", f"expected {expected!r}, got {value!r}")


def _input_names(model: Path) -> list[str]:
    root = hardened_xml.parse(model.read_bytes(), model.name)
    return [str(node.get("name")) for node in _children(root, "inputData")]


def _value(node: etree._Element) -> Any:
    """What an inputNode, expected, item or component holds."""
    lists = list(_children(node, "list"))
    if lists:
        return None if lists[0].get(f"{XSI}nil") == "true" else [_value(item) for item in _children(lists[0], "item")]
    components = list(_children(node, "component"))
    if components:
        return {str(part.get("name")): _value(part) for part in components}
    values = list(_children(node, "value"))
    if not values or values[0].get(f"{XSI}nil") == "true":
        return None
    kind_ = (values[0].get(f"{XSI}type") or "string").rpartition(":")[2]
    text = values[0].text or ""
    if kind_ == "boolean":
        return text.strip() == "true"
    if kind_ in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    return read_as(TEMPORAL[kind_], text.strip()) if kind_ in TEMPORAL else text


def _alike(value: Any, expected: Any) -> bool:
    """Equal; numbers to eight places, as the TCK's own runners compare; days and moments through their texts."""
    if isinstance(expected, list):
        same_length = isinstance(value, list) and len(value) == len(expected)
        return same_length and all(map(_alike, value, expected))
    if isinstance(expected, dict):
        same_keys = isinstance(value, dict) and value.keys() == expected.keys()
        return same_keys and all(_alike(value[key], expected[key]) for key in expected)
    if isinstance(expected, Decimal):
        return kind(value) == "数" and abs(number(value) - expected) <= PRECISION
    if isinstance(value, str) and not isinstance(expected, str | bool | type(None)):
        wanted = "月数" if isinstance(expected, Months) else kind(expected)
        return bool(read_as(wanted, value) == expected)
    return type(value) is type(expected) and bool(value == expected)


def _children(node: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in node.iterchildren(tag=etree.Element) if _local(child) == name)


def _text(node: etree._Element, name: str) -> str | None:
    return next((child.text for child in _children(node, name)), None)


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def main() -> int:
    """Prints every outcome but the passed ones (all with -v), then the totals; 1 when anything failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("-v", "--verbose", action="store_true", help="print the passed ones as well")
    given = arguments.parse_args()
    totals: Counter[str] = Counter()
    for outcome in run(given.folder):
        totals[outcome.verdict] += 1
        if given.verbose or outcome.verdict != "pass":
            print(f"{outcome.verdict:8}{outcome.case}  {outcome.reason[:300]}".rstrip())
    count = totals.total()
    shares = ", ".join(f"{totals[verdict]} {verdict}" for verdict in ("pass", "fail", "refused"))
    print(f"{count} results: {shares}" + (f" ({totals['pass'] / count:.1%} passed)" if count else ""))
    return 0 if count and not totals["fail"] else 1


if __name__ == "__main__":
    sys.exit(main())
