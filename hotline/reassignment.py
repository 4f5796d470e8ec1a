"""Work changes hands with a reason: a task to another person, a department's work to another department."""

from __future__ import annotations

from engine import audit, process_instance_rows, revision, user_tasks
from engine.errors import Conflict, InvalidInput, Refused
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from hotline import organisation, persons, ticket_scope
from hotline.access import Principal, require
from hotline.persons import Person
from hotline.roles import HANDLING_KINDS
from hotline.tables import person

DEPARTMENT_PROCESS = "department_handling"
CLAUSE = "3.2.3-4"  # the center's decision on who handles is final


def reassign(tx: Transaction, principal: Principal, user_task_id: str, login: str | None, reason: str) -> UserTask:
    """Hand an open task to a person of its candidate groups, or back to them all (login None)."""
    require(principal, "task.reassign")
    task = _visible(tx, principal, user_task_id)
    if login is not None and login not in {each.login for each in _eligible(tx, task)}:
        message = "该人员不在此任务的候选组中或已停用，请从名单中选择"
        raise InvalidInput(message, {"assignee": message})
    return user_tasks.assign(tx, user_task_id, login, reason)


def candidates(tx: Transaction, principal: Principal, user_task_id: str) -> list[Person]:
    """Who a task may be handed to."""
    require(principal, "task.reassign")
    return _eligible(tx, _visible(tx, principal, user_task_id))


def _eligible(tx: Transaction, task: UserTask) -> list[Person]:
    everybody = persons.from_rows(tx.connection.execute(persons.joined().where(person.c.active)))
    return [each for each in everybody if each.groups.intersection(task.candidate_groups)]


def _visible(tx: Transaction, principal: Principal, user_task_id: str) -> UserTask:
    task = user_tasks.get(tx, user_task_id)
    ticket_scope.find(tx, principal, task.business_key)
    return task


def move_department(tx: Transaction, principal: Principal, user_task_id: str, department_id: str, reason: str) -> None:
    """Move what a department has in hand to another one; its limit keeps running from the first dispatch."""
    require(principal, "task.reassign")
    task = _visible(tx, principal, user_task_id)
    if task.process_key != DEPARTMENT_PROCESS:
        raise Refused("先行联系完成后才能调整承办部门；联系未完成的请先登记联系结果", clause="3.2.1-6")
    new = organisation.get(tx, department_id)
    if not new.active or new.kind not in HANDLING_KINDS:
        raise InvalidInput(f"“{new.name}”不承办工单", {"department": "请选择承办部门"}, clause="2-1")
    scope = process_instance_rows.task_variables(tx, task.instance_id, user_task_id)
    ticket_variables = process_instance_rows.variables(tx, task.instance_id)
    old, departments = scope["department"], list(ticket_variables["departments"])
    if department_id in departments:
        raise Conflict(f"“{new.name}”已在承办此工单，不能再接手同一工单")
    changed = {
        "departments": [department_id if each == old else each for each in departments],
        "co": [department_id if each == old else each for each in ticket_variables["co"]],
        "lead": department_id if ticket_variables["lead"] == old else ticket_variables["lead"],
    }
    revision.revise(
        tx, task.instance_id, {"department": department_id}, reason, user_task_id=user_task_id, clause=CLAUSE
    )
    revision.revise(tx, task.instance_id, changed, reason, clause=CLAUSE)
    user_tasks.assign(tx, user_task_id, None, reason)
    detail = {"from": old, "to": department_id, "reason": reason.strip()}
    audit.append(tx, audit.instance_stream(task.business_key), "department_moved", clause=CLAUSE, detail=detail)
