"""What a ticket's page and its print show beside the ticket itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import audit, incidents, user_tasks
from engine.audit import ChainBroken
from engine.process_instance_rows import SUSPENDED, ProcessInstance
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from hotline import (
    attachments,
    candidate_groups,
    lights,
    organisation,
    persons,
    ticket_links,
    ticket_parties,
    ticket_process,
)
from hotline import timeline as ticket_timeline
from hotline.access import Principal, may
from hotline.attachments import Attachment
from hotline.lights import Countdown
from hotline.ticket_links import Link
from hotline.ticket_parties import Party
from hotline.ticket_view import Ticket
from web import timeline
from web.diagram_tabs import Step, Tab, drawn_for, together

MOST_OPEN_TASKS = 100


@dataclass(frozen=True)
class DueCard:
    """One of the three due dates; `counts` is the one for 按时办结 (3.0-1)."""

    label: str
    due_at: datetime | None
    light: Countdown
    explanation: Mapping[str, Any] | None
    note: str = ""
    absent: str = "未设"
    counts: bool = False


@dataclass(frozen=True)
class OpenTask:
    """A step that waits for somebody."""

    task: UserTask
    who: str
    light: Countdown
    mine: bool


@dataclass(frozen=True)
class Chain:
    """Whether the audit chain is whole."""

    whole: bool
    text: str


@dataclass(frozen=True)
class TicketView:
    """Everything around a ticket that this person may see."""

    dues: list[DueCard]
    tasks: list[OpenTask]
    parties: list[Party]
    timeline: list[timeline.Row]
    tabs: list[Tab]
    steps: list[Step]
    definition: str
    attachments: list[Attachment]
    links: list[Link]
    chain: Chain | None
    may_reveal: bool
    may_revise: bool
    may_reassign: bool
    may_attach: bool
    trouble: str
    intervention: str


def view_of(tx: Transaction, principal: Principal, ticket: Ticket) -> TicketView:
    """Read it all for one ticket the person may see."""
    instances = ticket_process.instances(tx, ticket.number)
    instance = next((each for each in instances if each.definition_key == ticket_process.PROCESS), None)
    found = user_tasks.list_page(tx, actor_scope="all", business_key=ticket.number, limit=MOST_OPEN_TASKS).items
    tasks = _open_tasks(tx, found)
    files = attachments.list_for(tx, principal, ticket.number)
    entries = ticket_timeline.entries(tx, principal, ticket.number)
    drawn = drawn_for(tx, ticket.number, found)
    return TicketView(
        dues=_dues(tx, ticket, tasks),
        tasks=tasks,
        parties=ticket_parties.parties(tx, principal, ticket.number),
        timeline=timeline.rows(tx, entries, instances, {file.id: file.name for file in files}),
        tabs=together([tab for tabs_of_one, _ in drawn for tab in tabs_of_one]),
        steps=[step for _, steps_of_one in drawn for step in steps_of_one],
        definition=f"流程第 {instance.definition_version} 版" if instance else "",
        attachments=files,
        links=ticket_links.links(tx, principal, ticket.number),
        chain=_chain(tx, ticket.number) if may(principal, "audit.view") else None,
        may_reveal=may(principal, "caller.view") and not ticket.caller.hidden,
        may_revise=may(principal, "ticket.revise") and ticket.is_open,
        may_reassign=may(principal, "task.reassign") and bool(tasks),
        may_attach=may(principal, "ticket.create") and ticket.is_open,
        trouble=_trouble(tx, instance),
        intervention=f"/process-instances/{instance.id}" if instance and may(principal, "instance.intervene") else "",
    )


def _trouble(tx: Transaction, instance: ProcessInstance | None) -> str:
    """Why the ticket does not move although nobody is late."""
    if instance is None or instance.ended:
        return ""
    if instance.state == SUSPENDED:
        return "流程已挂起，恢复之前不能办理；如需办理请联系流程管理人员。"
    found = incidents.list_page(tx, business_key=instance.business_key).items
    if not found:
        return ""
    names = "、".join(dict.fromkeys(f"“{each.element_name or '到时处理'}”" for each in found))
    return f"自动环节{names}出错，系统会自动重试，流程管理人员已能看到；已办理的内容不受影响。"


def _open_tasks(tx: Transaction, found: Sequence[UserTask]) -> list[OpenTask]:
    if not found:
        return []
    groups = organisation.group_labels(tx)
    people = persons.names(tx, [task.assignee for task in found if task.assignee])
    return [
        OpenTask(
            task,
            people.get(task.assignee, task.assignee)
            if task.assignee
            else "、".join(groups.get(group, group) for group in task.candidate_groups),
            lights.countdown(tx.runtime.working_days, tx.now, task.due_at, task.due_explanation),
            user_tasks.may_act(tx.actor, task),
        )
        for task in found
    ]


def _dues(tx: Transaction, ticket: Ticket, tasks: Sequence[OpenTask]) -> list[DueCard]:
    platform_given = ticket.district_due_at is not None
    return [
        _department_due(tasks, ticket),
        DueCard(
            "本街道时限",
            ticket.due_at,
            _countdown(tx, ticket, ticket.due_at, ticket.due_explanation),
            ticket.due_explanation,
            note=_kept(ticket) if not platform_given else "",
            absent="受理后按类别确定",
            counts=not platform_given and ticket.due_at is not None,
        ),
        DueCard(
            "区平台时限",
            ticket.district_due_at,
            _countdown(tx, ticket, ticket.district_due_at, None),
            None,
            note=_platform_note(ticket),
            absent="平台未给定，按本街道时限",
            counts=platform_given,
        ),
    ]


def _department_due(tasks: Sequence[OpenTask], ticket: Ticket) -> DueCard:
    """The soonest open step of a handling department; a department's people see their own."""
    dated = [
        (each.task.due_at, index, each)
        for index, each in enumerate(tasks)
        if each.task.due_at is not None and _of_department(each.task)
    ]
    if not dated:
        absent = "派单后起算" if ticket.is_open and ticket.dispatched_at is None else "没有进行中的部门步骤"
        return DueCard("部门时限", None, lights.WITHOUT_DUE_DATE, None, absent=absent)
    soonest = min([each for each in dated if each[2].mine] or dated)[2]
    return DueCard(
        "部门时限",
        soonest.task.due_at,
        soonest.light,
        soonest.task.due_explanation,
        note=f"{soonest.task.name} · {soonest.who}",
    )


