"""Object references: a ticket, task or attachment of somebody else is not found, and cannot be acted on."""

from __future__ import annotations

import pytest

from api import interventions
from tests.api.serving import PHOTO, Office, complete, enter_ticket, problem, task_of
from tests.api.test_interventions import VERBS

OUTSIDER = "office_service_a"  # a handler of a department that has no part in the ticket


@pytest.fixture
def dispatched(working_office: Office) -> tuple[Office, str]:
    """A confidential ticket at one department, with an attachment."""
    number = enter_ticket(working_office, caller_name="王小明", confidential=True)
    desk = working_office.login("intake1")
    complete(desk, number, "accept_ticket", acceptance="accept")
    complete(desk, number, "record_contact_attempt", contact_result="reached")
    complete(desk, number, "dispatch_ticket", override_lead="office_self_governance", override_co=[])
    upload = {"files": ("现场.png", PHOTO, "image/png")}
    assert desk.post(f"/tickets/{number}/attachments", files=upload).status_code == 201
    return working_office, number


def test_a_ticket_of_other_departments_is_not_found(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    outsider = office.login(OUTSIDER)
    assert outsider.get("/tickets").json()["total"] == 0
    assert outsider.get("/tickets", params={"search": number}).json()["total"] == 0
    unknown = problem(outsider.get("/tickets/ZR999"), 404)
    for part in ("", "/links", "/parties", "/attachments", "/timeline", "/reply-points", "/result"):
        hidden = problem(outsider.get(f"/tickets/{number}{part}"), 404)
        assert hidden["detail"].replace(number, "ZR999") == unknown["detail"]
    problem(outsider.post(f"/tickets/{number}/caller-reveals", json={"reason": "好奇"}), 404)
    upload = {"files": ("x.png", PHOTO, "image/png")}
    problem(outsider.post(f"/tickets/{number}/attachments", files=upload), 404)


def test_a_task_of_somebody_else_can_be_neither_seen_nor_done(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    outsider, handler = office.login(OUTSIDER), office.login("office_self_governance_a")
    task = task_of(handler, number, "handle_matter")
    for part in ("", "/form"):
        hidden = problem(outsider.get(f"/user-tasks/{task['id']}{part}"), 404)
        assert number not in hidden["detail"]
    problem(outsider.post(f"/user-tasks/{task['id']}/claim"), 403)
    problem(outsider.post(f"/user-tasks/{task['id']}/unclaim"), 403)
    problem(outsider.post(f"/user-tasks/{task['id']}/complete", json={"data": {}}), 403)
    problem(outsider.put(f"/user-tasks/{task['id']}/draft", json={"data": {"has_site": "no"}}), 403)
    assign = {"assignee": OUTSIDER, "reason": "给我"}
    problem(outsider.post(f"/user-tasks/{task['id']}/assign", json=assign), 403)
    after = handler.get(f"/user-tasks/{task['id']}").json()
    assert (after["state"], after["assignee"]) == ("created", None)
    assert handler.get(f"/user-tasks/{task['id']}/form").json()["draft"] is None


def test_everybodys_tasks_are_not_listed_for_a_department(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    outsider = office.login(OUTSIDER)
    problem(outsider.get("/user-tasks", params={"scope": "all"}), 403)
    problem(outsider.get("/user-tasks", params={"scope": "all", "assignee": "intake1"}), 403)
    problem(outsider.get("/user-tasks", params={"scope": "all", "business_key": number}), 404)
    in_groups = {"scope": "groups", "group": "office_self_governance"}
    assert outsider.get("/user-tasks", params=in_groups).json()["total"] == 0


def test_an_assigned_task_is_not_done_by_a_colleague(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    first, second = office.login("office_self_governance_a"), office.login("office_self_governance_b")
    task = task_of(first, number, "handle_matter")
    assert first.post(f"/user-tasks/{task['id']}/claim").status_code == 200
    data = {"data": {"has_site": "no", "handling_process": "代办"}}
    problem(second.post(f"/user-tasks/{task['id']}/complete", json=data), 409)
    problem(second.post(f"/user-tasks/{task['id']}/unclaim"), 403)
    assert first.get(f"/user-tasks/{task['id']}").json()["assignee"] == "office_self_governance_a"


def test_a_task_cannot_be_handed_to_somebody_outside_its_groups(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    task = task_of(office.login("office_self_governance_a"), number, "handle_matter")
    head = office.login("center_head")
    for stranger in (OUTSIDER, "no.such.person", "system"):
        body = {"assignee": stranger, "reason": "改派"}
        problem(head.post(f"/user-tasks/{task['id']}/assign", json=body), 422)


def test_an_attachment_is_behind_its_tickets_scope(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    handler, outsider = office.login("office_self_governance_a"), office.login(OUTSIDER)
    attachment = handler.get(f"/tickets/{number}/attachments").json()[0]["id"]
    problem(outsider.get(f"/attachments/{attachment}/content"), 404)
    problem(office.stranger().get(f"/attachments/{attachment}/content"), 401)
    given = handler.get(f"/attachments/{attachment}/content")
    assert given.content == PHOTO
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"


@pytest.mark.clause("3.2.1-8")
def test_the_caller_of_a_confidential_ticket_is_hidden_from_departments(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    handler = office.login("office_self_governance_a")
    task = task_of(handler, number, "handle_matter")
    everything = [
        handler.get(path).text
        for path in (
            f"/tickets/{number}",
            "/tickets",
            f"/tickets/{number}/timeline",
            f"/user-tasks/{task['id']}/form",
            f"/tickets/{number}/reply-points",
        )
    ]
    assert not any("13800001234" in text or "王小明" in text for text in everything)
    document = problem(handler.post(f"/tickets/{number}/caller-reveals", json={"reason": "联系"}), 422)
    assert document["clause"] == "3.2.1-8"
    assert handler.get("/tickets", params={"search": "13800001234"}).json()["total"] == 0


def test_seeing_the_caller_is_put_on_record(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    desk = office.login("intake1")
    assert "13800001234" not in desk.get(f"/tickets/{number}").text
    revealed = desk.post(f"/tickets/{number}/caller-reveals", json={"reason": "回电"})
    assert revealed.json()["phone"] == "13800001234"
    entries = office.login("auditor").get("/audit-entries", params={"ticket": number}).json()["items"]
    seen = [(entry["actor"], entry["detail"]["reason"]) for entry in entries if entry["action"] == "caller_viewed"]
    assert seen == [("intake1", "回电")]


def test_an_instance_and_its_variables_are_not_open_to_outsiders(dispatched: tuple[Office, str]) -> None:
    office, number = dispatched
    query = {"params": {"business_key": number}}
    instance = office.login("intake1").get("/process-instances", **query).json()["items"][0]["id"]
    outsider, handler = office.login(OUTSIDER), office.login("office_self_governance_a")
    problem(outsider.get(f"/process-instances/{instance}"), 404)
    problem(outsider.get(f"/process-instances/{instance}/path"), 404)
    for client in (outsider, handler):
        problem(client.get(f"/process-instances/{instance}/variables"), 403)
        revision = {"variables": {"confidential": False}, "reason": "我想看"}
        problem(client.post(f"/process-instances/{instance}/revise", json=revision), 403)
    assert handler.get(f"/process-instances/{instance}/path").status_code == 200
    office.program("operator", "center", "process_owner")
    narrow = office.token("operator", "instance.intervene")  # sees neither instances nor tickets
    prefix = "/process-instances/{instance_id}/"
    assert {f"{prefix}{verb}" for verb in VERBS} == {route.path for route in interventions.router.routes}
    for verb, body in VERBS.items():
        path = prefix.format(instance_id=instance) + verb
        assert problem(narrow.post(path, json={"reason": "试一试", **body}), 404)["detail"] == "流程实例不存在"


def test_a_token_of_a_person_cannot_do_their_tasks_without_the_scope(working_office: Office) -> None:
    working_office.program("platform", "center", "intake")
    number = enter_ticket(working_office)
    narrow = working_office.token("platform", "ticket.view", "ticket.view_all")
    full = working_office.token("platform", "tasks", "ticket.view")
    task = task_of(full, number, "accept_ticket")
    assert full.post(f"/user-tasks/{task['id']}/claim").status_code == 200
    problem(narrow.get("/user-tasks", params={"scope": "mine"}), 403)
    body = {"data": {"acceptance": "accept", "matter_class": "complex"}}
    problem(narrow.post(f"/user-tasks/{task['id']}/complete", json=body), 403)
    problem(narrow.post(f"/user-tasks/{task['id']}/unclaim"), 403)
    assert full.post(f"/user-tasks/{task['id']}/complete", json=body).status_code == 200
