"""Every error is a Chinese problem document, and a failed commit is never answered with success."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api import problems
from engine.errors import MinhuError
from tests.api.serving import Office, by_login, key, problem

CONTACT = {"name": "王大明", "phone": None}


@contextmanager
def every_commit_raises(office: Office, error: Exception) -> Iterator[None]:
    """The database refuses to commit, as it does when it loses the connection or a conflict."""

    def refuse(_connection: object) -> None:
        raise error

    engine = office.runtime.database.engine
    event.listen(engine, "commit", refuse)
    try:
        yield
    finally:
        event.remove(engine, "commit", refuse)


def test_a_failed_commit_is_answered_503_and_nothing_happened(office: Office) -> None:
    client, path = office.login("administrator"), f"/people/{office.person_id('intake1')}/contact"
    before, headers = by_login(office.runtime, "intake1").name, key()
    with every_commit_raises(office, OperationalError("COMMIT", None, Exception("serialization failure"))):
        answer = client.put(path, json=CONTACT, headers=headers)
    problem(answer, 503)
    assert answer.headers["retry-after"] == "1"
    assert by_login(office.runtime, "intake1").name == before
    again = client.put(path, json=CONTACT, headers=headers)
    assert again.status_code == 200
    assert "idempotency-replayed" not in again.headers
    assert by_login(office.runtime, "intake1").name == CONTACT["name"]


def test_an_unexpected_error_shows_a_number_and_no_trace(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    client, path = office.login("administrator"), f"/people/{office.person_id('intake1')}/contact"
    with (
        caplog.at_level(logging.ERROR, "api.unexpected_errors"),
        every_commit_raises(office, RuntimeError("a defect with a secret")),
    ):
        answer = client.put(path, json=CONTACT)
    document = problem(answer, 500)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    [record] = caplog.records
    assert document["incident_id"] in record.getMessage()
    assert record.exc_info


def test_a_field_that_does_not_fit_is_named(office: Office) -> None:
    client = office.login("intake1")
    document = problem(client.post("/messages", json={"id": "", "name": 5, "payload": [], "more": 1}), 422)
    assert document["type"] == "urn:minhu:problem:invalid-input"
    assert document["fields"] == {
        "id": "至少 1 个字",
        "name": "应为文字",
        "business_key": "必须填写",
        "payload": "应为对象",
        "more": "不允许提交这一项",
    }


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"{", "application/json"), (b"\xff", "application/json"), (b"[]", "application/json"), (b"a=1", "text/plain")],
)
def test_a_body_that_is_no_json_object_is_a_problem(office: Office, content: bytes, content_type: str) -> None:
    answer = office.login("intake1").post("/messages", content=content, headers={"Content-Type": content_type})
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)


@pytest.mark.parametrize("query", ["limit=201", "limit=0", "limit=x", "offset=-1", "scope=everybody", "state=open"])
def test_paging_and_choices_have_limits(office: Office, query: str) -> None:
    document = problem(office.login("intake1").get(f"/user-tasks?{query}"), 422)
    assert list(document["fields"]) == [query.split("=")[0]]


def test_the_domain_names_the_field_and_the_clause(office: Office) -> None:
    client = office.login("administrator")
    posts = {"posts": [{"department_id": "center", "role": "handler"}]}
    document = problem(client.put(f"/people/{office.person_id('intake1')}/posts", json=posts), 422)
    assert document["type"] == "urn:minhu:problem:refused"
    assert document["clause"] == "2-1"


def test_unknown_things_and_methods_are_problems(office: Office) -> None:
    client = office.login("intake1")
    problem(client.get("/tickets/none"), 404)
    problem(client.get("/no-such-noun"), 404)
    problem(client.patch("/tickets"), 405)


def test_every_kind_of_our_errors_has_a_status() -> None:
    def kinds(error: type[MinhuError]) -> Iterator[type[MinhuError]]:
        for kind in error.__subclasses__():
            yield kind
            yield from kinds(kind)

    known = set(problems.KINDS)
    without = {kind.__name__ for kind in kinds(MinhuError) if not known & set(kind.__mro__)}
    assert without == {"StuckInstance", "UncaughtError"}  # defects of a diagram: 500, and it is logged


def test_answers_are_not_cached_and_not_sniffed(office: Office) -> None:
    for answer in (office.login("intake1").get("/tickets"), office.stranger().get("/tickets")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_health_tells_whether_the_database_answers(office: Office) -> None:
    stranger, client = office.stranger(), office.login("intake1")
    assert stranger.get("/health/live").json() == {"status": "ok"}
    assert stranger.get("/health/ready").json() == {"status": "ok"}

    def down(*_: object) -> None:
        raise OperationalError("connect", None, Exception("gone"))

    event.listen(office.runtime.database.engine, "before_cursor_execute", down)
    try:
        problem(stranger.get("/health/ready"), 503)
        problem(client.get("/tickets"), 503)
        assert stranger.get("/health/live").status_code == 200
    finally:
        event.remove(office.runtime.database.engine, "before_cursor_execute", down)


def test_the_description_is_chinese_and_complete(office: Office) -> None:
    document = office.login("intake1").get("/openapi.json").json()
    assert office.stranger().get("/openapi.json").status_code == 200
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert any("一" <= c <= "鿿" for c in operation["summary"]), (path, method)
            assert operation["tags"], (path, method)
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert operation["security"]
