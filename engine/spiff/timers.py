"""Timer events on the injected clock (§10.5.5): a due date, a duration, or a cycle of them.

A text that is an ISO value stands for itself, any other is an expression that gives one. It is evaluated once, when the
timer starts waiting.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.task import Task

from engine.errors import InvalidInput
from engine.spiff import durations
from engine.spiff.task_names import element_name

DUE = "event_value"  # in a waiting timer's internal data: when it is due
CYCLE = "cycle"  # which occurrence that is: [start, [months, seconds], number, number of the last or None]
Read = TypeVar("Read")


def due_of(task: Task) -> datetime | None:
    """When a waiting timer fires."""
    value = task.internal_data.get(DUE)
    return datetime.fromisoformat(value) if isinstance(value, str) else None


class Timer(TimerEventDefinition):  # type: ignore[misc]
    """Fires once its due time has come."""

    what = ""  # how a wrong value is named

    def has_fired(self, my_task: Task) -> bool:
        """The due time is computed when the timer starts waiting."""
        due = due_of(my_task)
        if due is None:
            due = self.arm(my_task)
        engine = my_task.workflow.script_engine
        if due <= engine.now and not my_task.internal_data.get("event_fired"):
            my_task.internal_data["event_fired"] = self.may_fire(my_task)
        return bool(my_task.internal_data.get("event_fired", False))

    def arm(self, task: Task) -> datetime:
        """Compute and keep when it is due."""
        raise NotImplementedError

    def may_fire(self, task: Task) -> bool:
        """Whether it fires in this step, now that it is due."""
        return True

    def again(self, fired: Task) -> dict[str, Any] | None:
        """A date or duration is due once."""
        return None

    def value(self, task: Task, read: Callable[[str], Read]) -> Read:
        """The timer's text as an ISO value; InvalidInput when it is none."""
        engine = task.workflow.script_engine
        text = self.expression if durations.is_literal(self.expression) else engine.evaluate(task, self.expression)
        try:
            return read(text)
        except (TypeError, ValueError, AttributeError):
            engine.failing = task
            raise InvalidInput(f"{element_name(task)}：{self.what}（现为 {text!r}）") from None


class DateTimer(Timer):
    """timeDate: an ISO date and time with offset."""

    what = "定时器日期无效，应为带时区的 ISO 时间"

    def arm(self, task: Task) -> datetime:
        """The date for the variables as they are now."""
        due = self.value(task, durations.instant)
        task.internal_data[DUE] = due.isoformat()
        return due


class DurationTimer(Timer):
    """timeDuration: an ISO 8601 duration from the moment the timer starts waiting."""

    what = "定时器时长无效，应为 ISO 时长，如 PT2H"

    def arm(self, task: Task) -> datetime:
        """Now and the duration."""
        due = self.value(task, durations.duration).after(task.workflow.script_engine.now)
        task.internal_data[DUE] = due.isoformat()
        return due


class CycleTimer(Timer):
    """timeCycle: an ISO 8601 repetition. Every due moment fires once, also those that passed while nothing ran."""

    what = "定时器循环无效，应为 ISO 重复时间，如 R3/PT1H"

    def arm(self, task: Task) -> datetime:
        """The first occurrence from now on."""
        found = self.value(task, durations.repetition)
        start = found.start or task.workflow.script_engine.now
        first = 0 if found.start else 1
        last = None if found.times is None else first + found.times - 1
        number = _not_before(task.workflow.script_engine.now, start, found.period, first, last)
        period = [found.period.months, found.period.span.total_seconds()]
        due = found.period.after(start, number)
        task.internal_data.update({DUE: due.isoformat(), CYCLE: [start.isoformat(), period, number, last]})
        return due

    def may_fire(self, task: Task) -> bool:
        """A long pause is caught up over several steps."""
        engine = task.workflow.script_engine
        engine.cycles_left -= 1
        return bool(engine.cycles_left >= 0)

    def again(self, fired: Task) -> dict[str, Any] | None:
        """The next occurrence, counted from the start: nothing drifts."""
        start, (months, seconds), number, last = fired.internal_data[CYCLE]
        if last is not None and number >= last:
            return None
        period = durations.Duration(months, timedelta(seconds=seconds))
        due = period.after(datetime.fromisoformat(start), number + 1)
        return {DUE: due.isoformat(), CYCLE: [start, [months, seconds], number + 1, last]}


def _not_before(now: datetime, start: datetime, period: durations.Duration, first: int, last: int | None) -> int:
    """The first occurrence that is still to come; the last one when all have passed, as a date that has passed."""
    number = first
    if not period.months:
        number = max(first, math.ceil((now - start) / period.span))
    while period.after(start, number) < now and (last is None or number < last):
        number += 1
    return number if last is None else min(number, last)
