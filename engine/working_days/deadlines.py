"""A deadline that explains itself: start, rule, clause, days skipped and why, what is still provisional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import InvalidInput
from engine.working_days.calendar import Day

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNIT_LABELS = {"workdays": "个工作日", "days": "个自然日", "hours": "小时"}
_WEEKDAYS = "一二三四五六日"


def instant(value: datetime | str) -> datetime:
    """An aware moment in local time; a text without a time zone is local time."""
    if isinstance(value, str):
        value = _from_text(value)
    if value.tzinfo is None:
        raise ValueError("naive datetime")
    return value.astimezone(SHANGHAI)


def _from_text(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"“{text[:40]}”不是有效的时间，应如 2026-09-30T10:00:00+08:00。") from error
    return read if read.tzinfo else read.replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Deadline:
    """When something is due, and everything needed to say why."""

    due_at: datetime
    start: datetime
    amount: int | float
    unit: str
    rule: str | None
    clause: str | None
    label: str
    cite: str = ""
    conflict: str = ""  # where the source contradicts itself: both citations and the choice
    skipped: tuple[Day, ...] = ()
    extra_workdays: tuple[Day, ...] = ()
    provisional_years: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether an arrangement still to be published may move it."""
        return bool(self.provisional_years)

    @cached_property
    def explanation(self) -> str:
        """One Chinese paragraph a clerk can read to a caller."""
        parts = [f"自{_moment(self.start)}起算", self._rule()]
        if self.skipped:
            parts.append("跳过" + "、".join(_spans(self.skipped, self.start.year)))
        if self.extra_workdays:
            parts.append("计入" + "、".join(_spans(self.extra_workdays, self.start.year)))
        parts.append(f"至{_moment(self.due_at)}截止。")
        if self.provisional_years:
            years = "、".join(f"{year}年" for year in self.provisional_years)
            parts[-1] += f"暂定：{years}放假安排尚未公布，按周末和法定节假日推算，公布后重新计算。"
        return "；".join(parts)

    def _rule(self) -> str:
        amount = f"{self.amount}{UNIT_LABELS[self.unit]}"
        counted = {"workdays": "起算日不计", "days": "起算日不计，含节假日、双休日"}.get(self.unit, "")
        source = "，".join(filter(None, (f"条款 {self.clause}" if self.clause else "", self.cite)))
        label = f"{self.label}：" if self.label else ""
        return f"{label}{amount}" + "".join(f"（{remark}）" for remark in (source, counted) if remark)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON, the explanation included for those who only show it."""
        return {
            "due_at": self.due_at.isoformat(),
            "start": self.start.isoformat(),
            "amount": self.amount,
            "unit": self.unit,
            "rule": self.rule,
            "clause": self.clause,
            "label": self.label,
            "cite": self.cite,
            "conflict": self.conflict,
            "skipped": [_day_to_json(day) for day in self.skipped],
            "extra_workdays": [_day_to_json(day) for day in self.extra_workdays],
            "provisional_years": list(self.provisional_years),
            "provisional": self.provisional,
            "explanation": self.explanation,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Deadline:
        """The deadline that to_json wrote."""
        return cls(
            due_at=instant(content["due_at"]),
            start=instant(content["start"]),
            amount=content["amount"],
            unit=content["unit"],
            rule=content["rule"],
            clause=content["clause"],
            label=content["label"],
            cite=content["cite"],
            conflict=content["conflict"],
            skipped=tuple(map(_day_from_json, content["skipped"])),
            extra_workdays=tuple(map(_day_from_json, content["extra_workdays"])),
            provisional_years=tuple(content["provisional_years"]),
        )


def _day_to_json(day: Day) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "working": day.working,
        "reason": day.reason,
        "provisional": day.provisional,
    }


def _day_from_json(content: Mapping[str, Any]) -> Day:
    return Day(date.fromisoformat(content["date"]), content["working"], content["reason"], content["provisional"])


def _spans(days: Iterable[Day], year: int) -> list[str]:
    """Neighbouring days of one reason as one span: 10月1日—7日国庆节."""
    spans: list[tuple[Day, Day]] = []
    for day in days:
        if spans and spans[-1][1].date + timedelta(days=1) == day.date and spans[-1][1].reason == day.reason:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return [_span(first, last, year) for first, last in spans]


def _span(first: Day, last: Day, year: int) -> str:
    if first == last:
        return f"{_date(first.date, year)}{first.reason}"
    same_month = (first.date.year, first.date.month) == (last.date.year, last.date.month)
    end = f"{last.date.day}日" if same_month else _date(last.date, first.date.year)
    return f"{_date(first.date, year)}—{end}{first.reason}"


def _date(on: date, year: int) -> str:
    return (f"{on.year}年" if on.year != year else "") + f"{on.month}月{on.day}日"


def _moment(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return f"{local.year}年{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）{clock}"
