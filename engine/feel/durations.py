"""Days and times as FEEL knows them, read from ISO texts and written back (DMN 1.3, 10.3.2.3)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import total_ordering

from engine.working_days import instant

MAX_YEARS = 10_000
MAX_ZONE = 18  # hours
CLOCK = timezone(timedelta(hours=8))  # of Shanghai; a time of day alone has no place among zones with history

_ZONE = re.compile(r":\d\d(?:\.\d+)?[+-](\d\d)(?::?\d\d)?$")
_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?")
_DAYS = re.compile(r"(-?)P(?:(\d{1,7})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?")


@total_ordering
@dataclass(frozen=True)
class Months:
    """A duration of years and months; never comparable with one of days."""

    amount: int

    def __lt__(self, other: Months) -> bool:
        return self.amount < other.amount

    def __str__(self) -> str:
        years, months = divmod(abs(self.amount), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f"{'-' if self.amount < 0 else ''}P{text}"


def read_date(text: str) -> date:
    """A day from ISO text; of a moment, its day in Shanghai. Raises ValueError or InvalidInput."""
    if len(text) == 10:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"“{text}”不是有效的日期，应如 2026-01-01") from error
    return instant(text).date()


def read_moment(text: str) -> datetime:
    """A moment from ISO text, Shanghai time when it names no zone; raises ValueError or InvalidInput."""
    _check_zone(text)
    return instant(text)


def read_time(text: str) -> time:
    """A time of day from ISO text; raises ValueError."""
    _check_zone(text)
    try:
        read = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"“{text}”不是有效的钟点，应如 09:30:00") from error
    return read if read.tzinfo else read.replace(tzinfo=CLOCK)


def _check_zone(text: str) -> None:
    zone = _ZONE.search(text)
    if zone and int(zone[1]) > MAX_ZONE:
        raise ValueError(f"“{text}”的时区超出 {MAX_ZONE} 小时")


def read_duration(text: str) -> timedelta | Months:
    """A duration from ISO text (P1Y2M, or P3DT4H); raises ValueError."""
    months = _MONTHS.fullmatch(text)
    if months:
        amount = int(months[2] or 0) * 12 + int(months[3] or 0)
        return Months(-amount if months[1] else amount)
    found = _DAYS.fullmatch(text)
    if not found or text in ("P", "-P"):
        raise ValueError(f"“{text}”不是有效的时长，应如 P3DT4H 或 P1Y2M")
    days, hours, minutes = (int(part or 0) for part in found.groups()[1:4])
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=float(found[5] or 0))
    except OverflowError as error:
        raise ValueError(f"时长“{text}”太长") from error
    return -length if found[1] else length


def write_duration(length: timedelta) -> str:
    """The ISO text of a duration of days and time."""
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{length.microseconds:06d}".rstrip("0").rstrip(".")
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    parts.append(f"{seconds}{fraction}S" if seconds or length.microseconds else "")
    clock = "".join(parts)
    days = f"{length.days}D" if length.days or not clock else ""
    return f"{sign}P{days}" + (f"T{clock}" if clock else "")


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a shorter month; a moment keeps its time."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= years < MAX_YEARS:
        raise ValueError("日期超出范围")
    return day.replace(year=years, month=month + 1, day=min(day.day, monthrange(years, month + 1)[1]))
