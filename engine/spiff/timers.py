"""Timer events on the injected clock: a due date or an ISO 8601 duration."""

from __future__ import annotations

from datetime import UTC, datetime

from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.task import Task

from engine.errors import InvalidInput
from engine.spiff.task_names import element_name

DUE = "event_value"  # SpiffWorkflow's own key in a task's internal data


def due_of(task: Task) -> datetime | None:
    """When a waiting timer fires."""
    value = task.internal_data.get(DUE)
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _fired(task: Task) -> bool:
    due = due_of(task)
    if due is not None and due <= task.workflow.script_engine.now:
        task._set_internal_data(event_fired=True)
    return bool(task._get_internal_data("event_fired", False))


class _Once:
    def again(self, fired: Task) -> None:
        """A date or duration is due once."""


class DateTimer(_Once, TimeDateEventDefinition):  # type: ignore[misc]
    """timeDate: an expression whose value is an ISO date and time with offset."""

    def has_fired(self, my_task: Task) -> bool:
        """Evaluates the date once, when the timer starts waiting."""
        if due_of(my_task) is None:
            my_task._set_internal_data(**{DUE: self.evaluate_due(my_task).isoformat()})
        return _fired(my_task)

    def evaluate_due(self, task: Task) -> datetime:
        """The date for the variables as they are now; InvalidInput when it is none."""
        value = task.workflow.script_engine.evaluate(task, self.expression)
        try:
            due = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise InvalidInput(f"{element_name(task)}：定时器日期无效（{value!r}），应为 ISO 时间") from None
        if due.tzinfo is None:
            raise InvalidInput(f"{element_name(task)}：定时器日期缺少时区（{value}）")
        return due.astimezone(UTC)


class DurationTimer(_Once, DurationTimerEventDefinition):  # type: ignore[misc]
    """timeDuration: an expression whose value is an ISO 8601 duration."""

    def has_fired(self, my_task: Task) -> bool:
        """The duration runs from the moment the timer starts waiting."""
        if due_of(my_task) is None:
            now = my_task.workflow.script_engine.now
            value = my_task.workflow.script_engine.evaluate(my_task, self.expression)
            try:
                parsed = TimerEventDefinition.parse_iso_duration(value)
            except Exception:
                raise InvalidInput(f"{element_name(my_task)}：时长无效（{value!r}），如 PT2H") from None
            due = now + TimerEventDefinition.get_timedelta_from_start(parsed, now)
            my_task._set_internal_data(**{DUE: due.isoformat()})
        return _fired(my_task)
