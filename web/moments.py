"""Dates and times as a browser's form sends them: the office's wall clock without a zone."""

from __future__ import annotations

from datetime import datetime, time

from engine.errors import InvalidInput
from engine.working_days import SHANGHAI


def entered_moment(text: str, field: str) -> datetime | None:
    """A datetime-local value; nothing entered is None; raises InvalidInput naming the field."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        message = "时间无法识别，请按“2026-03-02 09:00”的样式填写"
        raise InvalidInput(message, {field: message}) from error


def end_of_day(text: str, field: str) -> datetime | None:
    """A date value as the last moment of that day."""
    moment = entered_moment(text, field)
    return None if moment is None else datetime.combine(moment.date(), time(23, 59, 59), SHANGHAI)
