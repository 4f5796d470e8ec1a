"""Deadlines in working days and natural days, from dated rules and the office's calendar.

The start day is day 0; a deadline is the end of the nth working (or calendar) day after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

from engine.errors import InvalidInput
from engine.rule_data import MalformedData, Rule, RuleData
from engine.working_days.calendar import WORKDAY, Calendar, Day
from engine.working_days.deadlines import SHANGHAI, Deadline, instant

__all__ = ["SHANGHAI", "Day", "Deadline", "WorkingDays", "instant"]

MAX_AMOUNT = 1_000  # longer is a mistake in the data, and would walk the calendar for nothing
MOST_REMEMBERED = 4_096  # deadlines
FIRST_YEAR, LAST_YEAR = 2004, 2100


class WorkingDays:
    """Computes deadlines; reads its two files once."""

    def __init__(self, calendar: Calendar, rules: RuleData) -> None:
        self._calendar = calendar
        self.rules = rules
        self._deadline = lru_cache(MOST_REMEMBERED)(self._compute)  # every step of a ticket asks for the same ones
        content = [calendar.content, [asdict(rule) for rule in rules.every_version()]]
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
        self._fingerprint = hashlib.sha256(canonical.encode()).hexdigest()

    @classmethod
    def from_folder(cls, processes: Path) -> WorkingDays:
        """Read holidays.yaml and regulation.yaml; raises MalformedData naming what does not fit."""
        return cls(Calendar.from_file(processes / "holidays.yaml"), RuleData.from_file(processes / "regulation.yaml"))

    @property
    def fingerprint(self) -> str:
        """Changes whenever calendar or rules change: then open deadlines must be computed anew."""
        return self._fingerprint

    def day(self, on: date) -> Day:
        """Whether the office works on a day, and why."""
        return self._calendar.day(on)

    def workdays(self, amount: int, start: datetime | str) -> Deadline:
        """The end of the nth working day after the start day; 0 means that day, or the next working one."""
        return self._count(amount, start, "workdays", lambda day: day.working)

    def days(self, amount: int, start: datetime | str) -> Deadline:
        """The end of the nth calendar day after the start day."""
        return self._count(amount, start, "days", lambda _: True)

    def deadline(self, rule_id: str, start: datetime | str) -> Deadline:
        """The deadline of a rule in force on the start day; raises UnknownRule or InvalidInput (no span)."""
        return self._deadline(rule_id, _begin(start))

    def _compute(self, rule_id: str, begin: datetime) -> Deadline:
        rule = self.rules.rule(rule_id, begin.date())
        return replace(
            self._span(rule, begin),
            rule=rule.id,
            clause=rule.clause or None,
            label=rule.label,
            cite=rule.cite,
            conflict=rule.conflict,
        )

    def _span(self, rule: Rule, begin: datetime) -> Deadline:
        if isinstance(rule.value, int) and rule.unit == "workdays":
            return self.workdays(rule.value, begin)
        if isinstance(rule.value, int) and rule.unit == "days":
            return self.days(rule.value, begin)
        if isinstance(rule.value, int | float) and rule.unit == "hours":
            due_at = begin + timedelta(hours=rule.value)
            return Deadline(due_at, begin, rule.value, "hours", None, None, "")
        raise InvalidInput(f"规则“{rule.label}”（{rule.id}）不是时限。")

    def _count(self, amount: int, start: datetime | str, unit: str, counts: Callable[[Day], bool]) -> Deadline:
        if type(amount) is not int or not 0 <= amount <= MAX_AMOUNT:
            raise InvalidInput(f"天数应为 0 至 {MAX_AMOUNT} 的整数，而不是“{amount}”。")
        begin = _begin(start)
        walked = [self.day(begin.date())]
        remaining = amount if amount else int(not counts(walked[0]))
        while remaining:
            walked.append(self.day(walked[-1].date + timedelta(days=1)))
            remaining -= counts(walked[-1])
        due_on = walked[-1].date
        depends_on_calendar = unit == "workdays"
        return Deadline(
            due_at=datetime.combine(due_on, self._day_end(due_on), SHANGHAI),
            start=begin,
            amount=amount,
            unit=unit,
            rule=None,
            clause=None,
            label="",
            skipped=tuple(day for day in walked[1:] if not counts(day)),
            extra_workdays=tuple(
                day for day in walked[1:] if depends_on_calendar and day.working and day.reason != WORKDAY
            ),
            provisional_years=tuple(
                sorted({day.date.year for day in walked[1:] if depends_on_calendar and day.provisional})
            ),
        )

    def workdays_between(self, start: datetime | str, end: datetime | str) -> int:
        """The working days after the start's day up to the end's day; negative when the end lies before."""
        first, last = _begin(start).date(), _begin(end).date()
        if last < first:
            return -self.workdays_between(end, start)
        return sum(self.day(first + timedelta(days=n)).working for n in range(1, (last - first).days + 1))

    def is_office_hours(self, at: datetime | str) -> bool:
        """Whether the office is open: a working day, between the hours that are in force."""
        local = _begin(at)
        opens, closes = self._office_hours(local.date())
        return self.day(local.date()).working and opens <= local.time().replace(tzinfo=None) < closes

    def _office_hours(self, on: date) -> tuple[time, time]:
        value = self.rules.rule("office_hours", on).value
        if not isinstance(value, list) or len(value) != 2:
            raise MalformedData("规则 office_hours 应为 [开始, 结束] 两个时刻。")
        return time.fromisoformat(str(value[0])), time.fromisoformat(str(value[1]))

    def _day_end(self, on: date) -> time:
        return time.fromisoformat(str(self.rules.rule("deadline_day_end", on).value))


def _begin(start: datetime | str) -> datetime:
    local = instant(start)
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise InvalidInput(f"{local.year} 年不在可计算的范围（{FIRST_YEAR}—{LAST_YEAR}）内。")
    return local
