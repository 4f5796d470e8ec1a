"""Each noun of the API beside the main path: what it shows and what it changes."""

from __future__ import annotations

import httpx
from sqlalchemy import insert

from engine import audit
from engine.tables import audit_entry
from engine.transaction import SYSTEM
from tests.api.serving import Office, complete, enter_ticket, problem, task_of


def accepted(office: Office) -> tuple[str, httpx.Client]:
    """A ticket that waits for the first contact, and its desk."""
    number, desk = enter_ticket(office), office.login("intake1")
    complete(desk, number, "accept_ticket", acceptance="accept", matter_class="complex")
    return number, desk


def test_a_task_is_claimed_given_back_and_reassigned(working_office: Office) -> None:
    number, desk = accepted(working_office)
    task = task_of(desk, number, "record_contact_attempt")
    path = f"/user-tasks/{task['id']}"
    assert desk.post(f"{path}/claim").json()["assignee"] == "intake1"
    assert desk.get("/user-tasks", params={"scope": "mine"}).json()["total"] == 1
    assert desk.post(f"{path}/unclaim").json()["assignee"] is None
    head = working_office.login("center_head")
    moved = head.post(f"{path}/assign", json={"assignee": "intake2", "reason": "轮班"})
    assert moved.json()["assignee"] == "intake2"
    problem(head.post(f"{path}/assign", json={"assignee": "intake1", "reason": ""}), 422)
    assert working_office.login("intake2").get(path).json()["due_explanation"]["explanation"]


def test_lists_are_paged(working_office: Office) -> None:
    desk = working_office.login("intake1")
    numbers = {enter_ticket(working_office, title=f"第{i}件", address=f"真光路{i}号") for i in range(5)}
    pages = [desk.get("/tickets", params={"limit": 2, "offset": offset}).json() for offset in (0, 2, 4)]
    assert [page["total"] for page in pages] == [5, 5, 5]
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {ticket["number"] for page in pages for ticket in page["items"]} == numbers


def test_a_ticket_is_reclassified_once_for_what_was_seen(working_office: Office) -> None:
    number, desk = accepted(working_office)
    before = desk.get(f"/tickets/{number}").json()
    change = {"matter_class": "urgent", "reason": "涉及安全", "version": before["version"]}
    after = desk.post(f"/tickets/{number}/reclassify", json=change).json()
    assert after["matter_class"] == "urgent"
    assert after["due_at"] < before["due_at"]
    problem(desk.post(f"/tickets/{number}/reclassify", json={**change, "matter_class": "inquiry"}), 409)


def test_tickets_are_linked_and_parted(working_office: Office) -> None:
    first = enter_ticket(working_office)
    second = enter_ticket(working_office, address="真北路2号", caller_phone="13900004321")
    desk = working_office.login("intake1")
    link = {"linked_number": first, "kind": "same_matter", "reason": "同一摊位"}
    assert desk.post(f"/tickets/{second}/links", json=link).status_code == 201
    assert [each["number"] for each in desk.get(f"/tickets/{first}/links").json()] == [second]
    parted = desk.delete(f"/tickets/{second}/links/{first}", params={"reason": "不同摊位"})
    assert parted.status_code == 204
    assert desk.get(f"/tickets/{first}/links").json() == []


def test_variables_are_revised_by_an_operator_with_a_reason(working_office: Office) -> None:
    number, _desk = accepted(working_office)
    head = working_office.login("center_head")
    instance = head.get("/process-instances", params={"business_key": number}).json()["items"][0]
    path = f"/process-instances/{instance['id']}"
    revised = head.post(f"{path}/revise", json={"variables": {"supervision": "district"}, "reason": "区督办"})
    assert revised.json()["version"] == instance["version"] + 1
    assert head.get(f"{path}/variables").json()["supervision"] == "district"
    problem(head.post(f"{path}/revise", json={"variables": {"supervision": "city"}, "reason": " "}), 422)
    problem(head.post(f"{path}/revise", json={"variables": {"now": 1}, "reason": "试"}), 422)
    entries = working_office.login("auditor").get("/audit-entries", params={"ticket": number}).json()["items"]
    assert [entry["actor"] for entry in entries if entry["action"] == "instance.revised"] == ["center_head"]


def test_an_import_is_reported_row_by_row_and_doubles_nothing(working_office: Office) -> None:
    desk = working_office.login("intake1")
    table = "工单编号,标题,诉求内容,来电时间\nPT2026030200001,占道,摊贩占道,2026-03-02 08:15\n,没有编号,内容,\n"
    for outcome in ("created", "unchanged"):
        report = desk.post("/ticket-imports", files={"file": ("导出.csv", table.encode())})
        assert report.status_code == 201, report.text
        assert [row["outcome"] for row in report.json()["rows"]] == [outcome, "error"]
    assert desk.get("/tickets").json()["total"] == 1
    stored = desk.get("/ticket-imports").json()
    assert len(stored) == 2
    assert desk.get(f"/ticket-imports/{stored[0]['report']['id']}").json() == stored[0]
    problem(desk.post("/ticket-imports", files={"file": ("x.csv", b"\x00\x01")}), 422)


def test_a_message_with_a_known_id_is_ignored(working_office: Office) -> None:
    number, desk = accepted(working_office)
    message = {"id": "p-1", "name": "withdrawn", "business_key": number}
    told = [desk.post("/messages", json=message).json()["correlated"] for _ in range(2)]
    assert told == [True, False]
    problem(desk.post("/messages", json={"name": "withdrawn", "business_key": number}), 422)


def test_incidents_are_listed_and_retried_by_operators_only(working_office: Office) -> None:
    head = working_office.login("center_head")
    assert head.get("/incidents").json()["total"] == 0
    problem(head.post("/incidents/none/retry"), 404)
    problem(working_office.login("intake1").get("/incidents"), 403)


def test_a_chain_that_was_touched_is_told(working_office: Office) -> None:
    number, _desk = accepted(working_office)
    auditor = working_office.login("auditor")
    query = {"params": {"ticket": number}}
    assert auditor.get("/audit-entries/verification", **query).json()["intact"] is True
    with working_office.runtime.write(SYSTEM) as tx:
        stream = audit.instance_stream(number)
        last = audit.entries(tx, stream)[-1]
        forged = {**vars(last), "number": last.number + 1, "detail": "{}", "actor": "intake2"}
        tx.connection.execute(insert(audit_entry).values(forged))
    told = problem(auditor.get("/audit-entries/verification", **query), 409)
    assert told["type"] == "urn:minhu:problem:chain-broken"


def test_one_chain_is_asked_for_at_a_time(office: Office) -> None:
    auditor = office.login("auditor")
    problem(auditor.get("/audit-entries"), 422)
    problem(auditor.get("/audit-entries", params={"ticket": "ZR1", "stream": "people"}), 422)
    assert auditor.get("/audit-entries", params={"stream": "people"}).json()["total"] == 1


def test_definitions_are_read_by_version(working_office: Office) -> None:
    client = working_office.login("process_owner")
    latest = {each["key"]: each for each in client.get("/process-definitions").json()}
    assert set(latest) >= {"ticket_handling", "caller_contact", "department_handling", "callback"}
    versions = client.get("/process-definitions", params={"key": "ticket_handling"}).json()
    assert [each["version"] for each in versions] == [1]
    detail = client.get(f"/process-definitions/{latest['ticket_handling']['id']}").json()
    assert detail["process_keys"][0] == "ticket_handling"
    problem(client.get(f"/process-definitions/{detail['id']}/xml/none"), 404)
    problem(client.get("/process-definitions/none"), 404)
