"""Time left in words and as a light: office hours of working days, natural days where the limit runs in them."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.working_days import SHANGHAI, WorkingDays
from hotline import lights


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


LONG = {"unit": "workdays", "amount": 7}
SHORT = {"unit": "workdays", "amount": 1}
NATURAL = {"unit": "days", "amount": 5}


@pytest.mark.parametrize(
    ("now", "due", "limit", "light", "text"),
    [
        ("2026-03-02 14:00", "2026-03-03 23:59:59", LONG, "green", "剩 1 个工作日 3 小时"),
        ("2026-03-02 09:00", "2026-03-11 23:59:59", LONG, "green", "剩 7 个工作日 8 小时"),
        ("2026-03-03 09:00", "2026-03-03 23:59:59", LONG, "yellow", "剩 8 小时"),
        ("2026-03-02 18:00", "2026-03-03 23:59:59", LONG, "yellow", "剩 1 个工作日"),
        ("2026-03-06 16:30", "2026-03-09 23:59:59", LONG, "green", "剩 1 个工作日 1 小时"),  # over a weekend
        ("2026-03-07 10:00", "2026-03-09 23:59:59", LONG, "yellow", "剩 1 个工作日"),  # on a Saturday
        ("2026-02-27 17:00", "2026-02-28 23:59:59", LONG, "green", "剩 1 个工作日"),  # a Saturday that is worked
        ("2026-03-02 20:00", "2026-03-02 23:59:59", LONG, "yellow", "23:59 到期"),
        ("2026-03-02 10:00", "2026-03-03 23:59:59", SHORT, "green", "剩 1 个工作日 7 小时"),
        ("2026-03-03 13:00", "2026-03-03 23:59:59", SHORT, "green", "剩 4 小时"),
        ("2026-03-03 13:30", "2026-03-03 23:59:59", SHORT, "yellow", "剩 4 小时"),
        ("2026-03-02 21:00", "2026-03-07 23:59:59", NATURAL, "green", "剩 5 天 2 小时"),
        ("2026-03-07 08:00", "2026-03-07 23:59:59", NATURAL, "yellow", "剩 15 小时"),
        ("2026-03-02 10:00", "2026-03-02 09:30", LONG, "red", "超时 30 分钟"),
        ("2026-03-02 10:00", "2026-02-28 10:00", LONG, "red", "超时 2 天"),
        ("2026-03-02 10:00", "2026-03-04 12:00", None, "green", "剩 1 个工作日 10 小时"),
    ],
)
def test_time_left_and_light(
    working_days: WorkingDays, now: str, due: str, limit: dict[str, object] | None, light: str, text: str
) -> None:
    left = lights.countdown(working_days, at(now), at(due), limit)
    assert (left.light, left.text) == (light, text)


def test_without_due_date_there_is_no_light(working_days: WorkingDays) -> None:
    assert lights.countdown(working_days, at("2026-03-02 10:00"), None) == lights.WITHOUT_DUE_DATE
