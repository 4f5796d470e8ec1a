"""Sessions, tokens, origins: who may say they are somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.seed_people import DEMO_PASSWORD
from tests.api.serving import Office, problem

LOGIN = {"login": "intake1", "password": DEMO_PASSWORD}


def own(office: Office) -> dict[str, str]:
    return {"Origin": office.base_url.removesuffix("/api")}


def test_a_session_id_from_before_the_login_is_worth_nothing_after_it(office: Office) -> None:
    client = office.stranger()
    client.cookies.set("minhu_session", "chosen-by-the-attacker", domain="127.0.0.1")
    answer = client.post("/sessions", json=LOGIN)
    assert answer.status_code == 201
    assert "minhu_session" in answer.cookies
    assert answer.cookies["minhu_session"] != "chosen-by-the-attacker"
    attacker = office.stranger()
    attacker.cookies.set("minhu_session", "chosen-by-the-attacker", domain="127.0.0.1")
    problem(attacker.get("/sessions/me"), 401)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(office: Office) -> None:
    cookie = office.stranger().post("/sessions", json=LOGIN).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_after_logging_out_the_old_cookie_is_worth_nothing(office: Office) -> None:
    client = office.stranger(**own(office))
    token = client.post("/sessions", json=LOGIN).cookies["minhu_session"]
    assert client.delete("/sessions/me").status_code == 204
    thief = office.stranger()
    thief.cookies.set("minhu_session", token, domain="127.0.0.1")
    problem(thief.get("/sessions/me"), 401)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", "", None])
def test_a_change_that_does_not_come_from_our_own_page_is_refused(office: Office, origin: str | None) -> None:
    client = office.login("intake1")
    del client.headers["Origin"]
    headers = {} if origin is None else {"Origin": origin}
    problem(client.post("/messages", json={"id": "1", "name": "x", "business_key": "x"}, headers=headers), 403)


def test_another_site_cannot_log_its_visitor_in(office: Office) -> None:
    headers = {"Origin": "https://evil.example"}
    problem(office.stranger().post("/sessions", json=LOGIN, headers=headers), 403)


def test_a_form_of_another_site_is_refused_even_with_our_name_in_its_path(office: Office) -> None:
    client = office.login("intake1")
    del client.headers["Origin"]
    headers = {"Referer": f"https://evil.example/{office.base_url}"}
    problem(client.delete("/sessions/me", headers=headers), 403)
    assert client.get("/sessions/me").status_code == 200


def test_a_wrong_token_is_not_made_good_by_a_right_cookie(office: Office) -> None:
    client = office.login("intake1")
    for header in ("Bearer wrong", "Bearer", "Basic aW50YWtlMQ==", "bearer"):
        problem(client.get("/sessions/me", headers={"Authorization": header}), 401)


def test_guessing_is_slowed_down(office: Office) -> None:
    client = office.stranger()
    for _ in range(5):
        problem(client.post("/sessions", json=LOGIN | {"password": "wrong"}), 401)
    problem(client.post("/sessions", json=LOGIN), 429)


def test_a_failed_login_does_not_tell_whether_the_account_exists(office: Office) -> None:
    client = office.stranger()
    known = problem(client.post("/sessions", json=LOGIN | {"password": "wrong"}), 401)
    unknown = problem(client.post("/sessions", json={"login": "no.such", "password": "wrong"}), 401)
    assert known == unknown


def test_whoever_must_change_the_password_can_do_nothing_else(office: Office) -> None:
    created = office.login("administrator").post("/people", json={"login": "new.one", "name": "新人"}).json()
    client = office.stranger(**own(office))
    login = {"login": "new.one", "password": created["one_time_password"]}
    assert client.post("/sessions", json=login).json()["must_change_password"] is True
    assert problem(client.get("/tickets"), 403)["type"] == "urn:minhu:problem:password-change-due"
    change = {"old_password": created["one_time_password"], "new_password": "Correct-Horse-12"}
    assert client.put("/sessions/me/password", json=change).status_code == 200
    assert client.get("/tickets").status_code == 200


def test_a_token_cannot_do_what_its_scopes_do_not_name(office: Office) -> None:
    office.program("platform", "center", "intake")
    client = office.token("platform", "ticket.view")
    refused = problem(client.post("/tickets", json={"title": "t", "content": "c"}), 403)
    assert "范围" in refused["detail"]
    assert client.get("/tickets").status_code == 200


def test_a_token_cannot_issue_a_wider_token(office: Office) -> None:
    administrator = office.login("administrator")
    own_token = {"name": "narrow", "scopes": ["token.manage"]}
    secret = administrator.post("/api-tokens", json=own_token).json()["secret"]
    program = office.stranger(Authorization=f"Bearer {secret}")
    problem(program.post("/api-tokens", json={"name": "wide", "scopes": ["people.manage"]}), 403)


def test_a_token_in_the_name_of_another_human_is_refused(office: Office) -> None:
    body = {"name": "x", "scopes": ["ticket.create"], "person_id": office.person_id("intake1")}
    problem(office.login("administrator").post("/api-tokens", json=body), 403)


def test_a_revoked_and_an_expired_token_are_worth_nothing(office: Office) -> None:
    administrator = office.login("administrator")
    first = administrator.post("/api-tokens", json={"name": "a", "scopes": ["audit.view"]}).json()
    expires_at = (office.runtime.clock() + timedelta(hours=1)).isoformat()
    body = {"name": "b", "scopes": ["audit.view"], "expires_at": expires_at}
    second = administrator.post("/api-tokens", json=body).json()
    clients = [office.stranger(Authorization=f"Bearer {token['secret']}") for token in (first, second)]
    assert [client.get("/sessions/me").status_code for client in clients] == [200, 200]
    assert administrator.delete(f"/api-tokens/{first['token']['id']}").status_code == 204
    office.runtime.clock.advance(hours=2)
    for client in clients:
        problem(client.get("/sessions/me"), 401)


def test_a_secret_is_never_shown_again(office: Office) -> None:
    administrator = office.login("administrator")
    secret = administrator.post("/api-tokens", json={"name": "a", "scopes": ["audit.view"]}).json()["secret"]
    assert secret not in administrator.get("/api-tokens").text


def test_disabling_a_person_ends_their_session_at_once(office: Office) -> None:
    client = office.login("intake1")
    assert client.get("/sessions/me").status_code == 200
    disabled = office.login("administrator").post(f"/people/{office.person_id('intake1')}/disable")
    assert disabled.status_code == 200
    problem(client.get("/sessions/me"), 401)
