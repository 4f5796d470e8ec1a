"""The API on a real server with the office's people, and clients who are logged in to it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

import api.application
from engine.transaction import SYSTEM, Runtime
from hotline import diagram_effects, option_catalogues, organisation, persons, projection, seed_people, sessions
from hotline.seed_organisation import load_organisation
from hotline.tables import person
from tests import shipped
from tests.answers import fill

THREADS = 4  # as in production: a deadlock between waiting threads must show
START_SECONDS = 10
PHOTO = bytes.fromhex(  # the smallest PNG
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Office:
    """A running API and the means to come to it as anybody."""

    def __init__(self, runtime: Runtime, base_url: str) -> None:
        self.runtime = runtime
        self.base_url = base_url
        self._clients: list[httpx.Client] = []

    def stranger(self, **headers: str) -> httpx.Client:
        """A client without credentials."""
        client = httpx.Client(base_url=self.base_url, headers=headers, timeout=60, trust_env=False)
        self._clients.append(client)
        return client

    def login(self, login: str) -> httpx.Client:
        """A browser-like client with a session of this person; the password is not asked, to be quick."""
        client = self.stranger(Origin=self.base_url.removesuffix("/api"))
        client.cookies.set("minhu_session", self.session_token(login), domain="127.0.0.1")
        return client

    def session_token(self, login: str) -> str:
        """The token of a new session."""
        with self.runtime.write(SYSTEM) as tx:
            return sessions.open_session(tx, self.person_id(login), "127.0.0.1", "test")

    def token(self, login: str, *scopes: str) -> httpx.Client:
        """A program with an API token of this person."""
        issued = self.login("administrator").post(
            "/api-tokens", json={"name": "test", "scopes": list(scopes), "person_id": self.person_id(login)}
        )
        assert issued.status_code == 201, issued.text
        return self.stranger(Authorization=f"Bearer {issued.json()['secret']}")

    def person_id(self, login: str) -> str:
        """The id of a person."""
        with self.runtime.read(SYSTEM) as tx:
            return str(tx.connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one())

    def program(self, login: str, department_id: str, role: str) -> str:
        """A new program account with one post; returns its id."""
        created = self.login("administrator").post(
            "/people",
            json={
                "login": login,
                "name": "程序",
                "program": True,
                "posts": [{"department_id": department_id, "role": role}],
            },
        )
        assert created.status_code == 201, created.text
        return str(created.json()["person"]["id"])

    def close(self) -> None:
        """Close what was opened."""
        for client in self._clients:
            client.close()


@contextmanager
def serving(runtime: Runtime) -> Iterator[str]:
    """The API on a port of its own; yields its base URL."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    api.application.install(app, runtime)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/api"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)


@pytest.fixture
def office_runtime(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """The engine with all that the office adds, its organisation and its people; nothing deployed."""
    monkeypatch.setenv("ATTACHMENTS_DIR", str(tmp_path / "attachments"))
    runtime.option_catalogues = dict(option_catalogues.CATALOGUES)
    runtime.candidate_groups = organisation.known_groups
    runtime.effects = dict(diagram_effects.EFFECTS)
    runtime.on_step = projection.on_step
    with runtime.write(SYSTEM) as tx:
        load_organisation(tx)
        seed_people.load(tx)
    return runtime


@pytest.fixture
def office(office_runtime: Runtime) -> Iterator[Office]:
    """The API with people and no process definitions."""
    with serving(office_runtime) as base_url:
        running = Office(office_runtime, base_url)
        yield running
        running.close()


@pytest.fixture
def working_office(office: Office) -> Office:
    """The API with people and the office's own processes deployed."""
    shipped.deploy(office.runtime)
    return office


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer that must be one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert any("一" <= character <= "鿿" for character in document["detail"]), document
    return document


def key() -> dict[str, str]:
    """A new Idempotency-Key."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def by_login(runtime: Runtime, login: str) -> persons.Person:
    """The person, straight from the database."""
    with runtime.read(SYSTEM) as tx:
        found = persons.by_login(tx, login)
        assert found is not None
        return found


def enter_ticket(office: Office, **fields: object) -> str:
    """A complaint entered by the intake desk; returns its number."""
    complaint = {"title": "小区门口占道经营", "content": "每天傍晚有摊贩占道", "caller_phone": "13800001234"}
    answer = office.login("intake1").post("/tickets", json={**complaint, "address": "真光路1001弄", **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def task_of(client: httpx.Client, number: str, element: str, group: str | None = None) -> dict[str, Any]:
    """The one open task of an element that this person could take or has."""
    found: list[dict[str, Any]] = []
    for scope in ("mine", "groups"):
        query = {"scope": scope, "business_key": number} | ({"group": group} if group else {})
        page = client.get("/user-tasks", params=query)
        assert page.status_code == 200, page.text
        found += [task for task in page.json()["items"] if task["element_id"] == element]
    assert len(found) == 1, [task["element_id"] for task in found]
    return found[0]


def answers(client: httpx.Client, task: dict[str, Any], **wanted: object) -> dict[str, Any]:
    """The body that completes a task: its form filled in."""
    form = client.get(f"/user-tasks/{task['id']}/form")
    assert form.status_code == 200, form.text
    return {"data": fill(form.json()["schema"], wanted, form.json()["options"])}


def complete(client: httpx.Client, number: str, element: str, **wanted: object) -> dict[str, Any]:
    """Do one step as this person would: find it, fill in its form, submit."""
    task = task_of(client, number, element)
    answer = client.post(f"/user-tasks/{task['id']}/complete", json=answers(client, task, **wanted))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document
