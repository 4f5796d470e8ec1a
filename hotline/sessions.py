"""Login sessions on the server: a random token in the browser, its hash here."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from engine import audit
from engine.errors import Forbidden, InvalidInput, Unauthenticated
from engine.transaction import SYSTEM, Actor, Runtime, Transaction
from hotline import login_throttle, passwords, persons
from hotline.access import PasswordChangeDue, Principal, principal_for
from hotline.tables import login_session, person

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
RENEWED_EVERY = timedelta(minutes=15)  # a request costs one SELECT, a write only this often
LOGIN_LENGTH = 60
ADDRESS_LENGTH, USER_AGENT_LENGTH = 60, 300
NOBODY = Actor("anonymous", "未登录")

_BEARER = (
    persons.joined(login_session.join(person, person.c.id == login_session.c.person_id))
    .add_columns(login_session.c.created_at.label("opened_at"), login_session.c.expires_at)
    .where(login_session.c.token_hash == bindparam("hash"), login_session.c.expires_at > bindparam("now"))
    .where(person.c.active)
)
_log = logging.getLogger(__name__)


def log_in(runtime: Runtime, login: str, password: str, address: str, user_agent: str) -> str:
    """The token of a new session; raises Unauthenticated or TooManyAttempts.

    Takes the runtime, not a transaction: a failed attempt must stay counted although this raises, and
    the slow hash must not hold the database's writer.
    """
    login = login.strip().casefold()
    if not login or len(login) > LOGIN_LENGTH:
        raise _wrong_credentials()
    person_id, stored = _verify(runtime, login, password, address)
    with runtime.write(Actor(login, login)) as tx:
        if _password_hash(tx, person_id) != stored:
            raise _wrong_credentials()
        failures = login_throttle.forgive(tx, login, address)
        token = open_session(tx, person_id, address, user_agent)
        detail = {"address": address[:ADDRESS_LENGTH], "failed_attempts_before": failures}
        audit.append(tx, _stream(login), "logged_in", detail=detail)
    return token


def _verify(runtime: Runtime, login: str, password: str, address: str) -> tuple[str, str]:
    """Id and stored hash of the person whose password this is; equally slow for every kind of no."""
    with runtime.write(NOBODY) as tx:
        login_throttle.count_attempt(tx, login, address)
    with runtime.read(NOBODY) as tx:
        row = tx.connection.execute(
            select(person.c.id, person.c.password_hash).where(person.c.login == login, person.c.active)
        ).first()
    if not passwords.verify(password, row.password_hash if row else None) or row is None:
        _log.warning("failed login from %s for %s", address, login if row else "an unknown account")
        raise _wrong_credentials()
    return row.id, row.password_hash


def open_session(tx: Transaction, person_id: str, address: str, user_agent: str) -> str:
    """The token of a new session for a person whose identity is proved, in whichever way.

    This is the seam for single sign-on: an OIDC callback finds the person and calls this, nothing else.
    """
    if _active_login(tx, person_id) is None:
        raise _wrong_credentials()
    tx.connection.execute(
        delete(login_session).where(login_session.c.person_id == person_id, login_session.c.expires_at <= tx.now)
    )
    token = secrets.token_urlsafe(32)
    tx.connection.execute(
        insert(login_session).values(
            token_hash=hash_of(token),
            person_id=person_id,
            created_at=tx.now,
            expires_at=tx.now + IDLE,
            address=address[:ADDRESS_LENGTH],
            user_agent=user_agent[:USER_AGENT_LENGTH],
        )
    )
    return token


def authenticate(runtime: Runtime, token: str, *, to_change_password: bool = False) -> Principal:
    """Who comes with this token: one SELECT, and now and then the renewal of the session."""
    with runtime.glance(NOBODY) as tx:
        principal = principal_of(tx, token, to_change_password=to_change_password)
    if principal.renewal_due:
        with runtime.write(principal.actor) as tx:
            renew(tx, principal)
    return principal


def principal_of(tx: Transaction, token: str, *, to_change_password: bool = False) -> Principal:
    """Who comes with this token, in one statement; raises Unauthenticated.

    A person who must change the password gets PasswordChangeDue everywhere but where that is done.
    """
    session = hash_of(token)
    rows = tx.connection.execute(_BEARER, {"hash": session, "now": tx.now}).all()
    if not rows:
        raise Unauthenticated("登录已失效，请重新登录。")
    [found] = persons.from_rows(rows)
    if found.must_change_password and not to_change_password:
        raise PasswordChangeDue("请先修改初始密码，再继续使用。")
    target = _expiry(tx.now, rows[0].opened_at)
    return principal_for(found, session=session, renewal_due=target - rows[0].expires_at >= RENEWED_EVERY)


def renew(tx: Transaction, principal: Principal) -> None:
    """Slide the expiry of the session; its absolute end stays."""
    opened_at = tx.connection.execute(
        select(login_session.c.created_at).where(login_session.c.token_hash == principal.session)
    ).scalar()
    if opened_at is not None:
        tx.connection.execute(
            update(login_session)
            .where(login_session.c.token_hash == principal.session)
            .values(expires_at=_expiry(tx.now, opened_at))
        )


def log_out(tx: Transaction, token: str) -> None:
    """End this session; unknown tokens are no error."""
    tx.connection.execute(delete(login_session).where(login_session.c.token_hash == hash_of(token)))


def forget_expired(runtime: Runtime) -> None:
    """Nightly: sessions nobody can use any more."""
    with runtime.write(SYSTEM) as tx:
        tx.connection.execute(delete(login_session).where(login_session.c.expires_at <= tx.now))


def revoke_all(tx: Transaction, person_id: str) -> int:
    """End every session of a person; returns how many there were."""
    return tx.connection.execute(delete(login_session).where(login_session.c.person_id == person_id)).rowcount


def change_password(
    runtime: Runtime,
    principal: Principal,
    old_password: str,
    new_password: str,
    address: str,
    user_agent: str,
) -> str:
    """Set one's own password; ends all sessions and returns the token of a new one.

    Takes the runtime for the same reasons as log_in.
    """
    if principal.session is None:
        raise Forbidden("访问令牌不能修改密码，请本人登录后修改。")
    login = principal.person.login
    passwords.check_strength(new_password, login)
    if new_password == old_password:
        message = "新密码不能与原密码相同，请另设一个。"
        raise InvalidInput(message, {"new_password": message})
    try:
        person_id, stored = _verify(runtime, login, old_password, address)
    except Unauthenticated as wrong:
        message = "原密码不正确，请重新输入。"
        raise InvalidInput(message, {"old_password": message}) from wrong
    new_hash = passwords.hash_password(new_password)
    with runtime.write(principal.actor) as tx:
        persons.lock_people(tx)
        if _password_hash(tx, person_id) != stored:
            raise _wrong_credentials()
        login_throttle.forgive(tx, login, address)
        tx.connection.execute(
            update(person).where(person.c.id == person_id).values(password_hash=new_hash, must_change_password=False)
        )
        revoke_all(tx, person_id)
        audit.append(tx, persons.PEOPLE_STREAM, "password_changed", detail={"login": login})
        return open_session(tx, person_id, address, user_agent)


def hash_of(token: str) -> str:
    """What is stored of a token: it has 256 random bits, a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _expiry(now: datetime, opened_at: datetime) -> datetime:
    return min(now + IDLE, opened_at + LONGEST)


def _active_login(tx: Transaction, person_id: str) -> str | None:
    """Locks the person, so that disabling either comes first or ends the session opened here."""
    login: str | None = tx.connection.execute(
        select(person.c.login).where(person.c.id == person_id, person.c.active).with_for_update()
    ).scalar()
    return login


def _password_hash(tx: Transaction, person_id: str) -> str | None:
    stored: str | None = tx.connection.execute(
        select(person.c.password_hash).where(person.c.id == person_id, person.c.active).with_for_update()
    ).scalar()
    return stored


def _stream(login: str) -> str:
    return f"login/{login}"


def _wrong_credentials() -> Unauthenticated:
    return Unauthenticated("登录名或密码不正确，请核对后重试；忘记密码请联系系统管理员重置。")
