"""What a ticket is entered with, and what is checked before it may become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engine.errors import InvalidInput
from hotline import caller, office_data, ticket_numbers

FIELDS = "ticket_fields.yaml"
LONGEST = {"title": 200, "content": 20_000, "source": 60, "caller_name": 60, "address": 300}
LABELS = {
    "title": "标题",
    "content": "诉求内容",
    "source": "来源",
    "caller_name": "来电人",
    "address": "诉求地址",
    "reported_at": "来电时间",
    "district_due_at": "平台办理时限",
    "kind": "工单类型",
    "supervision": "督办级别",
    "earlier_numbers": "前件编号",
}
REQUIRED = ("title", "content", "source")
CLOCK_DIFFERENCE = timedelta(minutes=10)  # the platforms' clocks and ours


@dataclass(frozen=True)
class NewTicket:
    """A ticket as it arrives: annex fields, marks 复/重/督办/保密/匿名, the district platform's due date."""

    title: str
    content: str
    source: str = "12345市民热线"
    number: str | None = None  # the city platform's; without one the office gives its own
    kind: str = "ordinary"
    caller_name: str | None = None
    caller_phone: str | None = None
    address: str | None = None
    anonymous: bool = False
    confidential: bool = False
    recheck: bool = False
    reassigned: bool = False
    supervision: str | None = None
    reported_at: datetime | None = None
    district_due_at: datetime | None = None
    earlier_numbers: tuple[str, ...] = ()


def checked(new: NewTicket, now: datetime) -> NewTicket:
    """The same ticket with tidy texts; raises InvalidInput naming every field that does not fit."""
    problems: dict[str, str] = {}
    tidy: dict[str, Any] = {name: _text(new, name, problems) for name in LONGEST}
    tidy["reported_at"] = new.reported_at or now
    tidy["supervision"] = new.supervision or None
    for name, check in (
        ("number", lambda: ticket_numbers.checked(new.number) if new.number else None),
        ("caller_phone", lambda: caller.normal_phone(new.caller_phone)),
        ("earlier_numbers", lambda: tuple(ticket_numbers.checked(n) for n in new.earlier_numbers)),
    ):
        tidy[name] = _tried(check, name, problems)
    _check_choices(new, problems)
    _check_times(tidy["reported_at"], new.district_due_at, now, problems)
    if problems:
        raise InvalidInput("；".join(problems.values()), problems)
    return replace(new, **tidy)


def _text(new: NewTicket, name: str, problems: dict[str, str]) -> str | None:
    text = (getattr(new, name) or "").replace("\x00", "").strip()
    if not text and name in REQUIRED:
        problems[name] = f"请填写{LABELS[name]}"
    if len(text) > LONGEST[name]:
        problems[name] = f"{LABELS[name]}不得超过 {LONGEST[name]} 个字，现有 {len(text)} 个字，请删减"
    return text or None


def _tried(check: Callable[[], Any], name: str, problems: dict[str, str]) -> Any:
    try:
        return check()
    except InvalidInput as error:
        problems[name] = error.message
        return None


def _check_choices(new: NewTicket, problems: dict[str, str]) -> None:
    for name in ("kind", "supervision"):
        value, choices = getattr(new, name), office_data.read(FIELDS)[name]
        if value not in choices and (value or name == "kind"):
            problems[name] = f"{LABELS[name]}“{value}”不认识，应为：{'、'.join(choices.values())}"


def _check_times(reported_at: datetime, due_at: datetime | None, now: datetime, problems: dict[str, str]) -> None:
    if reported_at.tzinfo is None or (due_at and due_at.tzinfo is None):
        raise ValueError("naive datetime")
    if reported_at > now + CLOCK_DIFFERENCE:
        problems["reported_at"] = "来电时间不能晚于现在，请核对日期和时刻"
    if due_at and due_at <= reported_at:
        problems["district_due_at"] = "平台办理时限不能早于来电时间，请核对"
