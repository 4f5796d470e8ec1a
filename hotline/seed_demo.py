"""Tickets of the demonstration, entered and moved by its people through the real verbs at plausible past times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from engine import messages, timers, user_tasks
from engine.errors import NotFound
from engine.rule_data import read_yaml
from engine.transaction import SYSTEM, Runtime, Transaction
from engine.user_task_rows import UserTask
from engine.working_days import SHANGHAI
from hotline import attachments, demo_files, persons, tickets
from hotline.access import Principal, principal_for
from hotline.demo_answers import FILES_OF, answers
from hotline.new_ticket import NewTicket

FILE = Path(__file__).resolve().parent / "data" / "demo_tickets.yaml"
DESK = "intake1"
LOGINS = {"center_intake": DESK, "center_reviewer": "reviewer", "center_callback": "callback"}
HOURS = {  # office hours each step takes
    "accept_ticket": 0.4,
    "record_contact_attempt": 0.7,
    "dispatch_ticket": 0.5,
    "handle_matter": 5,
    "submit_closing_report": 1.5,
    "review_closing_report": 2,
    "record_callback": 3,
    "close_ticket": 1,
    "record_platform_return": 0.5,
}
OPENS, CLOSES = time(9), time(17, 30)
MOST_STEPS = 60  # of one ticket; more would mean the diagrams lead nowhere


def load(runtime: Runtime) -> int:
    """Enter and move all demo tickets; returns how many. The people must be there, the processes deployed."""
    scripts = read_yaml(FILE)["tickets"]
    for position, script in enumerate(scripts):
        _Demo(runtime, position, script).play()
    timers.fire_due(runtime)
    return len(scripts)


class _Demo:
    """One ticket's story; its own clock runs from when the ticket came to just before now."""

    def __init__(self, runtime: Runtime, position: int, script: Mapping[str, Any]) -> None:
        self.position, self.script = position, script
        self.latest = runtime.clock() - timedelta(minutes=MOST_STEPS)
        self.now = min(_working_day_ago(runtime, script["days"], script["at"]), self.latest)
        self.runtime = replace(runtime, clock=lambda: self.now)
        self.people: dict[str, Principal] = {}
        self.done: Counter[tuple[str, tuple[str, ...]]] = Counter()

    def play(self) -> None:
        """Enter the ticket, then do what is open until only the step it should stop at is."""
        desk = self._person(DESK)
        with self.runtime.write(desk.actor) as tx:
            number = tickets.create(tx, desk, self._ticket()).number
        for _ in range(MOST_STEPS):
            task = next(self._to_do(number), None)
            if task is None:
                break
            self._pass_time(HOURS[task.element_id])
            self._do(task)
        if self.script.get("withdraw"):
            with self.runtime.write(desk.actor) as tx:
                messages.correlate(tx, "withdrawn", number, f"demo-{number}", {})

    def _ticket(self) -> NewTicket:
        script = self.script
        received = self.now.astimezone(SHANGHAI)
        calendar = self.runtime.working_days
        given = {name: script[name] for name in _MARKS if name in script}
        limit = script.get("district_days")
        return NewTicket(
            title=script["title"].removeprefix("【复】").removeprefix("【重】"),
            content=script["content"],
            number=f"PT{received:%Y%m%d}{self.position + 1:04d}" if script.get("platform") else None,
            caller_name=script.get("name"),
            caller_phone=script.get("phone"),
            address=script.get("address"),
            reported_at=received - timedelta(minutes=35),
            district_due_at=calendar.workdays(limit, received).due_at if limit else None,
            **given,
        )

    def _to_do(self, number: str) -> Iterator[UserTask]:
        """Open tasks that belong to the story, the oldest first; the step it stops at is left alone."""
        with self.runtime.read(SYSTEM) as tx:
            found = user_tasks.list_page(tx, actor_scope="all", business_key=number).items
        for task in sorted(found, key=lambda task: (task.created_at, task.candidate_groups)):
            if task.element_id in HOURS and not self._stops_at(task) and not self._withdrawn_by_then(task):
                yield task

    def _stops_at(self, task: UserTask) -> bool:
        if task.element_id != self.script.get("until"):
            return False
        if task.element_id == "handle_matter":  # the story may stop at a later round of it
            rounds = bool(self.script.get("send_back")) + ("dissatisfied" in self.script)
            return self.done[task.element_id, task.candidate_groups] >= rounds
        return True

    def _withdrawn_by_then(self, task: UserTask) -> bool:
        return bool(self.script.get("withdraw")) and task.element_id == "dispatch_ticket"

    def _do(self, task: UserTask) -> None:
        person = self._person(_login_of(task))
        done = self.done[task.element_id, task.candidate_groups]
        with self.runtime.write(person.actor) as tx:
            files = self._upload(tx, person, task)
            user_tasks.complete(tx, task.id, answers(task, self.script, self.now, done, files))
        self.done[task.element_id, task.candidate_groups] += 1

    def _upload(self, tx: Transaction, person: Principal, task: UserTask) -> dict[str, str]:
        wanted = FILES_OF.get(task.element_id, ())
        made = {
            "photo": demo_files.photo(f"现场照片{self.position + 1}.png", self.position),
            "recording": demo_files.recording("回复录音.wav"),
        }
        added = attachments.add(tx, person, task.business_key, [made[kind] for kind in wanted], task.id)
        return {kind: stored.id for kind, stored in zip(wanted, added, strict=True)}

    def _person(self, login: str) -> Principal:
        if login not in self.people:
            with self.runtime.read(SYSTEM) as tx:
                found = persons.by_login(tx, login)
            if found is None:
                raise NotFound(f"演示人员 {login} 不存在，请先载入演示人员")
            self.people[login] = principal_for(found)
        return self.people[login]

    def _pass_time(self, hours: float) -> None:
        """Move the clock on by office hours, never past now; each step still comes after the one before."""
        self.latest += timedelta(minutes=1)
        self.now = min(_office_hours_later(self.runtime, self.now, timedelta(hours=hours)), self.latest)


_MARKS = ("kind", "source", "anonymous", "confidential", "recheck", "reassigned", "supervision")


def _login_of(task: UserTask) -> str:
    group = task.candidate_groups[0]
    return LOGINS.get(group, f"{group}_a")


def _working_day_ago(runtime: Runtime, days: int, at: str) -> datetime:
    day = runtime.clock().astimezone(SHANGHAI).date()
    while days or not runtime.working_days.day(day).working:
        days -= runtime.working_days.day(day).working and days > 0
        day -= timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(at), SHANGHAI)


def _office_hours_later(runtime: Runtime, start: datetime, span: timedelta) -> datetime:
    local = start.astimezone(SHANGHAI)
    while True:
        opens, closes = (datetime.combine(local.date(), each, SHANGHAI) for each in (OPENS, CLOSES))
        local = max(local, opens)
        if runtime.working_days.day(local.date()).working and local < closes:
            if local + span <= closes:
                return local + span
            span -= closes - local
        local = datetime.combine(local.date() + timedelta(days=1), OPENS, SHANGHAI)
