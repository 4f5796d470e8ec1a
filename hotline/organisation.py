"""The bodies that take part: departments, 片区, 居委会, 物业; names, aliases, places, vacant posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import and_, select

from engine.errors import NotFound
from engine.transaction import Transaction
from hotline import candidate_groups, office_data
from hotline.tables import department, membership, person

FILE = "organisation.yaml"
STAFFED_KINDS = ("office", "team", "line", "area", "committee", "property")  # must name an A, a B and a head
_VACANCIES = (  # role, rank, message, clause
    ("handler", "A", "缺A角", "2-2"),
    ("handler", "B", "缺B角", "2-2"),
    ("head", None, "缺负责人", "2-4"),
)


@dataclass(frozen=True)
class Department:
    """A body that can hold work; its id is also its candidate group."""

    id: str
    name: str
    kind: str
    parent_id: str | None
    active: bool


@dataclass(frozen=True)
class Fault:
    """A department that is not staffed as the regulation wants (空岗缺位), one line per reason."""

    department_id: str
    department_name: str
    message: str
    clause: str


@dataclass(frozen=True)
class Place:
    """A known place and whose it is."""

    place: str
    committee_id: str
    area_id: str


def bodies() -> list[Mapping[str, Any]]:
    """Every body as the data file lists it: id, name, kind, parent, assessed, example, aliases, places."""
    data = office_data.read(FILE)
    return [
        *data["departments"],
        *({"kind": "committee", **entry} for entry in data["committees"]),
        *({"kind": "property", **entry} for entry in data["properties"]),
    ]


def assessed_ids() -> list[str]:
    """The bodies of chapter 4 (clause 4-1)."""
    return [str(body["id"]) for body in bodies() if body.get("assessed")]


def example_ids() -> frozenset[str]:
    """Bodies whose names are invented because the regulation gives only their number."""
    return frozenset(str(body["id"]) for body in bodies() if body.get("example"))


def kind_labels() -> dict[str, str]:
    """Department kind → Chinese label."""
    return dict(office_data.read(FILE)["kinds"])


def resolve(name: str) -> str | None:
    """The department id behind an id, a name or one of the aliases annex 4 and platforms use."""
    return _by_any_name().get(_plain(name))


@cache
def _by_any_name() -> dict[str, str]:
    return {
        _plain(text): str(body["id"])
        for body in bodies()
        for text in (body["id"], body["name"], *body.get("aliases", ()))
    }


def _plain(text: str) -> str:
    return "".join(text.split()).replace("(", "（").replace(")", "）").replace("；（", "（")


def place_of(address: str) -> Place | None:
    """Which 居委 and 片区 an address lies in; None when unknown or not certain: then a human chooses."""
    text = "".join(address.split())
    found = [place for place in _places() if place.place in text]
    longest = max((len(place.place) for place in found), default=0)
    best = {place.committee_id: place for place in found if len(place.place) == longest}
    return next(iter(best.values())) if len(best) == 1 else None


@cache
def _places() -> tuple[Place, ...]:
    return tuple(
        Place("".join(str(place).split()), str(body["id"]), str(body["parent"]))
        for body in bodies()
        for place in body.get("places", ())
    )


def get(tx: Transaction, department_id: str) -> Department:
    """One department; raises NotFound."""
    row = tx.connection.execute(select(department).where(department.c.id == department_id)).first()
    if row is None:
        raise NotFound(f"没有编号为“{department_id}”的部门，请在组织机构中核对。")
    return Department(**row._mapping)


def all_departments(tx: Transaction, kinds: Iterable[str] | None = None) -> list[Department]:
    """Active departments in the order of the data file, then those only the database knows."""
    rows = tx.connection.execute(select(department).where(department.c.active).order_by(department.c.id))
    position = {str(body["id"]): index for index, body in enumerate(bodies())}
    wanted = None if kinds is None else set(kinds)
    found = [Department(**row._mapping) for row in rows if wanted is None or row.kind in wanted]
    return sorted(found, key=lambda each: position.get(each.id, len(position)))


def names(tx: Transaction) -> dict[str, str]:
    """Id → name of every department, also of inactive ones: old tickets still name them."""
    return {row.id: row.name for row in tx.connection.execute(select(department.c.id, department.c.name))}


def group_labels(tx: Transaction) -> dict[str, str]:
    """Candidate group → Chinese label, for every group that exists."""
    rows = tx.connection.execute(select(department.c.id, department.c.name, department.c.kind))
    return candidate_groups.labels((row.id, row.name, row.kind) for row in rows)


def known_groups(tx: Transaction) -> frozenset[str]:
    """Every candidate group a diagram may name: of the office's departments, loaded or still in the data file."""
    listed = ((str(body["id"]), str(body["name"]), str(body["kind"])) for body in bodies())
    return frozenset(candidate_groups.labels(listed)) | frozenset(group_labels(tx))


def head_of(tx: Transaction, department_id: str) -> str | None:
    """Name of the department's head, who is responsible first for its tickets (clause 2-4)."""
    statement = (
        select(person.c.name)
        .join(membership, membership.c.person_id == person.c.id)
        .where(membership.c.department_id == department_id, membership.c.role == "head", person.c.active)
        .order_by(person.c.created_at, person.c.login)
        .limit(1)
    )
    name: str | None = tx.connection.execute(statement).scalar()
    return name


def faults(tx: Transaction) -> list[Fault]:
    """Departments without A, without B, without head, or with both handlers away at once."""
    departments = all_departments(tx, STAFFED_KINDS)
    statement = (
        select(
            membership.c.department_id,
            membership.c.role,
            membership.c.handler_rank,
            and_(person.c.absent_until.is_not(None), person.c.absent_until > tx.now).label("absent"),
        )
        .join(person, person.c.id == membership.c.person_id)
        .where(person.c.active, membership.c.role.in_(("handler", "head")))
    )
    posts: dict[str, dict[tuple[str, str | None], bool]] = {}  # post → whether its holder is away
    for row in tx.connection.execute(statement):
        posts.setdefault(row.department_id, {})[(row.role, row.handler_rank)] = bool(row.absent)
    return [fault for each in departments for fault in _faults_of(each, posts.get(each.id, {}))]


def _faults_of(body: Department, posts: Mapping[tuple[str, str | None], bool]) -> Iterable[Fault]:
    for role, rank, message, clause in _VACANCIES:
        if (role, rank) not in posts:
            yield Fault(body.id, body.name, message, clause)
    if posts.get(("handler", "A")) and posts.get(("handler", "B")):
        yield Fault(body.id, body.name, "A角、B角同时不在岗", "2-2")
