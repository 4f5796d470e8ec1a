"""The gate's rules as data: constraints.yaml gives each its section of the standard, severity and Chinese message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from engine.errors import Finding

SHOWN = 80  # characters of a foreign text that a message repeats
MOST_NAMES = 12  # of a path
MOST_TEXT, MOST_FINDINGS = 600, 1000


@dataclass(frozen=True)
class Rule:
    """One rule; `section` is empty for rules of our own."""

    rule: str
    message: str
    section: str = ""
    severity: str = "error"


@dataclass(frozen=True)
class Fault:
    """A rule broken by an element; `which` names it to a person, the other words fill the message."""

    rule: str
    element: str
    which: str
    what: str = ""
    attribute: str = ""
    wanted: str = ""
    section: str = ""  # only where one rule stands in several sections


@cache
def rules() -> dict[str, Rule]:
    """Every rule by id, in the order of the standard's chapters."""
    rows = yaml.safe_load(Path(__file__).with_name("constraints.yaml").read_text(encoding="utf-8"))
    return {row["rule"]: Rule(**row) for row in rows}


def finding(fault: Fault, path: str = "") -> Finding:
    """What the author is told of a fault."""
    rule = rules()[fault.rule]
    words = {name: _short(getattr(fault, name)) for name in ("which", "what", "attribute", "wanted")}
    text = rule.message.format(**words)
    return Finding(rule.rule, fault.element[:SHOWN], rule.severity, text, path, fault.section or rule.section)


def findings(faults: Iterable[Fault], path: str = "") -> Iterator[Finding]:
    """As finding, for many."""
    return (finding(fault, path) for fault in faults)


def bounded(found: Iterable[Finding]) -> list[Finding]:
    """Each finding once, in printable texts of a readable length; a flood of them is cut off with an error."""
    once = list(dict.fromkeys(found))
    told = [replace(f, message=_printable(f.message, MOST_TEXT), element=_printable(f.element, SHOWN)) for f in once]
    if len(told) > MOST_FINDINGS:
        told = [*told[:MOST_FINDINGS], finding(Fault("too-many", "", str(MOST_FINDINGS)))]
    return told


def label(name: str | None, element_id: str) -> str:
    """How a message names an element: 「name」(id), or the id alone."""
    name = " ".join((name or "").split())
    return f"「{_short(name)}」({_short(element_id)})" if name and name != element_id else f"「{_short(element_id)}」"


def way(names: Sequence[str]) -> str:
    """The elements of a path, those in the middle left out when there are many."""
    for half in range(MOST_NAMES // 2, 0, -1):
        some = names if len(names) <= 2 * half else [*names[:half], "…", *names[-half:]]
        if len(shown := " → ".join(some)) <= 2 * SHOWN:
            break
    return shown


def _short(text: str) -> str:
    return _printable(text, SHOWN * 2)


def _printable(text: str, most: int) -> str:
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text[: most + 1])
    return shown if len(shown) <= most else shown[:most] + "…"
