"""The regulation's clauses, for chips and their text: hotline/data/clauses.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

import hotline

FILE = Path(hotline.__file__).parent / "data" / "clauses.yaml"


@dataclass(frozen=True)
class Clause:
    """One clause: our id, where it stands, what it says."""

    id: str
    cite: str
    says: str


@cache
def _all() -> dict[str, Clause]:
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return {row["id"]: Clause(row["id"], row["cite"], row["says"]) for row in rows}


def clause(clause_id: str) -> Clause | None:
    """The clause, if we know it."""
    return _all().get(clause_id)


def all_clauses() -> list[Clause]:
    """Every clause, in the order of the regulation."""
    return list(_all().values())


def clause_cite(clause_id: str) -> str:
    """How the source cites it; an unknown id stays as it is."""
    known = clause(clause_id)
    return known.cite if known else clause_id


def clause_ids(value: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Ids from what elements and forms carry: nothing, one text with commas, or a list."""
    parts = value.replace("，", ",").split(",") if isinstance(value, str) else list(value or ())
    return [part.strip() for part in parts if part.strip()]


def clause_groups(value: str | list[str] | tuple[str, ...] | None) -> list[tuple[str, list[str]]]:
    """Citation and the ids that share it: one chip each."""
    groups: dict[str, list[str]] = {}
    for clause_id in clause_ids(value):
        groups.setdefault(clause_cite(clause_id), []).append(clause_id)
    return list(groups.items())
