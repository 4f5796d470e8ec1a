"""The functions a diagram, decision table or timer may call, bound to one step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from engine.errors import InvalidInput
from engine.expressions import PURE_FUNCTIONS
from engine.transaction import Runtime, Transaction
from engine.working_days import SHANGHAI, Deadline

STEP_FUNCTIONS = frozenset({"now", "workdays", "deadline", "rule", "earliest", "office_hours"})
EFFECT_FUNCTIONS = frozenset({"notify", "revise"})  # only in a service task's expression


def allowed_names(runtime: Runtime) -> frozenset[str]:
    """Every function name an expression may call."""
    return frozenset(PURE_FUNCTIONS) | STEP_FUNCTIONS | frozenset(runtime.functions)


class StepFunctions:
    """Binds the functions to a step's clock and calendar; remembers deadlines and effects."""

    def __init__(self, tx: Transaction, business_key: str = "") -> None:
        self._tx = tx
        self._business_key = business_key
        self._deadlines: list[Deadline] = []
        self.notices: list[dict[str, Any]] = []
        self.caused: list[dict[str, Any]] = []  # by the domain's effects: `effect` and what it described
        self.callables: dict[str, Callable[..., Any]] = {
            **PURE_FUNCTIONS,
            **tx.runtime.functions,
            "now": self._now,
            "workdays": self._workdays,
            "deadline": self._deadline,
            "rule": self._rule,
            "earliest": self._earliest,
            "office_hours": self._office_hours,
        }
        self.effects: dict[str, Callable[..., Any]] = {
            "notify": self._notify,
            **{name: partial(self._cause, name) for name in tx.runtime.effects},
        }

    def forget(self) -> None:
        """The step starts over: nothing was caused."""
        self._deadlines.clear()
        self.notices.clear()
        self.caused.clear()

    def explain(self, due: str) -> Deadline | None:
        """The deadline behind a due date computed in this step, if a rule gave it."""
        for deadline in reversed(self._deadlines):
            if _local(deadline.due_at) == due:
                return deadline
        return None

    def _now(self) -> str:
        return _local(self._tx.now)

    def _workdays(self, amount: int, start: str | None = None) -> str:
        return self._remember(self._tx.runtime.working_days.workdays(amount, self._instant(start)))

    def _deadline(self, rule_id: str, start: str | None = None) -> str:
        return self._remember(self._tx.runtime.working_days.deadline(rule_id, self._instant(start)))

    def _rule(self, rule_id: str) -> int | float | str | list[Any]:
        on = self._tx.now.astimezone(SHANGHAI).date()
        return self._tx.runtime.working_days.rules.rule(rule_id, on).value

    def _earliest(self, *instants: str) -> str:
        given = [instant for instant in instants if instant]
        if not given:
            raise InvalidInput("earliest() 至少需要一个时间")
        return min(given, key=datetime.fromisoformat)

    def _office_hours(self, instant: str) -> bool:
        return self._tx.runtime.working_days.is_office_hours(self._instant(instant))

    def _notify(self, groups: str | list[str], title: str, body: str, clause: str = "") -> None:
        names = [groups] if isinstance(groups, str) else list(groups)
        self.notices.append({"groups": names, "title": title, "body": body, "clause": clause})

    def _cause(self, effect: str, *given: Any) -> None:
        describe = self._tx.runtime.effects[effect].describe
        try:
            inspect.signature(describe).bind(self._tx, self._business_key, *given)
        except TypeError:
            raise InvalidInput(f"{effect}() 的参数个数不正确") from None
        self.caused.append({"effect": effect, **describe(self._tx, self._business_key, *given)})

    def _remember(self, deadline: Deadline) -> str:
        self._deadlines.append(deadline)
        return _local(deadline.due_at)

    def _instant(self, value: str | None) -> datetime:
        if not value:
            return self._tx.now
        try:
            instant = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise InvalidInput(f"时间格式不正确：{value!r}") from None
        if instant.tzinfo is None:
            raise InvalidInput(f"时间缺少时区：{value}")
        return instant


def _local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat()
