"""Drives one ticket through the deployed diagrams, step by step, as the people of each group would."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from engine import messages, paths, process_instance_rows, process_instances, timers, user_tasks
from engine.process_instance_rows import ProcessInstance
from engine.process_instances import Step
from engine.tables import audit_entry
from engine.transaction import Actor, Runtime
from engine.user_task_rows import UserTask
from hotline import ticket_process
from tests import shipped
from tests.conftest import MONDAY_MORNING

ROOT = Path(__file__).resolve().parent.parent.parent
NUMBER = "ZR202603020001"
DEPARTMENTS = (
    *("area_zhenguang", "area_beishi", "committee_01", "enforcement_team", "center_greening"),
    *("office_management", "office_safety", "office_self_governance", "office_party_government"),
)
PHOTOS = {f"photo_{number}": f"照片{number}.jpg" for number in range(1, 5)}


def items() -> dict[str, str]:
    """The pick list of the responsibility list, as the office's catalogue gives it."""
    with (ROOT / "processes" / "responsibility_items.csv").open(encoding="utf-8") as lines:
        return {row["number"]: row["label"] for row in csv.DictReader(lines)}


def catalogues() -> dict[str, Mapping[str, str]]:
    """What the forms choose from."""
    return {
        "responsibility_items": items(),
        "areas": {"area_zhenguang": "真光片区", "area_beishi": "北石片区"},
        "committees": {"committee_01": "真光一居委会"},
        "departments": dict.fromkeys(DEPARTMENTS, "部门"),
        "ticket_departments": dict.fromkeys(DEPARTMENTS, "部门"),
        "ticket_attachments": PHOTOS,
        "refusal_categories": {str(number): f"第{number}类" for number in range(1, 11)},
    }


