"""Passwords: argon2id at the OWASP minimum, at most two computations at once."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from engine.errors import InvalidInput, TooManyAttempts

MEMORY_KIB = 19 * 1024
MIN_LENGTH = 8
MAX_LENGTH = 128
AT_ONCE = 2
PATIENCE_SECONDS = 10
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
ONE_TIME_GROUPS, ONE_TIME_GROUP_LENGTH = 4, 4  # 79 bits

_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1),))
_slots = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _slot() -> Iterator[None]:
    """A flood of logins queues here instead of taking all memory and both cores."""
    if not _slots.acquire(timeout=PATIENCE_SECONDS):
        raise TooManyAttempts("当前登录人数较多，请稍等片刻再试。")
    try:
        yield
    finally:
        _slots.release()


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)  # an input method may give full-width characters


def hash_password(password: str) -> str:
    """The text to store."""
    with _slot():
        return _hasher.hash(_normal(password))


def verify(password: str, stored: str | None) -> bool:
    """Whether it fits; without a stored hash the answer takes as long and is no."""
    fits = False
    with _slot():
        if len(password) <= MAX_LENGTH:
            fits = _hasher.verify(_normal(password), stored or _nobody())
    return fits and stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def check_strength(password: str, login: str, field: str = "new_password") -> None:
    """Raises InvalidInput saying what to change."""
    message = None
    if len(_normal(password)) < MIN_LENGTH:
        message = f"密码至少 {MIN_LENGTH} 个字符，请加长。"
    elif len(password) > MAX_LENGTH:
        message = f"密码最多 {MAX_LENGTH} 个字符，请缩短。"
    elif _normal(password).casefold() == login.casefold():
        message = "密码不能与登录名相同，请另设一个。"
    elif len(set(password)) == 1:
        message = "密码不能由同一个字符重复组成，请另设一个。"
    if message:
        raise InvalidInput(message, {field: message})


def one_time_password() -> str:
    """A random password to hand over once."""
    return "-".join(
        "".join(secrets.choice(READABLE) for _ in range(ONE_TIME_GROUP_LENGTH)) for _ in range(ONE_TIME_GROUPS)
    )
