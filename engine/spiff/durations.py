"""ISO 8601 durations and repetitions: PT2H, P1M, R3/PT1H, R/P1D, R3/2026-03-02T09:00:00+08:00/P1W."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?"
)
_LITERAL = re.compile(r"(P[\dT]|R\d*/|\d{4}-)")


@dataclass(frozen=True)
class Duration:
    """Calendar months, and an exact span."""

    months: int
    span: timedelta

    def after(self, start: datetime, times: int = 1) -> datetime:
        """`times` durations after an instant; the last day of a month that is too short."""
        month = start.month - 1 + self.months * times
        year, month = start.year + month // 12, month % 12 + 1
        day = min(start.day, calendar.monthrange(year, month)[1])
        return start.replace(year=year, month=month, day=day) + self.span * times


@dataclass(frozen=True)
class Repetition:
    """Due `times` times (None: without end), every `period`, the first time at `start` or one period from now."""

    times: int | None
    start: datetime | None
    period: Duration


def is_literal(text: str) -> bool:
    """Whether a timer's text is an ISO value itself; everything else is an expression."""
    return _LITERAL.match(text.strip()) is not None


def instant(text: str) -> datetime:
    """An ISO date and time with offset, in UTC; ValueError when it is none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("缺少时区")
    return found.astimezone(UTC)


def duration(text: str) -> Duration:
    """A duration; ValueError when it is none or empty."""
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise ValueError("不是时长")
    parts = {name: float((value or "0").replace(",", ".")) for name, value in found.groupdict().items()}
    months = int(parts.pop("years") * 12 + parts.pop("months"))
    made = Duration(months, timedelta(**parts))
    if not made.months and not made.span:
        raise ValueError("时长为零")
    return made


def repetition(text: str) -> Repetition:
    """A repetition; ValueError when it is none."""
    parts = text.split("/")
    found = re.fullmatch(r"R(\d*)", parts[0])
    if found is None or len(parts) not in (2, 3) or (found.group(1) and not int(found.group(1))):
        raise ValueError("不是重复时间")
    start = instant(parts[1]) if len(parts) == 3 else None
    return Repetition(int(found.group(1)) if found.group(1) else None, start, duration(parts[-1]))