class Journey:
    """One ticket and the verbs that move it."""

    def __init__(self, runtime: Runtime, **marks: Any) -> None:
        self.runtime = runtime
        shipped.deploy(runtime)
        with runtime.write(Actor("office", "城运中心")) as tx:
            process_instances.start(tx, "ticket_handling", NUMBER, {**start_variables(), **marks})

    def open(self) -> list[UserTask]:
        """Every open user task."""
        with self.runtime.read(Actor("office", "城运中心")) as tx:
            return user_tasks.list_page(tx, actor_scope="all", business_key=NUMBER).items

    def waiting(self) -> list[str]:
        """What is open: element, and for a department whose."""
        return sorted(
            f"{task.element_id}@{task.candidate_groups[0]}"
            if task.candidate_groups[0] in DEPARTMENTS
            else task.element_id
            for task in self.open()
        )

    def task(self, element: str, department: str | None = None) -> UserTask:
        """The open task of an element, of one department when several have it."""
        found = [
            task
            for task in self.open()
            if task.element_id == element and (department is None or department in task.candidate_groups)
        ]
        assert len(found) == 1, f"{element} of {department}: open are {self.waiting()}"
        return found[0]

    def do(self, element: str, data: Mapping[str, Any], department: str | None = None) -> Step:
        """Complete a task as a member of its group."""
        task = self.task(element, department)
        with self.runtime.write(Actor("somebody", "某人", frozenset(task.candidate_groups))) as tx:
            return user_tasks.complete(tx, task.id, data)

    def sees(self, element: str, department: str | None = None) -> dict[str, Any]:
        """The variables a task's form may show."""
        task = self.task(element, department)
        with self.runtime.read(Actor("office", "城运中心")) as tx:
            return user_tasks.context(tx, task.id)

    def pass_time(self, moment: datetime) -> int:
        """Move the clock, let due timers fire."""
        self.runtime.clock.now = moment  # type: ignore[attr-defined]
        return timers.fire_due(self.runtime)

    def withdraw(self) -> bool:
        """The caller, or the platform, takes the ticket back."""
        with self.runtime.write(Actor("platform", "平台")) as tx:
            return messages.correlate(tx, "withdrawn", NUMBER, "message-1", {})

    @property
    def instance(self) -> ProcessInstance:
        """The instance as saved."""
        with self.runtime.read(Actor("office", "城运中心")) as tx:
            return ticket_process.instance(tx, NUMBER)

    def variables(self) -> dict[str, Any]:
        """The main process's variables."""
        with self.runtime.read(Actor("office", "城运中心")) as tx:
            return process_instance_rows.variables(tx, self.instance.id)

    def visits(self) -> dict[str, int]:
        """Element → how often it was reached, over all diagrams."""
        with self.runtime.read(Actor("office", "城运中心")) as tx:
            found: dict[str, int] = {}
            for visit in paths.path(tx, self.instance).visits:
                found[visit.element_id] = found.get(visit.element_id, 0) + visit.count
            return found

    def notices(self) -> list[tuple[str, str]]:
        """Title and group of every notice sent so far, sorted."""
        with self.runtime.read(Actor("office", "城运中心")) as tx:
            details = tx.connection.execute(select(audit_entry.c.detail)).scalars()
            told = [notice for detail in details for notice in orjson.loads(detail).get("notices", [])]
        return sorted((notice["title"], group) for notice in told for group in notice["groups"])

    # The ordinary steps, each with a form filled in as an office would.

    def accept(self, matter_class: str = "complex") -> None:
        """受理."""
        self.do("accept_ticket", {"acceptance": "accept", "matter_class": matter_class})

    def contact(self, department: str | None = None, **more: Any) -> None:
        """先行联系, the caller answers."""
        data = {"contact_result": "reached", "time_slot": "morning", "told_deadline": True, **more}
        self.do("record_contact_attempt", data, department)

    def miss(self, slot: str, department: str | None = None) -> None:
        """先行联系, nobody answers."""
        data = {"contact_result": "not_reached", "time_slot": slot, "not_reached_cause": "no_answer"}
        self.do("record_contact_attempt", data, department)

    def dispatch(self, item: int, **more: Any) -> None:
        """派单 by the list."""
        data = {"dispatch_decision": "dispatch", "dispatch_basis": "list", "item_number": str(item)}
        self.do("dispatch_ticket", {**data, "area": "area_zhenguang", **more})

    def handle(self, department: str) -> None:
        """现场处置 and 结案报告 of one department."""
        self.do("handle_matter", handling(), department)
        self.do("submit_closing_report", report(), department)

    def review(self, decision: str = "pass") -> None:
        """城运审核 of the one report that waits."""
        reasons = {"return_reasons": ["missing_elements"], "review_opinion": "缺处置依据，请补充"}
        self.do("review_closing_report", {"review_decision": decision, **(reasons if decision != "pass" else {})})

    def department(self, department: str) -> None:
        """All of one department's part, passed at once."""
        self.contact(department)
        self.handle(department)
        self.review()

    def satisfied(self) -> None:
        """回访: 满意."""
        self.do("record_callback", {"satisfaction": "satisfied", "resolution": "resolved"})

    def dissatisfied(self, *departments: str) -> None:
        """回访: 不满意."""
        data = {"satisfaction": "dissatisfied", "resolution": "unresolved", "dissatisfied_content": "仍有人设摊"}
        self.do("record_callback", {**data, "rework_departments": list(departments)})

    def close(self) -> Step:
        """办结登记."""
        data = {"reply_points": "3月2日已先行联系，3月3日已清理并答复。", "closing_determination": "none"}
        return self.do("close_ticket", data)


def start_variables() -> dict[str, Any]:
    """An ordinary complaint, reported and received on Monday morning."""
    moment = MONDAY_MORNING.isoformat()
    return {
        "ticket_number": NUMBER,
        "ticket_kind": "ordinary",
        "title": "占道设摊",
        "address": "真光路1001弄门口",
        "anonymous": False,
        "confidential": False,
        "has_phone": True,
        "recheck": False,
        "reassigned": False,
        "supervision": "",
        "reported_at": moment,
        "received_at": moment,
        "prior_count": 0,
        "district_due_at": "",
    }


def handling() -> dict[str, Any]:
    """现场处置 with a site."""
    visited = "2026-03-02T14:00:00+08:00"
    return {"has_site": "yes", "visited_at": visited, "site_photos": ["photo_1"], "handling_process": "到场劝离摊贩"}


def report(**more: Any) -> dict[str, Any]:
    """A closing report with all seven elements."""
    return {
        "demand_matches": "yes",
        "fact_finding": "substantiated",
        "demand_finding": "reasonable",
        "handling_result": "resolved",
        "closing_determination": "none",
        "handling_process": "3月2日到场劝离摊贩并清理路面。",
        "basis": "《上海市市容环境卫生管理条例》",
        "reply_method": "phone",
        "reply_at": "2026-03-02T16:00:00+08:00",
        "reply_content": "已劝离并加强巡查。",
        "reply_satisfaction": "satisfied",
        "recordings": ["photo_2"],
        "responsible_person": "李明",
        "responsible_phone": "021-52850000",
        **more,
    }
