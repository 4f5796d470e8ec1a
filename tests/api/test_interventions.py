"""Interventions over HTTP: who may, what the ticket shows, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.schemas.process_instances import Leaving, Modification, Participant, ReturnTo
from engine import hardened_xml
from engine.diagram import read
from hotline import organisation
from tests.api.serving import Office, complete, enter_ticket, key, problem, task_of

ROOT = Path(__file__).resolve().parents[2]
REASON = {"reason": "区平台通知暂缓办理"}
VERBS: dict[str, dict[str, Any]] = {
    "suspend": {},
    "resume": {},
    "cancel": {},
    "modify": {"instructions": [{"verb": "cancel", "process_key": "ticket_handling", "element_id": "accept_ticket"}]},
    "return": {"process_key": "ticket_handling", "element_id": "accept_ticket"},
    "participants/add": {"process_key": "ticket_handling", "element_id": "department_call", "item": "x"},
    "participants/remove": {"process_key": "ticket_handling", "element_id": "department_call", "item": "x"},
}


def instance_of(client: httpx.Client, number: str) -> dict[str, Any]:
    page = client.get("/process-instances", params={"business_key": number})
    assert page.status_code == 200, page.text
    found: dict[str, Any] = page.json()["items"][0]
    return found


def intervene(client: httpx.Client, number: str, verb: str, **body: Any) -> httpx.Response:
    path = f"/process-instances/{instance_of(client, number)['id']}/{verb}"
    return client.post(path, json={**REASON, **body}, headers=key())


@pytest.mark.parametrize("login", ["intake1", "center_head", "office_safety_head", "street_leader", "auditor"])
def test_only_administrators_and_process_owners_intervene(working_office: Office, login: str) -> None:
    number, client = enter_ticket(working_office), working_office.login(login)
    instance = instance_of(working_office.login("administrator"), number)
    for verb, body in VERBS.items():
        problem(client.post(f"/process-instances/{instance['id']}/{verb}", json={**REASON, **body}), 403)
    problem(client.post("/signals", json={"id": "s1", "name": "storm"}), 403)
    assert instance_of(working_office.login("administrator"), number) == instance


def test_a_suspended_ticket_waits_and_a_resumed_one_goes_on(working_office: Office) -> None:
    number, desk = enter_ticket(working_office), working_office.login("intake1")
    owner = working_office.login("process_owner")
    task = task_of(desk, number, "accept_ticket")
    assert intervene(owner, number, "suspend").json()["state"] == "suspended"
    told = problem(desk.post(f"/user-tasks/{task['id']}/claim"), 409)
    assert "已挂起" in told["detail"]
    problem(desk.put(f"/user-tasks/{task['id']}/draft", json={"data": {}}), 409)
    problem(intervene(owner, number, "suspend"), 409)
    assert intervene(owner, number, "resume").json()["state"] == "active"
    complete(desk, number, "accept_ticket", acceptance="accept", matter_class="complex")


def test_a_cancelled_ticket_is_closed_as_such_and_stays_so(working_office: Office) -> None:
    number, desk = enter_ticket(working_office), working_office.login("intake1")
    administrator = working_office.login("administrator")
    assert intervene(administrator, number, "cancel").json()["state"] == "cancelled"
    ticket = desk.get(f"/tickets/{number}").json()
    assert (ticket["state"], ticket["is_open"]) == ("cancelled", False)
    for verb, body in VERBS.items():
        problem(intervene(administrator, number, verb, **body), 409)
    entries = working_office.login("auditor").get("/audit-entries", params={"ticket": number}).json()["items"]
    assert [e["detail"]["reason"] for e in entries if e["action"] == "instance.cancelled"] == [REASON["reason"]]


def test_a_ticket_is_moved_and_taken_back(working_office: Office) -> None:
    number, desk = enter_ticket(working_office), working_office.login("intake1")
    owner = working_office.login("process_owner")
    complete(desk, number, "accept_ticket", acceptance="accept", matter_class="complex")
    move = [
        {"verb": "cancel", "process_key": "ticket_handling", "element_id": "first_contact"},
        {"verb": "start_before", "process_key": "ticket_handling", "element_id": "dispatch_ticket"},
    ]
    assert intervene(owner, number, "modify", instructions=move).status_code == 200
    assert desk.get(f"/tickets/{number}").json()["state"] == "dispatch"
    told = problem(intervene(owner, number, "modify", instructions=move), 409)
    assert "一级先行联系" in told["detail"]
    back = {"process_key": "ticket_handling", "element_id": "accept_ticket"}
    assert intervene(owner, number, "return", **back).status_code == 200
    assert desk.get(f"/tickets/{number}").json()["state"] == "intake"
    task_of(desk, number, "accept_ticket")
    problem(intervene(owner, number, "participants/add", **VERBS["participants/add"]), 409)
    unknown = [{"verb": "cancel", "process_key": "ticket_handling", "element_id": "nowhere"}]
    problem(intervene(owner, number, "modify", instructions=unknown), 422)
    problem(intervene(owner, number, "modify", instructions=[]), 422)


def test_an_intervention_repeated_under_its_key_has_one_effect(working_office: Office) -> None:
    number, owner = enter_ticket(working_office), working_office.login("process_owner")
    path = f"/process-instances/{instance_of(owner, number)['id']}/suspend"
    header = key()
    first, second = (owner.post(path, json=REASON, headers=header) for _ in range(2))
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    problem(owner.post("/process-instances/nowhere/suspend", json=REASON), 404)
    problem(owner.post(path, json={"reason": " "}, headers=key()), 422)
    assert owner.post("/signals", json={"id": "s1", "name": "storm"}).json() == {"delivered": [], "failed": []}


def test_the_examples_name_steps_and_departments_that_exist() -> None:
    path = ROOT / "processes" / "ticket_handling" / "ticket_handling.bpmn"
    drawn = read(hardened_xml.parse(path.read_bytes(), path.name))[0].elements
    for schema in (Modification, ReturnTo, Participant, Leaving):
        for example in schema.model_config["json_schema_extra"]["examples"]:
            named = example.get("instructions", [example])
            assert {each["element_id"] for each in named} <= set(drawn)
            assert example.get("item") in (None, *(body["id"] for body in organisation.bodies()))
