"""What the diagram means, written once more as a few lines of plain Python: the model the API is compared with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

NOBODY = None


@dataclass(eq=False)
class Task:
    """An open user task; `due`: when its reminder comes, once."""

    name: str
    assignee: str | None = NOBODY
    draft: int | None = None
    due: datetime | None = None


@dataclass
class Reference:
    """One instance. Every verb returns the status the API must answer with; 200 or 204 means it was done."""

    due: datetime
    x: int = 1
    state: str = "active"
    tasks: list[Task] = field(default_factory=list)
    arrived: dict[str, int] = field(default_factory=dict)  # branch → the x it brings, in the order of arrival
    waiting: list[str] = field(default_factory=list)  # ids of messages nobody has taken
    known: set[str] = field(default_factory=set)
    completed: Counter[str] = field(default_factory=Counter)
    rounds: int = 0

    def __post_init__(self) -> None:
        self._enter_a()

    def _enter_a(self) -> None:
        self.tasks.append(Task("a", due=self.due))

    def claim(self, task: Task, who: str) -> int:
        """Mine already is no error."""
        if self._closed(task) or task.assignee not in (NOBODY, who):
            return 409
        task.assignee = who
        return 200

    def unclaim(self, task: Task, who: str) -> int:
        """Only by whom it belongs to."""
        if self._closed(task):
            return 409
        if task.assignee != who:
            return 403
        task.assignee = NOBODY
        return 200

    def save_draft(self, task: Task, who: str, x: int) -> int:
        """By its assignee, or by anybody while nobody has it."""
        if self._closed(task) or task.assignee not in (NOBODY, who):
            return 409
        task.draft = x
        return 204

    def complete(self, task: Task, who: str, x: int) -> int:
        """The branches go on, meet, and begin again while x is negative."""
        if self._closed(task) or task.assignee not in (NOBODY, who):
            return 409
        self.tasks.remove(task)
        self.completed[task.name] += 1
        if task.name == "a":
            self.x = x
            self.tasks += [Task("b"), Task("c")]
            self._take_message()
        if task.name in ("b", "c", "e"):
            self.arrived["left" if task.name == "b" else "right"] = x
            self._join()
        if not self.tasks and not self.arrived:
            self.state = "completed"
        return 200

    def _join(self) -> None:
        """Both branches write x, when they arrive: the last write wins (ADR 0016)."""
        if len(self.arrived) == 2:
            self.x = list(self.arrived.values())[-1]
            self.arrived.clear()
            self.rounds += 1
            if self.x < 0:
                self._enter_a()

    def message(self, message_id: str) -> bool:
        """True when it moved the instance at once; each id counts once."""
        if message_id in self.known:
            return False
        self.known.add(message_id)
        self.waiting.append(message_id)
        return self._take_message()

    def _take_message(self) -> bool:
        host = next((task for task in self.tasks if task.name == "c"), None)
        if host is None or not self.waiting or self.state != "active":
            return False
        self.waiting.pop(0)
        self.tasks.remove(host)
        self.tasks.append(Task("e"))
        return True

    def pass_time(self, now: datetime) -> None:
        """Reminders that are due come, unless suspended."""
        if self.state != "active":
            return
        for task in [task for task in self.tasks if task.due is not None and task.due <= now]:
            task.due = None
            self.tasks.append(Task("urge"))

    def suspend(self) -> int:
        """Nothing moves until resumed."""
        if self.state != "active":
            return 409
        self.state = "suspended"
        return 200

    def resume(self, now: datetime) -> int:
        """What came meanwhile counts now."""
        if self.state != "suspended":
            return 409
        self.state = "active"
        self.pass_time(now)
        self._take_message()
        return 200

    def cancel(self) -> int:
        """Nothing is left."""
        if self.state not in ("active", "suspended"):
            return 409
        self.state = "cancelled"
        self.tasks.clear()
        return 200

    def _closed(self, task: Task) -> bool:
        return self.state != "active" or task not in self.tasks

    def picture(self) -> Counter[tuple[str, str | None, int | None]]:
        """Open tasks as the API lists them."""
        return Counter((task.name, task.assignee, task.draft) for task in self.tasks)
