"""People of the demonstration who work against the clock and the kills, through HTTP only."""

from __future__ import annotations

import json
import random
import threading
import uuid
from typing import Any

import httpx
from sqlalchemy import insert, select

from engine import process_definitions
from engine.process_definitions import read_folder
from engine.transaction import SYSTEM, Runtime, new_id
from hotline import persons, seed_people
from hotline.seed_organisation import load_organisation
from hotline.sessions import hash_of
from hotline.tables import api_token, person
from tests.answers import fill, schema_of
from tests.conftest import ROOT
from tests.crash.record import Record

TICKETS = ["tasks", "ticket.view", "ticket.view_all", "ticket.create", "caller.view"]
SCOPES = json.dumps([*TICKETS, "message.correlate", "instance.view", "instance.intervene"])
PROCESS_OWNER = "process_owner"  # a login; belongs to no candidate group that works on tasks
MOST_OPEN = 12
PATIENCE_SECONDS = 10
ANSWERED = (200, 201)
RESTART_SECONDS = 0.05  # before asking again a server that is not there


def open_office(runtime: Runtime) -> dict[str, str]:
    """Processes, organisation, people; returns candidate group (or PROCESS_OWNER) → bearer token of somebody in it."""
    tokens: dict[str, str] = {}
    with runtime.write(SYSTEM) as tx:
        process_definitions.deploy(tx, read_folder(ROOT), "crash")
        load_organisation(tx)
        seed_people.load(tx)
        logins = tx.connection.execute(select(person.c.login)).scalars().all()
        for login in logins:
            found = persons.by_login(tx, login)
            assert found is not None
            new_groups = {login} if login == PROCESS_OWNER else found.groups - tokens.keys()
            if not new_groups:
                continue
            secret = f"minhu_{uuid.uuid4().hex}"
            tx.connection.execute(
                insert(api_token).values(
                    id=new_id(),
                    name="crash",
                    token_hash=hash_of(secret),
                    person_id=found.id,
                    scopes=SCOPES,
                    created_at=tx.now,
                )
            )
            tokens |= dict.fromkeys(new_groups, secret)
    return tokens


class Clerk(threading.Thread):
    """Enters tickets, completes, suspends and withdraws what is open; a request without an answer is sent again."""

    def __init__(self, urls: list[str], tokens: dict[str, str], record: Record, seed_number: int) -> None:
        super().__init__()
        self._random = random.Random(seed_number)
        self._urls = urls
        self._tokens = tokens
        self._record = record
        self._client = httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False)
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.act()
            except Exception as error:
                self._record.wrong.append(f"{type(error).__name__}: {error}")
                self.stopping.wait(0.1)
        self._client.close()

    def act(self) -> None:
        """One thing a clerk does: enter a ticket, or move one."""
        page = self._get("/user-tasks", {"scope": "all", "state": "created", "limit": 100})
        tasks = page["items"]
        if len({task["business_key"] for task in tasks}) < MOST_OPEN and self._random.random() < 0.3:
            self._create()
        elif tasks:
            self._move(self._random.choice(tasks))
        else:
            self._create()

    def _create(self) -> None:
        ticket = {
            "title": "楼道堆物",
            "content": "楼道堆物影响通行，请处理。",
            "caller_name": "王先生",
            "caller_phone": "13800000000",
            "address": "真光路1号",
        }
        answer = self._post("center_intake", "/tickets", ticket)
        if answer is not None:
            self._record.created.append(answer["number"])

    def _move(self, task: dict[str, Any]) -> None:
        mood = self._random.random()
        if mood < 0.05:
            self._suspend_for_a_while(task["process_instance_id"])
        elif mood < 0.08:
            self._withdraw(task["business_key"])
        else:
            self._complete(task)

    def _suspend_for_a_while(self, instance: str) -> None:
        reason = {"reason": "检查"}
        if self._post(PROCESS_OWNER, f"/process-instances/{instance}/suspend", reason) is not None:
            self.stopping.wait(self._random.uniform(0, 0.3))  # others find it suspended, kills included
            self._post(PROCESS_OWNER, f"/process-instances/{instance}/resume", reason)

    def _withdraw(self, number: str) -> None:
        """The caller takes it back; the message comes twice, as messages do."""
        message = {"id": str(uuid.uuid4()), "name": "withdrawn", "business_key": number, "payload": {}}
        for _ in range(2):
            if self._post("center_intake", "/messages", message) is not None:
                self._record.messages.append(message["id"])

    def _complete(self, task: dict[str, Any]) -> None:
        if task["assignee"] is not None:
            return
        data = fill(schema_of(task["process_key"], task["form_key"]), self._wanted(task["form_key"]))
        answer = self._post(task["candidate_groups"][0], f"/user-tasks/{task['id']}/complete", {"data": data})
        if answer is not None:
            self._record.completed.append(task["id"])

    def _wanted(self, form: str) -> dict[str, Any]:
        """Mostly straight on, at times back: send-backs, reworks, several departments."""
        if form == "dispatch_ticket":
            return {"override_co": ["enforcement_team", "office_safety"]}
        if form == "review_closing_report" and self._random.random() < 0.2:
            return {"review_decision": "send_back", "return_reasons": ["other"]}
        if form == "record_callback" and self._random.random() < 0.2:
            return {"satisfaction": "dissatisfied", "resolution": "unresolved"}
        return {}

    def _get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        while not self.stopping.is_set():
            try:
                answer = self._client.get(self._url(path), params=query, headers=self._headers("center_intake"))
            except httpx.TransportError:
                self.stopping.wait(RESTART_SECONDS)
                continue
            if answer.status_code == 503:
                continue
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
            self._record.wrong.append(f"GET {path}: {answer.status_code} {answer.text[:300]}")
            self.stopping.wait(0.1)
        return {"items": []}

    def _post(self, group: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, however often the server dies meanwhile; None for a lawful refusal (409)."""
        headers = {**self._headers(group), "Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                answer = self._client.post(self._url(path), json=body, headers=headers)
            except httpx.TransportError:
                self._record.interrupted += 1
                self.stopping.wait(RESTART_SECONDS)
                continue
            self._record.statuses[answer.status_code] += 1
            if answer.status_code == 503:
                self._record.unavailable[answer.json()["title"]] += 1
                continue
            if answer.status_code in ANSWERED:
                found: dict[str, Any] = answer.json()
                return found
            if answer.status_code != 409:
                self._record.wrong.append(f"POST {path}: {answer.status_code} {answer.text[:300]} {body}")
            return None

    def _url(self, path: str) -> str:
        return f"{self._random.choice(self._urls)}/api{path}"

    def _headers(self, group: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[group]}"}
