"""Which days the office works: its overrides, else the published arrangement, else the statutory dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import chinese_calendar

from engine.rule_data import MalformedData, read_yaml

FESTIVALS = ("元旦", "春节", "清明", "劳动节", "端午", "国庆节", "中秋")
WEEKEND = "周末"
WORKDAY = "工作日"
MAKE_UP_WORKDAY = "调休上班"
MAX_HOLIDAY_DAYS = 15


@dataclass(frozen=True)
class Day:
    """A day of the office's calendar; provisional when that year's arrangement is not published yet."""

    date: date
    working: bool
    reason: str
    provisional: bool


@dataclass(frozen=True)
class Year:
    """What holidays.yaml says about a year."""

    published: bool
    holidays: Mapping[date, str]
    workdays: frozenset[date]


class Calendar:
    """Day by day, remembered after the first look."""

    def __init__(
        self,
        years: Mapping[int, Year],
        every_year: Mapping[tuple[int, int], str],
        overrides: Mapping[date, Day],
        content: object,
    ) -> None:
        self._years = years
        self._every_year = every_year
        self._overrides = overrides
        self._days: dict[date, Day] = {}
        self.content = {"file": content, "package": version("chinesecalendar")}

    @classmethod
    def from_file(cls, path: Path) -> Calendar:
        """Read holidays.yaml; raises MalformedData naming what does not fit."""
        content = read_yaml(path)
        unknown = set(content) - {"every_year", "years", "overrides"}
        if unknown:
            raise MalformedData(f"{path.name} 有不认识的项：{'、'.join(map(str, unknown))}。")
        years = {int(year): _read_year(int(year), entry) for year, entry in (content.get("years") or {}).items()}
        return cls(
            years,
            _read_every_year(content.get("every_year")),
            _read_overrides(content.get("overrides")),
            content,
        )

    def day(self, on: date) -> Day:
        """The day, with the reason why the office works or not."""
        found = self._days.get(on)
        if found is None:
            found = self._days[on] = self._look_up(on)
        return found

    def _look_up(self, on: date) -> Day:
        override = self._overrides.get(on)
        if override is not None:
            return override
        year = self._years.get(on.year)
        if year is not None and year.published:
            return _day(on, year.holidays.get(on), on in year.workdays, provisional=False)
        try:
            off, english = chinese_calendar.get_holiday_detail(on)
        except NotImplementedError:
            named = year.holidays.get(on) if year is not None else None
            return _day(on, named or self._every_year.get((on.month, on.day)), False, provisional=True)
        name = _in_chinese(english) if english and off else None
        return _day(on, name, bool(english) and not off, provisional=False)


def _day(on: date, holiday: str | None, make_up: bool, *, provisional: bool) -> Day:
    if make_up:
        return Day(on, True, MAKE_UP_WORKDAY, provisional)
    if holiday:
        return Day(on, False, holiday, provisional)
    if on.weekday() >= 5:
        return Day(on, False, WEEKEND, provisional)
    return Day(on, True, WORKDAY, provisional)


def _in_chinese(english: str) -> str:
    name = str(chinese_calendar.Holiday(english).chinese)
    return f"{name}节" if name in ("清明", "端午", "中秋") else name


def _read_year(year: int, entry: Mapping[str, Any]) -> Year:
    holidays = {
        day: str(span["name"]) for span in entry.get("holidays") or [] for day in _days(span["from"], span["to"])
    }
    workdays = frozenset(entry.get("workdays") or [])
    published = entry.get("published") is True
    outside = [day for day in (*holidays, *workdays) if day.year != year]
    if outside:
        raise MalformedData(f"holidays.yaml 的 {year} 年里写了别的年份：{outside[0]}。")
    missing = [festival for festival in FESTIVALS if not any(festival in name for name in holidays.values())]
    if published and missing:
        raise MalformedData(f"holidays.yaml 的 {year} 年已标为公布，但缺少：{'、'.join(missing)}。请按通知写全。")
    weekdays = sorted(day for day in workdays if day.weekday() < 5 or day in holidays)
    if weekdays:
        raise MalformedData(f"holidays.yaml 的 {year} 年调休上班日 {weekdays[0]} 不是不放假的周末，请核对通知。")
    return Year(published, holidays, workdays)


def _read_every_year(entries: list[Mapping[str, str]] | None) -> dict[tuple[int, int], str]:
    named = {}
    for entry in entries or []:
        # a leap year, so that every day of the year can be written
        first, last = (date.fromisoformat(f"2000-{entry[key]}") for key in ("from", "to"))
        named.update({(day.month, day.day): entry["name"] for day in _days(first, last)})
    return named


def _read_overrides(entries: list[Mapping[str, Any]] | None) -> dict[date, Day]:
    overrides: dict[date, Day] = {}
    for entry in entries or []:
        complete = isinstance(entry.get("date"), date) and isinstance(entry.get("working"), bool)
        if not complete or not entry.get("reason") or not entry.get("source"):
            raise MalformedData("holidays.yaml 的每条 overrides 须写明 date、working、reason 和 source。")
        if entry["date"] in overrides:
            raise MalformedData(f"holidays.yaml 的 overrides 里 {entry['date']} 写了两次。")
        overrides[entry["date"]] = Day(entry["date"], entry["working"], str(entry["reason"]), False)
    return overrides


def _days(first: date, last: date) -> list[date]:
    length = (last - first).days + 1
    if not 1 <= length <= MAX_HOLIDAY_DAYS:
        raise MalformedData(f"holidays.yaml 里 {first} 至 {last} 的起止日期不对。")
    return [first + timedelta(days=offset) for offset in range(length)]
