"""How fast callers are contacted: what is overdue, what is due today, how many were on time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from engine.tables import user_task, user_task_candidate_group
from engine.transaction import Transaction
from engine.user_task_rows import COMPLETED, CREATED
from engine.working_days import SHANGHAI
from hotline import ticket_scope
from hotline.access import Principal

PROCESS = "caller_contact"
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Speed:
    """Open contacts by due date; of the last 30 days, how many were made and how many of them in time."""

    overdue: int
    due_today: int
    made: int
    made_in_time: int

    @property
    def percent_in_time(self) -> int | None:
        """Rounded down: 99.9 % is not all."""
        return self.made_in_time * 100 // self.made if self.made else None


def speed(tx: Transaction, principal: Principal) -> Speed:
    """Of the person's groups; of all groups for those who see every ticket."""
    open_, made = user_task.c.state == CREATED, user_task.c.state == COMPLETED
    due = user_task.c.due_at
    row = tx.connection.execute(
        select(
            func.count().filter(open_, due <= tx.now),
            func.count().filter(open_, due > tx.now, due < _midnight(tx.now)),
            func.count().filter(made),
            func.count().filter(made, or_(due.is_(None), user_task.c.completed_at <= due)),
        ).where(
            user_task.c.process_key == PROCESS,
            _of_groups(principal),
            or_(open_, and_(made, user_task.c.completed_at > tx.now - LOOK_BACK)),
        )
    ).one()
    return Speed(*row)


def _midnight(now: datetime) -> datetime:
    tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), SHANGHAI)


def _of_groups(principal: Principal) -> ColumnElement[bool]:
    if ticket_scope.sees_all(principal):
        return true()
    groups = sorted(ticket_scope.groups_seen(principal))
    if not groups:
        return false()
    offered = select(user_task_candidate_group.c.user_task_id).where(user_task_candidate_group.c.group_id.in_(groups))
    return user_task.c.id.in_(offered)