def _of_department(task: UserTask) -> bool:
    of_no_department = candidate_groups.labels(())  # the center's and the street's own groups
    return not of_no_department.keys() & set(task.candidate_groups)


def _countdown(
    tx: Transaction, ticket: Ticket, due_at: datetime | None, explanation: Mapping[str, Any] | None
) -> Countdown:
    if not ticket.is_open:
        return lights.WITHOUT_DUE_DATE
    return lights.countdown(tx.runtime.working_days, tx.now, due_at, explanation)


def _kept(ticket: Ticket) -> str:
    if ticket.on_time is None:
        return ""
    return "已按时办结" if ticket.on_time else "超时办结"


def _platform_note(ticket: Ticket) -> str:
    if ticket.district_due_at is None:
        return ""
    return "；".join(filter(None, ("以区平台为准", _difference(ticket), _kept(ticket))))


def _difference(ticket: Ticket) -> str:
    """How the platform's due date differs from ours."""
    if ticket.district_due_at is None or ticket.due_at is None:
        return ""
    span = ticket.district_due_at - ticket.due_at
    if abs(span) < timedelta(minutes=1):
        return "与本街道时限相同"
    days, rest = divmod(abs(span), timedelta(days=1))
    hours, rest = divmod(rest, timedelta(hours=1))
    minutes = rest // timedelta(minutes=1)
    amounts = ((days, "天"), (hours, "小时"), (0 if days else minutes, "分"))
    length = " ".join(f"{amount} {unit}" for amount, unit in amounts if amount)
    return f"比本街道时限{'晚' if span > timedelta() else '早'} {length}"


def _chain(tx: Transaction, number: str) -> Chain:
    try:
        length = audit.verify(tx.connection, audit.instance_stream(number))
    except ChainBroken as error:
        return Chain(False, error.message)
    return Chain(True, f"审计链完整，共 {length} 条")
