"""How much time is left, in words and as a light: green, yellow (soon due), red (overdue)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.working_days import SHANGHAI, WorkingDays

GREEN, YELLOW, RED, NONE = "green", "yellow", "red", "none"
LONGEST_LOOK_AHEAD = 400  # days; beyond it the exact count helps nobody
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Countdown:
    """The light of a due date and the time left or passed, such as 剩 1 个工作日 3 小时."""

    light: str
    text: str


WITHOUT_DUE_DATE = Countdown(NONE, "")


def countdown(
    calendar: WorkingDays, now: datetime, due_at: datetime | None, explanation: Mapping[str, Any] | None = None
) -> Countdown:
    """Time left counts office hours of working days, unless the limit itself runs in natural days."""
    if due_at is None:
        return WITHOUT_DUE_DATE
    if due_at <= now:
        return Countdown(RED, f"超时 {_span(*divmod(now - due_at, DAY), '天')}")
    limit = explanation or {}
    if limit.get("unit") == "days":
        (days, hours), day, unit = divmod(due_at - now, DAY), DAY, "天"
    else:
        (days, hours), day, unit = _office_time(calendar, now, due_at), _office_day(calendar, now), "个工作日"
    light = YELLOW if days * day + hours <= _warning_time(calendar, now, day, limit) else GREEN
    text = f"剩 {_span(days, hours, unit)}" if days or hours >= HOUR else _last_hour(due_at)
    return Countdown(light, text)


def _warning_time(calendar: WorkingDays, now: datetime, day: timedelta, limit: Mapping[str, Any]) -> timedelta:
    on = now.astimezone(SHANGHAI).date()
    if limit.get("unit") in ("days", "workdays") and limit.get("amount", 0) <= 1:
        return HOUR * _number(calendar, "light_yellow_hours", on)
    return day * _number(calendar, "light_yellow_workdays", on)


def _number(calendar: WorkingDays, rule_id: str, on: date) -> float:
    return float(str(calendar.rules.rule(rule_id, on).value))


def _span(days: int, rest: timedelta, unit: str) -> str:
    hours = rest // HOUR
    if days:
        return f"{days} {unit} {hours} 小时" if hours else f"{days} {unit}"
    return f"{hours} 小时" if hours else f"{max(1, rest // timedelta(minutes=1))} 分钟"


def _last_hour(due_at: datetime) -> str:
    return f"{due_at.astimezone(SHANGHAI):%H:%M} 到期"


def _office_window(calendar: WorkingDays, day: date) -> tuple[datetime, datetime]:
    start, end = _office_hours(calendar, day)
    return datetime.combine(day, start, SHANGHAI), datetime.combine(day, end, SHANGHAI)


def _office_hours(calendar: WorkingDays, on: date) -> tuple[time, time]:
    value = calendar.rules.rule("office_hours", on).value
    assert isinstance(value, list)
    return time.fromisoformat(value[0]), time.fromisoformat(value[1])


def _office_day(calendar: WorkingDays, now: datetime) -> timedelta:
    start, end = _office_window(calendar, now.astimezone(SHANGHAI).date())
    return end - start


def _office_time(calendar: WorkingDays, now: datetime, due_at: datetime) -> tuple[int, timedelta]:
    """Whole working days after today, and the office hours of days that are not whole."""
    whole, rest = 0, timedelta()
    today = now.astimezone(SHANGHAI).date()
    for day in _days(today, due_at.astimezone(SHANGHAI).date()):
        if not calendar.day(day).working:
            continue
        start, end = _office_window(calendar, day)
        if day > today and end <= due_at:
            whole += 1
        else:
            rest += max(timedelta(), min(end, due_at) - max(start, now))
    return whole, rest


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range(min((last - first).days, LONGEST_LOOK_AHEAD) + 1):
        yield first + timedelta(days=offset)
