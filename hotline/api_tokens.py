"""Tokens for programs: shown once, stored hashed, never able to do more than the person they act as."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update

from engine import audit
from engine.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from engine.transaction import Transaction, new_id
from hotline import access, persons
from hotline.access import PasswordChangeDue, Principal, principal_for
from hotline.roles import PERMISSIONS
from hotline.sessions import hash_of
from hotline.tables import api_token, person

PREFIX = "minhu_"  # lets a scanner recognise a leaked token
NAME_LENGTH = 100

_BEARER = (
    persons.joined(api_token.join(person, person.c.id == api_token.c.person_id))
    .add_columns(api_token.c.scopes)
    .where(
        api_token.c.token_hash == bindparam("hash"),
        api_token.c.revoked_at.is_(None),
        or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > bindparam("now")),
        person.c.active,
    )
)


@dataclass(frozen=True)
class ApiToken:
    """A token as it may be shown: without its secret."""

    id: str
    name: str
    person_id: str
    person_name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class IssuedToken:
    """A new token; `secret` exists only here."""

    token: ApiToken
    secret: str


def issue(
    tx: Transaction,
    principal: Principal,
    *,
    name: str,
    scopes: Iterable[str],
    person_id: str | None = None,
    expires_at: datetime | None = None,
) -> IssuedToken:
    """A token for oneself or for a program account, never for another human: that would be acting as them."""
    access.require(principal, "token.manage")
    owner = persons.one(tx, person_id or principal.person.id)
    if owner.id != principal.person.id and not owner.program:
        raise Forbidden("不能以他人名义签发访问令牌，请为接口建立程序账号。")
    if not owner.active:
        raise InvalidInput("该账号已停用，请先启用再签发令牌。", {"person_id": "账号已停用"})
    wanted = frozenset(scopes)
    _check(tx, name, wanted, expires_at, grantable=owner.permissions)
    if principal.scopes is not None and (excess := wanted - principal.scopes):
        raise Forbidden(f"访问令牌不能签发超出自身范围的令牌：{_labels(excess)}。")
    secret = PREFIX + secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "name": name.strip(),
        "person_id": owner.id,
        "created_at": tx.now,
        "expires_at": expires_at,
        "revoked_at": None,
    }
    persons.lock_people(tx)
    tx.connection.execute(
        insert(api_token).values(**row, scopes=json.dumps(sorted(wanted)), token_hash=hash_of(secret))
    )
    detail = {"token_id": row["id"], "name": name, "login": owner.login, "scopes": sorted(wanted)}
    audit.append(tx, persons.PEOPLE_STREAM, "token_issued", detail=detail)
    return IssuedToken(_one(tx, str(row["id"])), secret)


def list_all(tx: Transaction, principal: Principal) -> list[ApiToken]:
    """Every token, newest first."""
    access.require(principal, "token.manage")
    rows = tx.connection.execute(_select().order_by(api_token.c.created_at.desc(), api_token.c.id))
    return [_token(row) for row in rows]


def revoke(tx: Transaction, principal: Principal, token_id: str) -> None:
    """End a token; doing it twice is no error."""
    access.require(principal, "token.manage")
    persons.lock_people(tx)
    token = _one(tx, token_id)
    changed = tx.connection.execute(
        update(api_token).where(api_token.c.id == token_id, api_token.c.revoked_at.is_(None)).values(revoked_at=tx.now)
    ).rowcount
    if changed:
        detail = {"token_id": token_id, "name": token.name}
        audit.append(tx, persons.PEOPLE_STREAM, "token_revoked", detail=detail)


def revoke_all(tx: Transaction, person_id: str) -> int:
    """End every token of a person; returns how many there were. The caller audits."""
    return tx.connection.execute(
        update(api_token)
        .where(api_token.c.person_id == person_id, api_token.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    ).rowcount


def principal_of(tx: Transaction, secret: str) -> Principal:
    """Who comes with this token, in one statement; raises Unauthenticated."""
    rows = tx.connection.execute(_BEARER, {"hash": hash_of(secret), "now": tx.now}).all()
    if not rows:
        raise Unauthenticated("访问令牌无效、已过期或已吊销，请联系系统管理员重新签发。")
    [owner] = persons.from_rows(rows)
    if owner.must_change_password:
        raise PasswordChangeDue("令牌所属人员须先登录修改初始密码，令牌才能使用。")
    return principal_for(owner, scopes=frozenset(json.loads(rows[0].scopes)))


def _check(
    tx: Transaction,
    name: str,
    scopes: frozenset[str],
    expires_at: datetime | None,
    grantable: frozenset[str],
) -> None:
    fields: dict[str, str] = {}
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        fields["name"] = f"请填写令牌名称（不超过 {NAME_LENGTH} 字）。"
    if unknown := scopes - PERMISSIONS.keys():
        fields["scopes"] = f"没有这样的范围：{'、'.join(sorted(unknown))}。"
    elif excess := scopes - grantable:
        fields["scopes"] = f"所属账号的岗位没有这些权限：{_labels(excess)}。"
    elif not scopes:
        fields["scopes"] = "请至少选择一个范围。"
    if expires_at is not None and expires_at <= tx.now:
        fields["expires_at"] = "有效期须晚于现在。"
    if fields:
        raise InvalidInput(" ".join(fields.values()), fields)


def _labels(scopes: Iterable[str]) -> str:
    return "、".join(PERMISSIONS.get(scope, scope) for scope in sorted(scopes))


def _select() -> Any:
    return select(api_token, person.c.name.label("person_name")).join(person, person.c.id == api_token.c.person_id)


def _one(tx: Transaction, token_id: str) -> ApiToken:
    row = tx.connection.execute(_select().where(api_token.c.id == token_id)).first()
    if row is None:
        raise NotFound("没有这个访问令牌，请返回列表重新选择。")
    return _token(row)


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        row.id,
        row.name,
        row.person_id,
        row.person_name,
        frozenset(json.loads(row.scopes)),
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )
