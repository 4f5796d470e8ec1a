"""Annex 4 read on its own from the list's words: who leads, helps, guides and enforces each item."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
NAMES = {
    "片区": "area_zhenguang",
    "社区自治办": "office_self_governance",
    "自治办": "office_self_governance",
    "社区管理办": "office_management",
    "社区平安办": "office_safety",
    "社区服务办": "office_service",
    "社区党建办": "office_party_building",
    "党建办": "office_party_building",
    "社区党群办": "office_party_masses",
    "党群办": "office_party_masses",
    "营商办": "office_business",
    "党政办": "office_party_government",
    "团工委": "youth_league",
    "党建中心": "party_masses_center",
    "综合行政执法队": "enforcement_team",
    "公安": "police",
    "司法所": "justice_office",
}
LINES = {"房管": "center_housing", "房办": "center_housing", "绿容": "center_greening"}
PARTS = re.compile(r"(协办|指导|执法)\s*[:：]")


@dataclass(frozen=True)
class Item:
    """One line of the list; `lead` is "" where the list has none or makes it depend on something."""

    number: int
    lead: str
    co: frozenset[str]
    guide: frozenset[str]
    enforce: frozenset[str]


def items() -> list[Item]:
    """All 104 lines."""
    with (DATA / "responsibility_list.csv").open(encoding="utf-8") as lines:
        return [_item(row) for row in csv.DictReader(lines)]


def _item(row: dict[str, str]) -> Item:
    pieces = PARTS.split(row["协办/指导/执法"])
    found: dict[str, set[str]] = {"协办": set(), "指导": set(), "执法": set()}
    for kind, words in zip(pieces[1::2], pieces[2::2], strict=True):
        found[kind] |= _units(words)
    leads = _units(row["主办"])
    return Item(
        int(row["序号"]),
        leads.pop() if len(leads) == 1 else "",
        frozenset(found["协办"]),
        frozenset(found["指导"]),
        frozenset(found["执法"]),
    )


def _units(words: str) -> set[str]:
    found = set()
    for name in re.findall(r"城运中心(?:[；（(]+[^）)]*[）)])?|[^；、（）()\s]+(?:（[^）]*）)?", words):
        if name.startswith("城运中心"):
            lines = {unit for line, unit in LINES.items() if line in name}
            found |= lines or {"center"}
        else:
            plain = re.sub(r"（.*", "", name)
            found |= {NAMES[plain]} if plain in NAMES else set()
    return found
