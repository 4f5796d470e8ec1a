"""Nothing is reached without credentials, and nothing is changed without a right."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine.transaction import SYSTEM
from hotline.tables import person
from tests.api.serving import Office, problem
from tests.security.routes import filled, operations

PUBLIC = {("GET", "/health/live"), ("GET", "/health/ready"), ("POST", "/sessions")}
OWN = {  # what everybody may do with what is their own
    ("POST", "/sessions"),
    ("DELETE", "/sessions/me"),
    ("PUT", "/sessions/me/password"),
    ("PUT", "/people/{person_id}/absence"),  # the office asks whose absence it is
}
MUTATIONS = ("POST", "PUT", "PATCH", "DELETE")
AN_UPLOAD = {"files": ("a.txt", b"a", "text/plain")}


def without_posts(office: Office) -> str:
    """The login of a person who holds no post and has a password of their own."""
    created = office.login("administrator").post("/people", json={"login": "nobody.yet", "name": "新人"})
    assert created.status_code == 201, created.text
    with office.runtime.write(SYSTEM) as tx:
        tx.connection.execute(update(person).where(person.c.login == "nobody.yet").values(must_change_password=False))
    return "nobody.yet"


def test_every_operation_but_the_public_ones_is_401_without_credentials(office: Office) -> None:
    stranger = office.stranger()
    walked = 0
    for method, path, _ in operations(office.runtime):
        answer = stranger.request(method, filled(path))
        if (method, path) in PUBLIC:
            assert answer.status_code != 401, (method, path)
            continue
        problem(answer, 401)
        walked += 1
    assert walked > 40


@pytest.mark.parametrize(
    "path", ["/nothing", "/setup", "/seed", "/demo", "/admin", "/docs", "/redoc", "/tickets/x/y/z"]
)
def test_an_unknown_address_tells_a_stranger_nothing(office: Office, path: str) -> None:
    problem(office.stranger().get(path), 401)
    problem(office.stranger().post(path), 401)


@pytest.mark.parametrize("path", ["/setup", "/seed", "/demo", "/install", "/admin/create", "/people/first"])
def test_there_is_no_setup_to_take_over(office: Office, path: str) -> None:
    administrator = office.login("administrator")
    assert administrator.post(path, json={}).status_code in (404, 405)


def test_without_a_post_a_person_can_change_nothing(office: Office) -> None:
    client = office.login(without_posts(office))
    assert_changes_nothing(client, office)


def test_the_read_only_auditor_can_change_nothing(office: Office) -> None:
    assert_changes_nothing(office.login("auditor"), office)


def test_a_token_without_the_scope_can_change_nothing(office: Office) -> None:
    office.program("platform", "center", "intake")
    assert_changes_nothing(office.token("platform", "ticket.view"), office)


def assert_changes_nothing(client, office: Office) -> None:
    """Every mutation is 403, whatever is sent."""
    walked = 0
    for method, path, operation in operations(office.runtime):
        if method not in MUTATIONS or (method, path) in OWN:
            continue
        multipart = "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
        body = {"files": AN_UPLOAD} if multipart else {} if method == "DELETE" else {"json": {}}
        answer = client.request(method, filled(path), **body)
        assert answer.status_code == 403, (method, path, answer.text)
        problem(answer, 403)
        walked += 1
    assert walked > 20


def test_somebody_elses_absence_is_not_mine_to_note(office: Office) -> None:
    until = {"until": "2026-03-09T09:00:00+08:00"}
    victim = office.person_id("area_zhenguang_a")
    problem(office.login("office_service_a").put(f"/people/{victim}/absence", json=until), 403)
    problem(office.login(without_posts(office)).put(f"/people/{victim}/absence", json=until), 403)


def test_reading_is_denied_without_a_permission_too(office: Office) -> None:
    client = office.login(without_posts(office))
    for path in ("/people", "/incidents", "/api-tokens", "/process-instances", "/notices", "/user-tasks"):
        problem(client.get(path), 403)
    problem(client.get("/audit-entries", params={"stream": "people"}), 403)
    assert client.get("/tickets").json()["total"] == 0
