"""Who may look at a task or an instance: who works on it, and who may see its ticket."""

from __future__ import annotations

from api.work import SignedInWork
from engine import process_instance_rows, user_tasks
from engine.errors import NotFound
from engine.process_instance_rows import ProcessInstance
from engine.user_task_rows import UserTask
from hotline import access, ticket_scope


def user_task(work: SignedInWork, task_id: str) -> UserTask:
    """The task; NotFound, without telling its ticket, for everybody else."""
    task = user_tasks.get(work.tx, task_id)
    mine = access.may(work.principal, "tasks") and user_tasks.may_act(work.principal.actor, task)
    if not (mine or sees_ticket(work, task.business_key)):
        raise NotFound("任务不存在")
    return task


def process_instance(work: SignedInWork, instance_id: str) -> ProcessInstance:
    """The instance; NotFound for who may neither view instances nor see its ticket."""
    instance = process_instance_rows.get(work.tx, instance_id)
    if not (access.may(work.principal, "instance.view") or sees_ticket(work, instance.business_key)):
        raise NotFound("流程实例不存在")
    return instance


def require_scope(work: SignedInWork, scope: str, business_key: str | None) -> None:
    """Everybody's tasks are listed for one visible ticket, or for who sees all tickets."""
    if scope != "all":
        access.require(work.principal, "tasks")
    elif business_key is not None:
        ticket_scope.find(work.tx, work.principal, business_key)
    else:
        access.require(work.principal, "ticket.view_all")


def sees_ticket(work: SignedInWork, number: str) -> bool:
    """Whether the ticket lies in the person's scope."""
    try:
        ticket_scope.find(work.tx, work.principal, number)
    except NotFound:
        return False
    return True
