"""The crash test's own eyes: each kind of damage a kill could do is noticed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from engine import audit, user_tasks
from engine.tables import outbox, process_instance, user_task, user_task_candidate_group
from engine.transaction import SYSTEM, Actor, Runtime, Transaction
from hotline import tickets
from hotline.new_ticket import NewTicket
from hotline.tables import notice, ticket, ticket_department
from tests.answers import fill, schema_of
from tests.crash.invariants import Broken, Eyes
from tests.crash.record import Promises

INTAKE = Actor("intake1", "沈佳怡", frozenset({"center_intake"}))


@pytest.fixture
def moved(office: Runtime) -> tuple[Runtime, str, str]:
    """A ticket that has been accepted: runtime, ticket number, the completed task."""
    with office.write(INTAKE) as tx:
        number = tickets.enter(tx, NewTicket(title="楼道堆物", content="影响通行", caller_phone="13800000000"))
    with office.write(INTAKE) as tx:
        task = user_tasks.list_page(tx, actor_scope="groups", business_key=number).items[0]
        user_tasks.complete(tx, task.id, fill(schema_of(task.process_key, task.form_key or "")))
    return office, number, task.id


def check(runtime: Runtime, completed: list[str], created: list[str], **more: Any) -> dict[str, int]:
    return Eyes(runtime).look(Promises(completed, created, **more))


def test_a_healthy_office_passes(moved: tuple[Runtime, str, str]) -> None:
    runtime, number, task = moved
    seen = check(runtime, [task], [number])
    assert {"tickets": 1, "steps": 2, "completions": 1, "timers": 0, "messages": 0}.items() <= seen.items()


def test_a_promise_that_is_not_in_the_audit_is_noticed(moved: tuple[Runtime, str, str]) -> None:
    runtime, number, task = moved
    with pytest.raises(Broken, match="lost"):
        check(runtime, [task, "another"], [number])
    with pytest.raises(Broken, match="lost tickets"):
        check(runtime, [task], [number, "another"])


def test_one_request_that_made_two_tickets_is_noticed(moved: tuple[Runtime, str, str]) -> None:
    runtime, number, task = moved
    with pytest.raises(Broken, match="two tickets"):
        check(runtime, [task], [number, number])


def test_a_lost_message_and_deliveries_that_disagree_with_the_gateway_are_noticed(
    moved: tuple[Runtime, str, str],
) -> None:
    runtime, number, task = moved
    with pytest.raises(Broken, match="lost messages"):
        check(runtime, [task], [number], messages=["m1"])
    with pytest.raises(Broken, match="never committed"):
        check(runtime, [task], [number], taken={"d1": 1})
    row = {"id": "d1", "topic": "notice.push", "business_key": "none", "payload": "{}", "attempts": 1}
    with runtime.write(SYSTEM) as tx:
        values = {**row, "created_at": tx.now, "next_attempt_at": tx.now, "delivered_at": tx.now}
        tx.connection.execute(insert(outbox).values(values))
    with pytest.raises(Broken, match="never arrived"):
        check(runtime, [task], [number])


def test_a_message_taken_twice_is_noticed(moved: tuple[Runtime, str, str]) -> None:
    runtime, number, task = moved
    with runtime.write(SYSTEM) as tx:
        for _ in range(2):
            audit.append(tx, audit.instance_stream(number), "message.correlated", detail={"message_id": "m1"})
    with pytest.raises(Broken, match="taken twice"):
        check(runtime, [task], [number])


def _doubled(tx: Transaction, number: str, task: str) -> None:
    detail = {"user_task": task, "entered": [], "notices": []}
    audit.append(tx, audit.instance_stream(number), "user_task.completed", detail=detail)
    tx.connection.execute(update(process_instance).values(version=3))


def _row_without_state(tx: Transaction, _number: str, _task: str) -> None:
    tx.connection.execute(update(user_task).where(user_task.c.state == "created").values(state="cancelled"))


def _step_without_entry(tx: Transaction, _number: str, _task: str) -> None:
    tx.connection.execute(update(process_instance).values(version=process_instance.c.version + 1))


def _notice_without_step(tx: Transaction, number: str, _task: str) -> None:
    row = {"id": "x", "group_id": "g", "ticket_number": number, "title": "t", "body": "b", "created_at": tx.now}
    tx.connection.execute(insert(notice).values(row))


def _instance_without_ticket(tx: Transaction, _number: str, _task: str) -> None:
    tx.connection.execute(delete(ticket_department))
    tx.connection.execute(delete(ticket))


def _completion_without_row(tx: Transaction, _number: str, task: str) -> None:
    tx.connection.execute(delete(user_task_candidate_group).where(user_task_candidate_group.c.user_task_id == task))
    tx.connection.execute(delete(user_task).where(user_task.c.id == task))


@pytest.mark.parametrize(
    "damage",
    [
        _doubled,
        _row_without_state,
        _step_without_entry,
        _notice_without_step,
        _instance_without_ticket,
        _completion_without_row,
    ],
)
def test_damage_is_noticed(moved: tuple[Runtime, str, str], damage: object) -> None:
    runtime, number, task = moved
    with runtime.write(SYSTEM) as tx:
        damage(tx, number, task)  # type: ignore[operator]
    with pytest.raises(Broken):
        check(runtime, [task], [number])
