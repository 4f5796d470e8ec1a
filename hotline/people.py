"""Accounts: create, find, disable, enable, reset; each change is in the audit chain “people”."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from engine import audit
from engine.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from engine.paging import Page
from engine.transaction import Transaction, new_id
from hotline import absences, access, api_tokens, candidate_groups, memberships, passwords, persons, sessions
from hotline.absences import HandOver
from hotline.absences import set_absence as set_absence
from hotline.access import Principal
from hotline.memberships import set_handlers as set_handlers
from hotline.memberships import set_memberships as set_memberships
from hotline.persons import PEOPLE_STREAM
from hotline.persons import Membership as Membership
from hotline.persons import Person as Person
from hotline.tables import membership, person

LOGIN = re.compile(r"[a-z][a-z0-9_.-]{1,59}")
RESERVED_LOGINS = frozenset({"system", "anonymous", "worker"})  # actors that are no people
NAME_LENGTH, PHONE_LENGTH = 60, 40


@dataclass(frozen=True)
class NewPerson:
    """What is asked for a new account; a program account gets no password."""

    login: str
    name: str
    phone: str | None = None
    memberships: tuple[Membership, ...] = ()
    program: bool = False


@dataclass(frozen=True)
class Created:
    """A new account and the password to hand over; it can be read only now."""

    person: Person
    one_time_password: str | None


def create(tx: Transaction, principal: Principal, new: NewPerson) -> Created:
    """A new account; raises Conflict when the login was ever given before."""
    access.require(principal, "people.manage")
    persons.lock_people(tx)
    return _create(tx, new)


def create_first_administrator(tx: Transaction, login: str, name: str, department_id: str) -> Created:
    """For the command line only: refuses once anybody exists, so that a setup cannot be repeated."""
    if tx.connection.execute(select(person.c.id).limit(1)).first() is not None:
        raise Refused("系统中已有账号，不能再次初始化；请由现有系统管理员新建人员。")
    return _create(tx, NewPerson(login, name, memberships=(Membership(department_id, "administrator"),)))


def _create(tx: Transaction, new: NewPerson) -> Created:
    login = new.login.strip().casefold()
    name, phone = _contact(new.name, new.phone)
    if not LOGIN.fullmatch(login) or login in RESERVED_LOGINS:
        message = "登录名须以字母开头，只含小写字母、数字和 . _ -，2 至 60 位，且不是系统保留名。"
        raise InvalidInput(message, {"login": message})
    if tx.connection.execute(select(person.c.id).where(person.c.login == login)).first():
        raise Conflict(f"登录名“{login}”已被使用（停用的账号也保留登录名），请换一个。")
    password = None if new.program else passwords.one_time_password()
    person_id = new_id()
    tx.connection.execute(
        insert(person).values(
            id=person_id,
            login=login,
            name=name,
            phone=phone,
            password_hash=None if password is None else passwords.hash_password(password),
            must_change_password=password is not None,
            active=True,
            created_at=tx.now,
        )
    )
    detail: dict[str, Any] = {"login": login, "name": name, "program": new.program}
    audit.append(tx, PEOPLE_STREAM, "person_created", detail=detail)
    memberships.replace(tx, persons.one(tx, person_id), new.memberships)
    return Created(persons.one(tx, person_id), password)


def get(tx: Transaction, principal: Principal, person_id: str) -> Person:
    """One person; everybody may see their own entry."""
    if person_id != principal.person.id:
        access.require(principal, "people.view")
    return persons.one(tx, person_id)


def list_page(
    tx: Transaction,
    principal: Principal,
    *,
    search: str | None = None,
    department: str | None = None,
    active: bool | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[Person]:
    """People by login, found by part of login, name or phone, by department, by active or not."""
    access.require(principal, "people.view")
    conditions: list[ColumnElement[bool]] = []
    if search and (text := search.strip()):
        conditions.append(
            or_(
                person.c.login.contains(text.casefold(), autoescape=True),
                person.c.name.contains(text, autoescape=True),
                person.c.phone.contains(text, autoescape=True),
            )
        )
    if department:
        of_department = select(membership.c.person_id).where(membership.c.department_id == department)
        conditions.append(person.c.id.in_(of_department))
    if active is not None:
        conditions.append(person.c.active.is_(active))
    total = tx.connection.execute(select(func.count()).select_from(person).where(*conditions)).scalar_one()
    page = select(person.c.id).where(*conditions).order_by(person.c.login).limit(limit).offset(offset)
    ids = [row.id for row in tx.connection.execute(page)]
    found = persons.from_rows(tx.connection.execute(persons.joined().where(person.c.id.in_(ids))))
    return Page(found, total, limit, offset)


def update_contact(tx: Transaction, principal: Principal, person_id: str, name: str, phone: str | None) -> Person:
    """Correct name and phone; the login stays for ever, the audit names it."""
    access.require(principal, "people.manage")
    persons.lock_people(tx)
    before = persons.one(tx, person_id)
    name, phone = _contact(name, phone)
    tx.connection.execute(update(person).where(person.c.id == person_id).values(name=name, phone=phone))
    detail = {"login": before.login, "name": name, "former_name": before.name}
    audit.append(tx, PEOPLE_STREAM, "contact_updated", detail=detail)
    return persons.one(tx, person_id)


def disable(tx: Transaction, principal: Principal, person_id: str) -> HandOver:
    """Lock a person out at once: sessions and tokens end, open tasks go to the other handler."""
    access.require(principal, "people.manage")
    persons.lock_people(tx)
    leaving = persons.one(tx, person_id)
    if leaving.id == principal.person.id:
        raise Refused("不能停用自己的账号，请由另一位系统管理员操作。")
    if not leaving.active:
        raise Conflict(f"{leaving.name}的账号已是停用状态，请刷新页面。")
    tx.connection.execute(update(person).where(person.c.id == person_id).values(active=False))
    memberships.require_an_administrator(tx)
    ended_sessions = sessions.revoke_all(tx, person_id)
    ended_tokens = api_tokens.revoke_all(tx, person_id)
    result = absences.hand_over(tx, leaving, f"{leaving.name}的账号已停用", release=True)
    audit.append(
        tx,
        PEOPLE_STREAM,
        "person_disabled",
        detail={
            "login": leaving.login,
            "sessions": ended_sessions,
            "tokens": ended_tokens,
            "moved": {task.task_id: task.to_login for task in result.moved},
            "left": {task.task_id: task.reason for task in result.left},
        },
    )
    return result


def enable(tx: Transaction, principal: Principal, person_id: str) -> None:
    """Let a disabled person in again, with the old password and posts; revoked tokens stay revoked."""
    access.require(principal, "people.manage")
    persons.lock_people(tx)
    returning = persons.one(tx, person_id)
    if returning.active:
        raise Conflict(f"{returning.name}的账号已是启用状态，请刷新页面。")
    tx.connection.execute(update(person).where(person.c.id == person_id).values(active=True))
    audit.append(tx, PEOPLE_STREAM, "person_enabled", detail={"login": returning.login})


def reset_password(tx: Transaction, principal: Principal, person_id: str) -> str:
    """A one-time password, shown once; ends all sessions, and nothing else is possible before a change."""
    access.require(principal, "people.manage")
    if principal.scopes is not None:
        raise Forbidden("访问令牌不能重置密码，请系统管理员本人登录后操作。")
    persons.lock_people(tx)
    holder = persons.one(tx, person_id)
    if holder.program:
        raise Refused("程序账号没有密码，请在访问令牌中重新签发令牌。")
    password = passwords.one_time_password()
    tx.connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(password_hash=passwords.hash_password(password), must_change_password=True)
    )
    ended = sessions.revoke_all(tx, person_id)
    detail = {"login": holder.login, "sessions": ended}
    audit.append(tx, PEOPLE_STREAM, "password_reset", detail=detail)
    return password


def find_by_login(tx: Transaction, principal: Principal, login: str) -> Person:
    """The person with this login; raises NotFound."""
    access.require(principal, "people.view")
    found = persons.by_login(tx, login)
    if found is None:
        raise NotFound(f"没有登录名为“{login}”的人员，请核对。")
    return found


def groups_of(holder: Person, posts: Iterable[Membership] | None = None) -> frozenset[str]:
    """Candidate groups of a person, or the ones other posts would give."""
    return holder.groups if posts is None else candidate_groups.groups_of(posts)


def _contact(name: str, phone: str | None) -> tuple[str, str | None]:
    name, phone = name.strip(), (phone or "").strip() or None
    fields = {}
    if not 0 < len(name) <= NAME_LENGTH:
        fields["name"] = f"请填写姓名（不超过 {NAME_LENGTH} 字）。"
    if phone and not re.fullmatch(rf"[0-9+ -]{{5,{PHONE_LENGTH}}}", phone):
        fields["phone"] = "联系电话只能含数字、空格、+ 和 -，请核对。"
    if fields:
        raise InvalidInput(" ".join(fields.values()), fields)
    return name, phone
