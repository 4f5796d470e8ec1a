"""Nothing can be slipped in: fields, variables, order, expressions in filters."""

from __future__ import annotations

import json
from itertools import product

import pytest
from sqlalchemy import select

from engine.transaction import SYSTEM
from hotline.tables import person, ticket
from tests.api.serving import Office, answers, by_login, complete, enter_ticket, problem, task_of

COMPLAINT = {"title": "占道经营", "content": "傍晚有摊贩"}


TICKET_FIELDS = (
    *("state", "version", "closed_at", "accepted_at", "due_at", "lead_id", "matter_class", "satisfaction"),
    *("received_at", "rework_count", "reply_points", "item_number", "assignee", "id", "principal", "__class__"),
)
PERSON_FIELDS = ["active", "permissions", "must_change_password", "password_hash", "id", "groups", "absent_until"]
VARIABLES = (
    *("confidential", "has_phone", "departments", "ticket_number", "accepted_at", "limit_rule", "rework_round"),
    *("state", "assignee", "lead", "__class__", "typename", "now", "deadline", "district_due_at"),
)


def test_a_new_ticket_takes_no_field_of_the_process(office: Office) -> None:
    client = office.login("intake1")
    for field in TICKET_FIELDS:
        document = problem(client.post("/tickets", json={**COMPLAINT, field: "closed"}), 422)
        assert document["fields"] == {field: "不允许提交这一项"}
    with office.runtime.read(SYSTEM) as tx:
        assert tx.connection.execute(select(ticket.c.number)).all() == []


def test_a_new_person_takes_no_field_of_the_system(office: Office) -> None:
    client = office.login("administrator")
    for field in PERSON_FIELDS:
        body = {"login": "new.one", "name": "新人", field: True}
        assert field in problem(client.post("/people", json=body), 422)["fields"]
    with office.runtime.read(SYSTEM) as tx:
        assert tx.connection.execute(select(person.c.id).where(person.c.login == "new.one")).first() is None


def test_one_cannot_give_oneself_a_post(office: Office) -> None:
    client, own = office.login("intake1"), office.person_id("intake1")
    posts = {"posts": [{"department_id": "center", "role": "administrator"}]}
    problem(client.put(f"/people/{own}/posts", json=posts), 403)
    assert "people.manage" not in by_login(office.runtime, "intake1").permissions


def test_completing_a_task_writes_no_variable_its_form_does_not_have(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    task = task_of(client, number, "accept_ticket")
    body = answers(client, task, acceptance="accept", matter_class="complex")
    for variable in VARIABLES:
        slipped = {"data": {**body["data"], variable: "slipped in"}}
        document = problem(client.post(f"/user-tasks/{task['id']}/complete", json=slipped), 422)
        assert variable in document["fields"]
    assert client.get(f"/user-tasks/{task['id']}").json()["state"] == "created"


def test_beside_the_data_of_a_form_nothing_is_accepted(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    task = task_of(client, number, "accept_ticket")
    body = answers(client, task, acceptance="accept", matter_class="complex")
    for name in ("assignee", "completed_by", "state", "variables", "due_at"):
        document = problem(client.post(f"/user-tasks/{task['id']}/complete", json={**body, name: "x"}), 422)
        assert document["fields"] == {name: "不允许提交这一项"}


def test_a_draft_is_kept_apart_from_the_process(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    task = task_of(client, number, "accept_ticket")
    draft = {"data": {"confidential": True, "acceptance": "accept"}}
    assert client.put(f"/user-tasks/{task['id']}/draft", json=draft).status_code == 204
    form = client.get(f"/user-tasks/{task['id']}/form").json()
    assert form["draft"] == draft["data"]
    assert form["context"]["confidential"] is False
    complete(client, number, "accept_ticket", acceptance="accept", matter_class="complex")
    instance = client.get("/process-instances", params={"business_key": number}).json()["items"][0]["id"]
    assert client.get(f"/process-instances/{instance}/variables").json()["confidential"] is False


EXPRESSIONS = [
    "${__import__('os').system('id')}",
    "#{1+1}",
    "().__class__.__base__.__subclasses__()",
    "' OR '1'='1",
    "%",
    "\\",
    "1; DROP TABLE ticket",
]
FILTERS = (
    *(("/tickets", name) for name in ("search", "state", "matter_class", "department")),
    *(("/user-tasks", name) for name in ("business_key", "assignee", "group", "search")),
    *(("/process-instances", name) for name in ("key", "business_key")),
    *(("/people", name) for name in ("search", "department")),
)


def test_filters_are_text_never_code(working_office: Office) -> None:
    enter_ticket(working_office)
    client = working_office.login("center_head")
    for (path, name), text in product(FILTERS, EXPRESSIONS):
        scope = {"scope": "groups"} if path == "/user-tasks" else {}
        answer = client.get(path, params={name: text, **scope})
        assert answer.status_code == 200, (path, name, answer.text)
        assert answer.json()["total"] == 0, (path, name, text)
    assert client.get("/tickets").json()["total"] == 1


def test_there_is_no_order_by_to_inject_into(working_office: Office) -> None:
    """The order of every list is fixed; a client cannot name a column."""
    for title in ("甲", "乙", "丙"):
        enter_ticket(working_office, title=title)
    client = working_office.login("center_head")
    for path in ("/tickets", "/process-instances", "/people", "/incidents"):
        plain = client.get(path).json()["items"]
        for name in ("order_by", "sort", "sortBy", "order"):
            for value in ("title", "(CASE WHEN 1=1 THEN number ELSE title END)", "1;DROP TABLE ticket--"):
                assert client.get(path, params={name: value}).json()["items"] == plain


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800"])
def test_characters_a_database_cannot_store_are_no_server_error(working_office: Office, text: str) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("center_head")
    desk = working_office.login("intake1")
    task = task_of(desk, number, "accept_ticket")["id"]
    for path, method, body in (
        ("/tickets", desk.post, {"title": text, "content": text}),
        ("/messages", desk.post, {"id": text, "name": text, "business_key": text, "payload": {text: text}}),
        (f"/user-tasks/{task}/complete", desk.post, {"data": {"acceptance": "accept", "matter_class": text}}),
        (f"/user-tasks/{task}/draft", desk.put, {"data": {"acceptance_note": text}}),
    ):
        content = json.dumps(body).encode()
        answer = method(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (path, answer.text)
    for path, name in FILTERS:
        escaped = {name: text.encode("utf-8", "surrogatepass")}
        assert client.get(path, params=escaped).status_code < 500, (path, name)
