"""Guessing is slow: per account and per address, also when the guesses come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from engine.errors import TooManyAttempts, Unauthenticated
from engine.transaction import SYSTEM, Runtime
from hotline import login_throttle
from hotline.tables import login_attempt
from tests.conftest import FakeClock
from tests.hotline.office import ADDRESS, fail_to_log_in, log_in, open_office, trail


def test_five_failures_make_the_account_wait_and_the_wait_grows(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    fail_to_log_in(runtime, 5)
    with pytest.raises(TooManyAttempts, match="请 30 秒后再试"):
        log_in(runtime)  # even the right password has to wait
    with pytest.raises(TooManyAttempts):
        log_in(runtime, address="10.9.9.9")  # from wherever
    assert log_in(runtime, "intake2")  # others do not
    clock.advance(seconds=31)
    fail_to_log_in(runtime, 1)
    clock.advance(seconds=31)
    with pytest.raises(TooManyAttempts):
        log_in(runtime)
    clock.advance(seconds=30)
    assert log_in(runtime)


def test_waiting_attempts_do_not_prolong_the_wait(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    fail_to_log_in(runtime, 5)
    for _ in range(10):
        clock.advance(seconds=2)
        with pytest.raises(TooManyAttempts):
            log_in(runtime)
    clock.advance(seconds=11)
    assert log_in(runtime)


def test_the_longest_wait_is_a_quarter_of_an_hour(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    fail_to_log_in(runtime, 5)
    for _ in range(8):
        clock.advance(minutes=15, seconds=1)
        fail_to_log_in(runtime, 1)
    with pytest.raises(TooManyAttempts, match="15 分钟"):
        log_in(runtime)
    clock.advance(minutes=15, seconds=1)
    assert log_in(runtime)


def test_a_success_clears_the_account_and_is_audited_with_the_failures_before(runtime: Runtime) -> None:
    open_office(runtime)
    fail_to_log_in(runtime, 4)
    log_in(runtime)
    fail_to_log_in(runtime, 4)
    log_in(runtime)
    [first, second] = trail(runtime, "logged_in", "login/intake1")
    assert first.detail == second.detail == {"address": ADDRESS, "failed_attempts_before": 4}
    assert first.actor == "intake1"


def test_many_accounts_from_one_address_are_throttled_and_an_own_login_does_not_clear_it(runtime: Runtime) -> None:
    open_office(runtime)
    for number in range(login_throttle.FAILURES_PER_ADDRESS - 1):
        fail_to_log_in(runtime, 1, f"victim{number}")
    log_in(runtime, "office_safety_a")
    log_in(runtime, "office_safety_a")
    fail_to_log_in(runtime, 1, "one.more.victim")
    with pytest.raises(TooManyAttempts):
        log_in(runtime, "intake2")
    assert log_in(runtime, "intake2", address="10.7.7.7")


def test_one_ipv6_network_is_one_address(runtime: Runtime) -> None:
    open_office(runtime)
    for number in range(login_throttle.FAILURES_PER_ADDRESS):
        fail_to_log_in(runtime, 1, f"victim{number}", f"2001:db8:1:2::{number}")
    with pytest.raises(TooManyAttempts):
        log_in(runtime, address="2001:db8:1:2:ffff::1")
    assert log_in(runtime, address="2001:db8:1:3::1")


def test_failures_are_forgotten_after_an_hour_and_their_rows_swept(runtime: Runtime, clock: FakeClock) -> None:
    open_office(runtime)
    fail_to_log_in(runtime, 4)
    fail_to_log_in(runtime, 1, "nobody", "10.8.8.8")
    clock.advance(hours=1, seconds=1)
    fail_to_log_in(runtime, 4)
    log_in(runtime)
    with runtime.read(SYSTEM) as tx:
        left = set(tx.connection.execute(select(login_attempt.c.subject)).scalars())
    assert left == {f"address:{ADDRESS}"}


def test_guesses_made_at_once_are_counted_one_by_one(runtime: Runtime) -> None:
    open_office(runtime)

    def guess(number: int) -> str:
        try:
            log_in(runtime, "intake1", f"guess {number}")
        except (Unauthenticated, TooManyAttempts) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(16)))
    assert sorted(answers) == ["TooManyAttempts"] * 11 + ["Unauthenticated"] * 5
