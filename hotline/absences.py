"""AB roles: who is away, and the other handler of the department takes over at once (clause 2-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select, update

from engine import audit, user_tasks
from engine.errors import Conflict, Forbidden, InvalidInput
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from engine.working_days import SHANGHAI
from hotline import access, persons
from hotline.access import Principal
from hotline.persons import Person
from hotline.tables import membership, person

CLAUSE = "2-2"
AT_A_TIME = 200


@dataclass(frozen=True)
class HandedOver:
    """A task that went to the other handler."""

    task_id: str
    business_key: str
    task_name: str
    to_login: str
    to_name: str


@dataclass(frozen=True)
class LeftBehind:
    """A task nobody could take over, and why: a human has to reassign it."""

    task_id: str
    business_key: str
    task_name: str
    reason: str


@dataclass(frozen=True)
class HandOver:
    """What became of the open tasks."""

    moved: tuple[HandedOver, ...] = ()
    left: tuple[LeftBehind, ...] = ()


@dataclass(frozen=True)
class Deputy:
    """The other handler of a department."""

    login: str
    name: str
    rank: str
    absent: bool


def set_absence(tx: Transaction, principal: Principal, person_id: str, until: datetime | None) -> HandOver:
    """Note that a person is away until then and hand the open tasks over; None ends the absence.

    One's own absence, that of people in a department one heads, or anybody's with people.manage.
    """
    persons.lock_people(tx)
    absentee = persons.one(tx, person_id)
    _require_say(principal, absentee)
    if until is not None and until <= tx.now:
        message = "缺岗截止时间须晚于现在，请重新选择。"
        raise InvalidInput(message, {"until": message})
    tx.connection.execute(update(person).where(person.c.id == person_id).values(absent_until=until))
    if until is None:
        detail = {"login": absentee.login}
        audit.append(tx, persons.PEOPLE_STREAM, "absence_ended", clause=CLAUSE, detail=detail)
        return HandOver()
    local = until.astimezone(SHANGHAI)
    result = hand_over(tx, absentee, f"{absentee.name}缺岗至{local:%Y-%m-%d %H:%M}")
    audit.append(
        tx,
        persons.PEOPLE_STREAM,
        "absence_set",
        clause=CLAUSE,
        detail={
            "login": absentee.login,
            "until": local.isoformat(),
            "moved": {task.task_id: task.to_login for task in result.moved},
            "left": {task.task_id: task.reason for task in result.left},
        },
    )
    return result


def hand_over(tx: Transaction, absentee: Person, why: str, *, release: bool = False) -> HandOver:
    """Give each open task of a handler to the other handler of the department it belongs to.

    What nobody can take over stays, or with `release` goes back to its candidate groups.
    """
    deputies = deputies_of(tx, absentee)
    moved: list[HandedOver] = []
    left: list[LeftBehind] = []
    for task in _open_tasks(tx, absentee.login):
        deputy = next((deputies[group] for group in task.candidate_groups if group in deputies), None)
        if deputy is not None and not deputy.absent:
            reason = f"{why}，由{deputy.rank}角{deputy.name}接办（AB角互补，条款 {CLAUSE}）"
            if _assign(tx, task, deputy.login, reason):
                moved.append(HandedOver(task.id, task.business_key, task.name, deputy.login, deputy.name))
            continue
        reason = "所在部门没有另一角" if deputy is None else f"{deputy.rank}角{deputy.name}也不在岗"
        if release and task.candidate_groups:
            if not _assign(tx, task, None, f"{why}，任务退回候选组（{reason}）"):
                continue
            reason += "，任务已退回候选组"
        left.append(LeftBehind(task.id, task.business_key, task.name, reason))
    return HandOver(tuple(moved), tuple(left))


def release(tx: Transaction, holder: Person, groups: frozenset[str], why: str) -> int:
    """Give back the person's open tasks of groups just left; returns how many went back."""
    return sum(
        _assign(tx, task, None, f"{why}，任务退回候选组")
        for task in _open_tasks(tx, holder.login)
        if groups.issuperset(task.candidate_groups) and task.candidate_groups
    )


def _assign(tx: Transaction, task: UserTask, login: str | None, reason: str) -> bool:
    try:
        user_tasks.assign(tx, task.id, login, reason)
    except Conflict:  # completed or cancelled since it was listed: nothing left to hand over
        return False
    return True


def deputies_of(tx: Transaction, handler: Person) -> dict[str, Deputy]:
    """Department → its other ranked handler, for every department in which this person is A or B."""
    mine, theirs = membership.alias("mine"), membership.alias("theirs")
    statement = (
        select(
            theirs.c.department_id,
            theirs.c.handler_rank,
            person.c.login,
            person.c.name,
            person.c.absent_until,
        )
        .select_from(mine)
        .join(
            theirs,
            and_(
                theirs.c.department_id == mine.c.department_id,
                theirs.c.role == "handler",
                theirs.c.handler_rank != mine.c.handler_rank,  # never true of an unranked one
            ),
        )
        .join(person, and_(person.c.id == theirs.c.person_id, person.c.active))
        .where(mine.c.person_id == handler.id, mine.c.role == "handler")
    )
    return {
        row.department_id: Deputy(
            row.login,
            row.name,
            row.handler_rank,
            row.absent_until is not None and row.absent_until > tx.now,
        )
        for row in tx.connection.execute(statement)
    }


def _open_tasks(tx: Transaction, login: str) -> list[UserTask]:
    """All of them before any is moved: a moved one would shift the pages."""
    tasks: list[UserTask] = []
    while True:
        page = user_tasks.list_page(tx, actor_scope="all", assignee=login, limit=AT_A_TIME, offset=len(tasks))
        tasks += page.items
        if not page.items or len(tasks) >= page.total:
            return tasks


def _require_say(principal: Principal, absentee: Person) -> None:
    own = principal.person.id == absentee.id and (principal.session is not None or access.may(principal, "tasks"))
    headed = {
        department_id
        for post in principal.person.memberships
        if post.role == "head"
        for department_id in (post.department_id, *(each for each, _kind in post.subordinates))
    }
    heads = access.may(principal, "tasks") and any(post.department_id in headed for post in absentee.memberships)
    if not (own or heads or access.may(principal, "people.manage")):
        raise Forbidden("只能登记本人、本部门人员的缺岗；其他人员请由其部门负责人或系统管理员登记。")
