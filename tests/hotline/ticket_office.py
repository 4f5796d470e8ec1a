"""The office at work: processes deployed, people at their desks, tickets moved through the real verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import audit, user_tasks
from engine.audit import AuditEntry
from engine.transaction import SYSTEM, Runtime
from engine.user_task_rows import UserTask
from hotline import attachments, demo_files, diagram_effects, option_catalogues, projection, tickets
from hotline.access import Principal
from hotline.attachments import Attachment, Upload
from hotline.new_ticket import NewTicket
from hotline.ticket_view import Ticket
from tests import shipped
from tests.hotline import office

DESK, LEAD, CO = "intake1", "area_zhenguang", "office_self_governance"
LOGINS = {"center_intake": DESK, "center_reviewer": "reviewer", "center_callback": "callback"}
ACCEPTED = {"acceptance": "accept", "matter_class": "complex"}
REACHED = {"contact_result": "reached", "time_slot": "morning"}
DISPATCHED = {
    "dispatch_decision": "dispatch",
    "dispatch_basis": "override",
    "area": LEAD,
    "override_lead": LEAD,
    "override_co": [CO],
    "override_reason": "测试",
}
SATISFIED = {"satisfaction": "satisfied", "resolution": "resolved"}
CLOSED = {"reply_points": "3月2日已先行联系，已清理并答复。", "closing_determination": "none"}


class TicketOffice:
    """One running office; every call is one transaction."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        runtime.option_catalogues = dict(option_catalogues.CATALOGUES)
        runtime.effects = dict(diagram_effects.EFFECTS)
        runtime.on_step = projection.on_step
        office.open_office(runtime)
        shipped.deploy(runtime)

    def principal(self, login: str) -> Principal:
        """This demo person."""
        return office.principal(self.runtime, login)

    def enter(self, **fields: Any) -> str:
        """A ticket entered at the desk; returns its number."""
        given = {
            "title": "楼道堆物",
            "content": "三楼楼道堆放纸箱，影响通行。",
            "caller_name": "王小明",
            "caller_phone": "13812345678",
            "address": "真光路1001弄12号",
        }
        desk = self.principal(DESK)
        with self.runtime.write(desk.actor) as tx:
            return tickets.create(tx, desk, NewTicket(**(given | fields))).number

    def ticket(self, number: str, login: str = DESK) -> Ticket:
        """The ticket as this person sees it."""
        person = self.principal(login)
        with self.runtime.read(person.actor) as tx:
            return tickets.get(tx, person, number)

    def open_tasks(self, number: str) -> list[UserTask]:
        """Everything open."""
        with self.runtime.read(SYSTEM) as tx:
            return user_tasks.list_page(tx, actor_scope="all", business_key=number).items

    def task(self, number: str, element: str, group: str | None = None) -> UserTask:
        """The one open task of this element (and group)."""
        found = [
            task
            for task in self.open_tasks(number)
            if task.element_id == element and (group is None or group in task.candidate_groups)
        ]
        assert len(found) == 1, [(task.element_id, task.candidate_groups) for task in self.open_tasks(number)]
        return found[0]

    def do(self, number: str, element: str, data: Mapping[str, Any], group: str | None = None) -> None:
        """Complete the task as its first group's handler."""
        task = self.task(number, element, group)
        login = LOGINS.get(task.candidate_groups[0], f"{task.candidate_groups[0]}_a")
        with self.runtime.write(self.principal(login).actor) as tx:
            user_tasks.complete(tx, task.id, data)

    def upload(self, login: str, number: str, *uploads: Upload, task: UserTask | None = None) -> list[Attachment]:
        """Store files as this person."""
        person = self.principal(login)
        with self.runtime.write(person.actor) as tx:
            return attachments.add(tx, person, number, uploads, task.id if task else None)

    def trail(self, number: str) -> list[AuditEntry]:
        """The ticket's audit chain, verified."""
        stream = audit.instance_stream(number)
        with self.runtime.read(SYSTEM) as tx:
            audit.verify(tx.connection, stream)
            return audit.entries(tx, stream)

    # stages of the ordinary path

    def dispatched(self, **fields: Any) -> str:
        """A ticket dispatched to a lead and one co-handler."""
        number = self.enter(**fields)
        self.do(number, "accept_ticket", ACCEPTED)
        if self.open_tasks(number)[0].element_id == "record_contact_attempt":
            self.do(number, "record_contact_attempt", REACHED)
        self.do(number, "dispatch_ticket", DISPATCHED)
        return number

    def handled(self, number: str, group: str) -> None:
        """One department's part up to its closing report."""
        if any(t.process_key == "caller_contact" and group in t.candidate_groups for t in self.open_tasks(number)):
            self.do(number, "record_contact_attempt", REACHED, group)
        self.do(number, "handle_matter", {"has_site": "no", "handling_process": "已劝导清理"}, group)
        task = self.task(number, "submit_closing_report", group)
        [record] = self.upload(f"{group}_a", number, demo_files.recording("回复.wav"), task=task)
        self.do(number, "submit_closing_report", report(record.id), group)

    def reviewed(self, number: str) -> None:
        """Both departments' parts, reviewed."""
        for group in (LEAD, CO):
            self.handled(number, group)
            self.do(number, "review_closing_report", {"review_decision": "pass"})


def report(recording_id: str) -> dict[str, Any]:
    """A closing report with all seven elements."""
    return {
        "demand_matches": "yes",
        "fact_finding": "substantiated",
        "demand_finding": "reasonable",
        "handling_result": "resolved",
        "closing_determination": "none",
        "handling_process": "上门劝导，清理楼道堆物两车。",
        "basis": "《上海市住宅物业管理规定》",
        "reply_method": "phone",
        "reply_at": "2026-03-02T16:00:00+08:00",
        "reply_content": "已告知清理结果。",
        "reply_satisfaction": "satisfied",
        "recordings": [recording_id],
        "responsible_person": "李明",
        "responsible_phone": "021-52850000",
    }
