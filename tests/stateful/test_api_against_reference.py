"""The real API against the reference model, step by step, on both databases; STORIES=… runs more of them."""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from engine import audit, process_definitions, process_instance_rows, process_instances, timers
from engine.tables import message, user_task
from engine.transaction import SYSTEM
from tests.api.serving import Office, office, office_runtime
from tests.conftest import FakeClock
from tests.stateful.diagram import FILES, KEY, MESSAGE
from tests.stateful.reference import Reference, Task

__all__ = ["office", "office_runtime"]

MORE = "STORIES" in os.environ
STORIES = int(os.environ.get("STORIES", "8"))
STEPS = 25
PEOPLE = ("intake1", "intake2")
OWNER = "process_owner"
NUMBERS = itertools.count(1)
X = st.integers(-1, 1)


class Comparison(RuleBasedStateMachine):
    """Each rule asks the API and the model the same; the invariants compare all they know."""

    office: Office
    clock: FakeClock

    @initialize()
    def start(self) -> None:
        """A new instance for every example, on the same database."""
        self.key = f"s{next(NUMBERS)}"
        self.sign_in()
        due = self.clock() + timedelta(days=1)
        with self.office.runtime.write(SYSTEM) as tx:
            variables = {"x": 1, "rounds": 0, "due": due.isoformat()}
            self.instance_id = process_instances.start(tx, KEY, self.key, variables).id
        self.model = Reference(due)
        self.ids: dict[Task, str] = {}
        self.match()

    def sign_in(self) -> None:
        """Sessions end as time passes."""
        self.clients = {login: self.office.login(login) for login in (*PEOPLE, OWNER)}

    def teardown(self) -> None:
        """Close what this example opened."""
        self.office.close()

    # what both sides do

    def any_task(self, data: st.DataObject) -> Task:
        """An open task, or one that was open once."""
        return data.draw(st.sampled_from(list(self.ids)))

    def post(self, who: str, path: str, body: Any, key: str | None = None) -> tuple[int, Any]:
        """Status and document of an answer."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.clients[who].post(path, json=body, headers=headers)
        return answer.status_code, answer.json()

    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def claim(self, data: st.DataObject, who: str) -> None:
        task = self.any_task(data)
        status, _ = self.post(who, f"/user-tasks/{self.ids[task]}/claim", {})
        assert status == self.model.claim(task, who)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def unclaim(self, data: st.DataObject, who: str) -> None:
        task = self.any_task(data)
        status, _ = self.post(who, f"/user-tasks/{self.ids[task]}/unclaim", {})
        assert status == self.model.unclaim(task, who)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), x=X)
    def save_draft(self, data: st.DataObject, who: str, x: int) -> None:
        task = self.any_task(data)
        answer = self.clients[who].put(f"/user-tasks/{self.ids[task]}/draft", json={"data": {"x": x}})
        assert answer.status_code == self.model.save_draft(task, who, x)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), x=X)
    def complete(self, data: st.DataObject, who: str, x: int) -> None:
        task = self.any_task(data)
        status, _ = self.post(who, f"/user-tasks/{self.ids[task]}/complete", {"data": {"x": x}})
        assert status == self.model.complete(task, who, x)
        self.match()

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), x=X)
    def complete_twice(self, data: st.DataObject, who: str, x: int) -> None:
        """Under one key both get the same answer; without one the second is told it is done."""
        task = self.any_task(data)
        path, body, key = f"/user-tasks/{self.ids[task]}/complete", {"data": {"x": x}}, str(uuid.uuid4())
        expected = self.model.complete(task, who, x)
        first, second = (self.post(who, path, body, key) for _ in range(2))
        assert first[0] == expected
        assert second == first
        assert self.post(who, path, body)[0] == 409
        self.match()

    @rule(number=st.integers(1, 6))
    def send_message(self, number: int) -> None:
        """Six ids, so that some come again."""
        message_id = f"{self.key}-{number}"
        body = {"id": message_id, "name": MESSAGE, "business_key": self.key}
        status, document = self.post("intake1", "/messages", body)
        assert (status, document["correlated"]) == (200, self.model.message(message_id))
        self.match()

    @rule(hours=st.sampled_from([1, 30]))
    def pass_time(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        while timers.fire_due(self.office.runtime):
            pass
        self.model.pass_time(self.clock())
        self.sign_in()
        self.match()

    @rule()
    def suspend(self) -> None:
        assert self.intervene("suspend") == self.model.suspend()

    @precondition(lambda self: self.model.state != "active")
    @rule()
    def resume(self) -> None:
        assert self.intervene("resume") == self.model.resume(self.clock())
        self.match()

    @precondition(lambda self: self.model.rounds > 0 or self.model.completed.total() > 2)
    @rule()
    def cancel(self) -> None:
        assert self.intervene("cancel") == self.model.cancel()

    def intervene(self, verb: str) -> int:
        """By the process owner."""
        status, _ = self.post(OWNER, f"/process-instances/{self.instance_id}/{verb}", {"reason": "演练"})
        return status

    # what must hold

    def match(self) -> None:
        """Give every open task of the model its id in the product."""
        known = set(self.ids.values())
        new = [row for row in self.rows() if row.state == "created" and row.id not in known]
        for task in self.model.tasks:
            if task not in self.ids:
                row = next(row for row in new if row.element_id == task.name)
                new.remove(row)
                self.ids[task] = row.id

    def rows(self) -> list[Any]:
        """All user tasks of the instance."""
        with self.office.runtime.read(SYSTEM) as tx:
            return list(tx.connection.execute(select(user_task).where(user_task.c.instance_id == self.instance_id)))

    @invariant()
    def the_rows_are_what_the_model_says(self) -> None:
        rows = self.rows()
        shown = Counter((r.element_id, r.assignee, _x(r.draft)) for r in rows if r.state == "created")
        assert shown == self.model.picture()
        assert Counter(r.element_id for r in rows if r.state == "completed") == self.model.completed

    @invariant()
    def the_saved_state_says_the_same_as_the_rows(self) -> None:
        with self.office.runtime.read(SYSTEM) as tx:
            instance = process_instance_rows.get(tx, self.instance_id)
            waiting = {task.id for task in process_instance_rows.saved(tx, self.instance_id).open_tasks()}
        assert instance.state == self.model.state
        assert waiting == {row.id for row in self.rows() if row.state == "created"}
        assert (instance.next_due is not None) == any(task.due for task in self.model.tasks)

    @invariant()
    def nothing_happened_twice_and_the_chain_is_whole(self) -> None:
        stream = audit.instance_stream(self.key)
        with self.office.runtime.read(SYSTEM) as tx:
            audit.verify(tx.connection, stream)
            entries = audit.entries(tx, stream)
            taken = tx.connection.execute(
                select(message.c.id).where(message.c.business_key == self.key, message.c.correlated_at.is_not(None))
            ).all()
        assert sum(len(entry.detail.get("notices", ())) for entry in entries) == self.model.rounds
        assert Counter(e.element_id for e in entries if e.action == "user_task.completed") == self.model.completed
        assert len(taken) == len(self.model.known) - len(self.model.waiting)


def _x(draft: str | None) -> int | None:
    return None if draft is None else json.loads(draft)["x"]


def test_the_api_does_what_the_reference_model_says(office: Office, clock: FakeClock) -> None:
    with office.runtime.write(SYSTEM) as tx:
        process_definitions.deploy(tx, FILES, "test")

    class Here(Comparison):
        pass

    Here.office, Here.clock = office, clock
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not MORE,
            phases=[Phase.generate, *([Phase.shrink] if MORE else [])],  # shrinking takes minutes
            suppress_health_check=checks,
            print_blob=True,
        ),
    )
