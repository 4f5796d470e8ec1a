"""Slows down guessing: an attempt is counted before the password is looked at, per account and address."""

from __future__ import annotations

import ipaddress
import math
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import TooManyAttempts
from engine.transaction import Transaction
from hotline.tables import login_attempt

FAILURES_PER_ACCOUNT = 5
FAILURES_PER_ADDRESS = 20  # a whole office shares one address
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


def count_attempt(tx: Transaction, login: str, address: str) -> None:
    """Count this attempt as failed; raises TooManyAttempts while either subject has to wait."""
    for subject, limit in _subjects(login, address):
        _count(tx, subject, limit)


def forgive(tx: Transaction, login: str, address: str) -> int:
    """The attempt succeeded: forget the account's failures, take this one off the address.

    Returns the account's failures before it. An attacker's own login thus never clears the address.
    """
    (account, _), (source, limit) = _subjects(login, address)
    row = tx.connection.execute(
        delete(login_attempt).where(login_attempt.c.subject == account).returning(login_attempt.c.failures)
    ).first()
    tx.connection.execute(
        update(login_attempt)
        .where(login_attempt.c.subject == source, login_attempt.c.failures > 0)
        .values(
            failures=login_attempt.c.failures - 1,
            blocked_until=case((login_attempt.c.failures > limit, login_attempt.c.blocked_until), else_=None),
        )
    )
    _forget_old(tx)
    return row.failures - 1 if row else 0


def _subjects(login: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (
        (f"account:{login}", FAILURES_PER_ACCOUNT),
        (f"address:{_network(address)}", FAILURES_PER_ADDRESS),
    )


def _network(address: str) -> str:
    """An IPv6 customer owns a whole /64; other text (a test client's name) stays as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _count(tx: Transaction, subject: str, limit: int) -> None:
    insert = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    stale = login_attempt.c.updated_at < tx.now - FORGOTTEN_AFTER
    row = tx.connection.execute(
        insert(login_attempt)
        .values(subject=subject, failures=1, updated_at=tx.now)
        .on_conflict_do_update(
            index_elements=[login_attempt.c.subject],
            set_={
                "failures": case((stale, 1), else_=login_attempt.c.failures + 1),
                "updated_at": tx.now,
            },
        )
        .returning(login_attempt.c.failures, login_attempt.c.blocked_until)
    ).one()
    if row.blocked_until is not None and row.blocked_until > tx.now:
        raise TooManyAttempts(f"登录失败次数过多，请{_in_words(row.blocked_until - tx.now)}后再试。")
    if row.failures >= limit:
        tx.connection.execute(
            update(login_attempt)
            .where(login_attempt.c.subject == subject)
            .values(blocked_until=_blocked_until(tx.now, row.failures - limit))
        )


def _blocked_until(now: datetime, excess: int) -> datetime:
    return now + min(FIRST_WAIT * (1 << min(excess, 10)), LONGEST_WAIT)


def _in_words(wait: timedelta) -> str:
    seconds = math.ceil(wait.total_seconds())
    return f" {seconds} 秒" if seconds <= 60 else f" {-(-seconds // 60)} 分钟"


def _forget_old(tx: Transaction) -> None:
    """Skips rows that another login holds, so that two logins never wait for each other crosswise."""
    old = (
        select(login_attempt.c.subject)
        .where(login_attempt.c.updated_at < tx.now - FORGOTTEN_AFTER)
        .with_for_update(skip_locked=True)
    )
    tx.connection.execute(delete(login_attempt).where(login_attempt.c.subject.in_(old)))
