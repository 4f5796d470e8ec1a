"""The same request sent twice has one effect and one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from engine import audit, idempotency
from engine.tables import idempotency_key
from engine.transaction import SYSTEM
from hotline.tables import person
from tests.api.serving import PHOTO, Office, enter_ticket, key, problem

CONTACT = {"name": "王大明", "phone": "021-52850001"}


def audited(office: Office, action: str) -> int:
    with office.runtime.read(SYSTEM) as tx:
        return sum(entry.action == action for entry in audit.entries(tx, "people"))


def keys(office: Office) -> int:
    with office.runtime.read(SYSTEM) as tx:
        return tx.connection.execute(select(func.count()).select_from(idempotency_key)).scalar_one()


def contact_of(office: Office, login: str) -> str:
    return f"/people/{office.person_id(login)}/contact"


def replayed(answer: httpx.Response) -> bool:
    return answer.headers.get("idempotency-replayed") == "true"


def test_the_same_key_replays_the_first_answer_and_acts_once(office: Office) -> None:
    client, headers, path = office.login("administrator"), key(), contact_of(office, "intake1")
    first = client.put(path, json=CONTACT, headers=headers)
    second = client.put(path, json=CONTACT, headers=headers)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert (replayed(first), replayed(second)) == (False, True)
    assert audited(office, "contact_updated") == 1


def test_without_a_key_or_with_another_one_it_happens_again(office: Office) -> None:
    client, path = office.login("administrator"), contact_of(office, "intake1")
    for headers in ({}, {}, key(), key()):
        assert client.put(path, json=CONTACT, headers=headers).status_code == 200
    assert audited(office, "contact_updated") == 4


def test_the_same_key_for_a_different_request_is_refused(office: Office) -> None:
    client, headers = office.login("administrator"), key()
    assert client.put(contact_of(office, "intake1"), json=CONTACT, headers=headers).status_code == 200
    other_body = client.put(contact_of(office, "intake1"), json=CONTACT | {"name": "李"}, headers=headers)
    other_path = client.put(contact_of(office, "intake2"), json=CONTACT, headers=headers)
    for answer in (other_body, other_path):
        assert "Idempotency-Key" in problem(answer, 422)["fields"]
    assert audited(office, "contact_updated") == 1


def test_a_key_belongs_to_its_person(office: Office) -> None:
    headers = key()
    message = {"id": "m-1", "name": "withdrawn", "business_key": "none"}
    first = office.login("intake1").post("/messages", json=message, headers=headers)
    other = office.login("intake2").post("/messages", json=message | {"id": "m-2"}, headers=headers)
    assert (first.status_code, other.status_code) == (200, 200)
    assert not replayed(other)


def test_an_error_is_not_kept(office: Office) -> None:
    client, headers, path = office.login("administrator"), key(), contact_of(office, "intake1")
    problem(client.put(path, json=CONTACT | {"name": ""}, headers=headers), 422)
    assert keys(office) == 0
    assert client.put(path, json=CONTACT, headers=headers).status_code == 200


def test_an_answer_without_body_is_replayed_too(office: Office) -> None:
    client, headers = office.login("administrator"), key()
    target = office.person_id("intake1")
    assert client.post(f"/people/{target}/disable").status_code == 200
    answers = [client.post(f"/people/{target}/enable", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert [answer.content for answer in answers] == [b"", b""]
    assert audited(office, "person_enabled") == 1


@pytest.mark.parametrize("bad", ["", "ä".encode(), "a b", "x" * 201])
def test_a_key_that_is_none_is_refused(office: Office, bad: str) -> None:
    answer = office.login("administrator").put(
        contact_of(office, "intake1"), json=CONTACT, headers={"Idempotency-Key": bad}
    )
    assert "Idempotency-Key" in problem(answer, 422)["fields"]


def test_many_at_once_with_the_same_key_act_once(office: Office) -> None:
    client, headers, path = office.login("administrator"), key(), contact_of(office, "intake1")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: client.put(path, json=CONTACT, headers=headers), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum(not replayed(answer) for answer in answers) == 1
    assert audited(office, "contact_updated") == 1


def test_many_at_once_without_keys_do_not_block_each_other_for_ever(office: Office) -> None:
    client, path = office.login("administrator"), contact_of(office, "intake1")
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: client.put(path, json=CONTACT), range(48)))
    assert {answer.status_code for answer in answers} == {200}
    assert audited(office, "contact_updated") == 48


def test_a_secret_is_not_kept_beside_its_key(office: Office) -> None:
    client, headers = office.login("administrator"), key()
    body = {"name": "once", "scopes": ["audit.view"]}
    secret = client.post("/api-tokens", json=body, headers=headers).json()["secret"]
    again = problem(client.post("/api-tokens", json=body, headers=headers), 409)
    assert again["type"] == "urn:minhu:problem:already-shown"
    with office.runtime.read(SYSTEM) as tx:
        kept = tx.connection.execute(select(idempotency_key.c.body)).scalars().all()
    assert len(kept) == 1
    assert secret.encode() not in bytes(kept[0])
    assert audited(office, "token_issued") == 1


def test_a_retry_of_an_upload_chooses_another_boundary(working_office: Office) -> None:
    client, headers = working_office.login("process_owner"), key()
    files = [("files", ("processes/x/x.bpmn", b"<no/>", "application/xml"))]
    for _ in range(2):
        assert "findings" in problem(client.post("/process-definitions", files=files, headers=headers), 422)
    number = enter_ticket(working_office)
    photo = [("files", ("现场.png", PHOTO, "image/png"))]
    intake, headers = working_office.login("intake1"), key()
    answers = [intake.post(f"/tickets/{number}/attachments", files=photo, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].request.headers["content-type"] != answers[1].request.headers["content-type"]
    assert replayed(answers[1])
    assert len(intake.get(f"/tickets/{number}/attachments").json()) == 1


def test_old_keys_are_forgotten(office: Office) -> None:
    client, headers, path = office.login("administrator"), key(), contact_of(office, "intake1")
    assert client.put(path, json=CONTACT, headers=headers).status_code == 200
    with office.runtime.write(SYSTEM) as tx:
        assert idempotency.forget(tx, tx.now) == 0
        assert idempotency.forget(tx, tx.now + timedelta(seconds=1)) == 1
    assert keys(office) == 0


def test_the_effect_and_the_kept_answer_are_one_transaction(office: Office) -> None:
    client, headers, path = office.login("administrator"), key(), contact_of(office, "intake1")
    client.put(path, json=CONTACT, headers=headers)
    with office.runtime.read(SYSTEM) as tx:
        stored = tx.connection.execute(select(person.c.name).where(person.c.login == "intake1")).scalar_one()
        kept = tx.connection.execute(select(idempotency_key)).one()
    assert stored == CONTACT["name"]
    assert (kept.actor, kept.status) == ("administrator", 200)
