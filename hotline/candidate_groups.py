"""Candidate groups as data: which groups a diagram may name, what they are called, who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from hotline import office_data

if TYPE_CHECKING:
    from hotline.persons import Membership

FILE = "candidate_groups.yaml"
OWN_HEAD, PARENT_HEAD = "own_head", "parent_head"


@dataclass(frozen=True)
class FixedGroup:
    """A group of one post in one department."""

    id: str
    label: str
    department: str
    role: str


@dataclass(frozen=True)
class DepartmentGroup:
    """A group every handling department has; its id is the department's id and `suffix`."""

    suffix: str
    role: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)  # department kind → label
    stand_ins: Mapping[str, str] = field(default_factory=dict)  # department kind → own_head | parent_head
    clause: str | None = None


@dataclass(frozen=True)
class _Groups:
    fixed: tuple[FixedGroup, ...]
    kinds: frozenset[str]
    per_department: tuple[DepartmentGroup, ...]


@cache
def _groups() -> _Groups:
    data: dict[str, Any] = office_data.read(FILE)
    per_department = data["per_department"]
    return _Groups(
        tuple(FixedGroup(**group) for group in data["fixed"]),
        frozenset(per_department["kinds"]),
        tuple(DepartmentGroup(**group) for group in per_department["groups"]),
    )


def groups_of(memberships: Iterable[Membership]) -> frozenset[str]:
    """The candidate groups that a person's posts put this person in."""
    return frozenset(group for membership in memberships for group in _groups_of_post(membership))


def _groups_of_post(post: Membership) -> Iterable[str]:
    groups = _groups()
    for fixed in groups.fixed:
        if (fixed.department, fixed.role) == (post.department_id, post.role):
            yield fixed.id
    for group in groups.per_department:
        if post.department_kind in groups.kinds and (
            group.role == post.role or (post.role == "head" and group.stand_ins.get(post.department_kind) == OWN_HEAD)
        ):
            yield post.department_id + group.suffix
        for subordinate_id, kind in post.subordinates:  # only a head has any
            if group.stand_ins.get(kind) == PARENT_HEAD:
                yield subordinate_id + group.suffix


def labels(departments: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Every allowed group id with its Chinese label, for departments given as (id, name, kind)."""
    groups = _groups()
    known = {fixed.id: fixed.label for fixed in groups.fixed}
    for department_id, name, kind in departments:
        if kind in groups.kinds:
            for group in groups.per_department:
                text = group.labels.get(kind, group.label)
                known[department_id + group.suffix] = text.format(name=name)
    return known
