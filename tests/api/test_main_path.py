"""A complaint goes all the way through the API alone, by different people who logged in with their passwords."""

from __future__ import annotations

import httpx
from lxml import etree

from hotline.seed_people import DEMO_PASSWORD
from tests.api.serving import PHOTO, Office, complete

LEAD, CO = "office_self_governance", "enforcement_team"
SENT_BACK = {"review_decision": "send_back", "return_reasons": ["missing_elements"], "review_opinion": "缺处置依据"}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
COMPLAINT = {
    "title": "真光路1001弄门口占道经营",
    "content": "每天傍晚有摊贩占道设摊，影响居民通行，要求整治。",
    "caller_name": "王女士",
    "caller_phone": "13800001234",
    "address": "真光路1001弄门口",
}


def logged_in(office: Office, login: str) -> httpx.Client:
    """A person who typed the password."""
    client = office.stranger(Origin=office.base_url.removesuffix("/api"))
    answer = client.post("/sessions", json={"login": login, "password": DEMO_PASSWORD})
    assert answer.status_code == 201, answer.text
    return client


def handle(client: httpx.Client, number: str) -> None:
    """现场处置 with a photo, then 结案报告."""
    task = client.get("/user-tasks", params={"scope": "groups", "business_key": number}).json()["items"][0]
    upload = {"files": ("现场.png", PHOTO, "image/png")}
    stored = client.post(f"/tickets/{number}/attachments", files=upload, data={"user_task_id": task["id"]})
    assert stored.status_code == 201, stored.text
    photos = [stored.json()[0]["id"]]
    complete(client, number, "handle_matter", has_site="yes", site_photos=photos)
    complete(client, number, "submit_closing_report", recordings=photos)


def travel(office: Office) -> tuple[str, httpx.Client]:
    """Enter, accept, contact, dispatch to two departments, send one back once, review, call back, close."""
    people = ("intake1", "intake2", "reviewer", "callback", f"{LEAD}_a", f"{CO}_a")
    desk, dispatcher, reviewer, caller, lead, co = (logged_in(office, login) for login in people)
    created = desk.post("/tickets", json=COMPLAINT)
    assert created.status_code == 201, created.text
    number = created.json()["number"]
    complete(desk, number, "accept_ticket", acceptance="accept", matter_class="complex")
    complete(desk, number, "record_contact_attempt", contact_result="reached")
    dispatched = complete(dispatcher, number, "dispatch_ticket", override_lead=LEAD, override_co=[CO])
    assert len(dispatched["opened"]) == 2
    for department in (lead, co):
        complete(department, number, "record_contact_attempt", contact_result="reached")
        handle(department, number)
        if department is lead:
            complete(reviewer, number, "review_closing_report", **SENT_BACK)
            handle(department, number)
        complete(reviewer, number, "review_closing_report", review_decision="pass")
    complete(caller, number, "record_callback", satisfaction="satisfied")
    closed = complete(dispatcher, number, "close_ticket")
    assert closed["ended"] is True
    return number, desk


def test_a_complaint_is_closed_through_the_api_alone(working_office: Office) -> None:
    number, desk = travel(working_office)
    ticket = desk.get(f"/tickets/{number}").json()
    assert (ticket["is_open"], ticket["lead_id"], ticket["satisfaction"]) == (False, LEAD, "satisfied")
    assert ticket["closed_at"]
    assert desk.get("/user-tasks", params={"scope": "all", "business_key": number}).json()["total"] == 0
    auditor = working_office.login("auditor")
    verified = auditor.get("/audit-entries/verification", params={"ticket": number}).json()
    assert verified["intact"] is True
    actors = {entry["actor"] for entry in auditor.get(f"/tickets/{number}/timeline").json()}
    assert actors >= {"intake1", "intake2", "reviewer", "callback", f"{LEAD}_a", f"{CO}_a"}


def test_the_path_taken_stands_on_the_diagrams(working_office: Office) -> None:
    number, desk = travel(working_office)
    instance = desk.get("/process-instances", params={"business_key": number}).json()["items"][0]
    assert instance["state"] == "completed"
    path = desk.get(f"/process-instances/{instance['id']}/path").json()
    count: dict[tuple[str, str], int] = {(v["process_key"], v["element_id"]): v["count"] for v in path["visits"]}
    for element, times in {
        ("ticket_handling", "accept_ticket"): 1,
        ("ticket_handling", "determine_limits"): 1,
        ("ticket_handling", "dispatch_ticket"): 1,
        ("caller_contact", "record_contact_attempt"): 3,
        ("department_handling", "handle_matter"): 3,
        ("department_handling", "submit_closing_report"): 3,
        ("department_handling", "review_closing_report"): 3,
        ("department_handling", "end_report_accepted"): 2,
        ("callback", "record_callback"): 1,
        ("ticket_handling", "close_ticket"): 1,
    }.items():
        assert count[element] == times, element
    assert ("ticket_handling", "supervise_overdue") not in count
    assert {visit["state"] for visit in path["visits"]} <= {"done", "cancelled"}
    flows = {(flow["process_key"], flow["flow_id"]) for flow in path["flows"]}
    assert ("department_handling", "review_outcome_to_handling_round") in flows
    assert ("department_handling", "review_outcome_to_build_report") in flows
    assert ("ticket_handling", "acceptance_decision_to_determine_limits") in flows
    assert (set(count) | flows) <= drawn(desk, instance["process_definition_id"])


def drawn(client: httpx.Client, definition_id: str) -> set[tuple[str, str]]:
    """Every element and flow the author drew, as (process key, id)."""
    found = set()
    for key in client.get(f"/process-definitions/{definition_id}").json()["process_keys"]:
        xml = client.get(f"/process-definitions/{definition_id}/xml/{key}").content
        for process in etree.fromstring(xml).iter(f"{BPMN}process"):
            found |= {(str(process.get("id")), str(each.get("id"))) for each in process.iter(f"{BPMN}*")}
    return found
