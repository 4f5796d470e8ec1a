"""What a person is: the account, the posts held, and how rows become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Row, Select, and_, select

from engine.errors import NotFound
from engine.transaction import Transaction
from hotline import candidate_groups, roles
from hotline.tables import department, membership, person

PEOPLE_STREAM = "people"  # the audit chain of accounts, posts, absences and tokens

_subordinate = department.alias("subordinate")


@dataclass(frozen=True)
class Membership:
    """A post: a role in a department. What is derived from the department does not count in comparisons."""

    department_id: str
    role: str
    handler_rank: str | None = None  # A or B
    department_name: str = field(default="", compare=False)
    department_kind: str = field(default="", compare=False)
    subordinates: tuple[tuple[str, str], ...] = field(default=(), compare=False)  # of a head: (id, kind)

    @property
    def label(self) -> str:
        """真光片区 经办人（A角）"""
        rank = f"（{self.handler_rank}角）" if self.handler_rank else ""
        return f"{self.department_name} {roles.label(self.role, self.department_kind)}{rank}"


@dataclass(frozen=True)
class Person:
    """An account; `program` ones have no password and act through API tokens only."""

    id: str
    login: str
    name: str
    phone: str | None
    active: bool
    program: bool
    must_change_password: bool
    absent_until: datetime | None
    created_at: datetime
    memberships: tuple[Membership, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """Candidate groups held through the posts."""
        return candidate_groups.groups_of(self.memberships)

    @property
    def permissions(self) -> frozenset[str]:
        """What the posts allow together."""
        return frozenset().union(*(roles.permissions_of(post.role, post.department_kind) for post in self.memberships))

    @property
    def departments(self) -> frozenset[str]:
        """Departments whose work this person takes part in; a head answers for subordinate ones too."""
        working = [post for post in self.memberships if post.role in ("handler", "head", "leader")]
        return frozenset(post.department_id for post in working) | {
            subordinate for post in working for subordinate, _kind in post.subordinates
        }

    def absent_at(self, now: datetime) -> bool:
        """Whether the person is away at this moment."""
        return self.absent_until is not None and self.absent_until > now


def joined(start: FromClause = person) -> Select[Any]:
    """One SELECT of persons (or of `start`, joined to person) with posts, departments, subordinate ones."""
    source = (
        start.outerjoin(membership, membership.c.person_id == person.c.id)
        .outerjoin(department, department.c.id == membership.c.department_id)
        .outerjoin(
            _subordinate,
            and_(_subordinate.c.parent_id == department.c.id, membership.c.role == "head"),
        )
    )
    return (
        select(
            *person.c,
            membership.c.department_id,
            membership.c.role,
            membership.c.handler_rank,
            department.c.name.label("department_name"),
            department.c.kind.label("department_kind"),
            _subordinate.c.id.label("subordinate_id"),
            _subordinate.c.kind.label("subordinate_kind"),
        )
        .select_from(source)
        .order_by(person.c.login, membership.c.department_id, membership.c.role, _subordinate.c.id)
    )


def from_rows(rows: Iterable[Row[Any]]) -> list[Person]:
    """Persons in the order of the rows of `joined`."""
    by_person: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_person.setdefault(row.id, []).append(row)
    return [_person(group) for group in by_person.values()]


def _person(rows: Sequence[Row[Any]]) -> Person:
    posts: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        if row.department_id is not None:
            posts.setdefault((row.department_id, row.role), []).append(row)
    first = rows[0]
    return Person(
        id=first.id,
        login=first.login,
        name=first.name,
        phone=first.phone,
        active=first.active,
        program=first.password_hash is None,
        must_change_password=first.must_change_password,
        absent_until=first.absent_until,
        created_at=first.created_at,
        memberships=tuple(_membership(group) for group in posts.values()),
    )


def _membership(rows: Sequence[Row[Any]]) -> Membership:
    first = rows[0]
    return Membership(
        first.department_id,
        first.role,
        first.handler_rank,
        first.department_name,
        first.department_kind,
        tuple((row.subordinate_id, row.subordinate_kind) for row in rows if row.subordinate_id),
    )


def one(tx: Transaction, person_id: str) -> Person:
    """This person, without asking who looks; raises NotFound."""
    found = from_rows(tx.connection.execute(joined().where(person.c.id == person_id)))
    if not found:
        raise NotFound("没有这个人员，可能已被移除，请返回人员列表重新选择。")
    return found[0]


def by_login(tx: Transaction, login: str) -> Person | None:
    """The person with this login, without asking who looks."""
    found = from_rows(tx.connection.execute(joined().where(person.c.login == login)))
    return found[0] if found else None


def names(tx: Transaction, logins: Iterable[str]) -> dict[str, str]:
    """Login → name, to show who did what; unknown logins (programs, 系统) are left out."""
    wanted = set(logins)
    if not wanted:
        return {}
    rows = tx.connection.execute(select(person.c.login, person.c.name).where(person.c.login.in_(wanted)))
    return {row.login: row.name for row in rows}


def lock_people(tx: Transaction) -> None:
    """One change of people at a time: no two last administrators, no fork of the audit chain."""
    tx.connection.execute(
        select(membership.c.person_id)
        .where(membership.c.role == "administrator")
        .order_by(membership.c.person_id, membership.c.department_id)
        .with_for_update()
    ).all()
