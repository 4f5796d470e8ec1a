"""Requests that meet at one ticket, in either order: who came too late is told what to do, the ticket stays healthy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import select, text

from engine import process_definitions, process_instance_rows, process_instances, timers
from engine.tables import process_instance
from engine.transaction import SYSTEM, Actor, Runtime
from tests.api.serving import Office, answers, complete, enter_ticket, problem, task_of
from tests.api.test_double_submit import at_once
from tests.api.test_interventions import REASON, instance_of
from tests.conftest import FakeClock
from tests.engine.conftest import form
from tests.engine.diagrams import document, end, files, flows, start, timer_boundary, user_task

PATIENCE_SECONDS = 20
DESK, ACCEPT = "center_intake", {"acceptance": "accept", "matter_class": "complex"}
LEAD, CO = "office_self_governance", "enforcement_team"
LIMITED = files(
    (
        "p",
        document(
            "p",
            start(),
            user_task("a", groups=DESK),
            timer_boundary("late", "a", "${workdays(2)}", interrupting=True),
            user_task("urge", groups=DESK),
            end(),
            end("urged"),
            flows("start", "a", "end"),
            flows("late", "urge", "urged"),
        ),
    ),
    forms={"p/a": form(), "p/urge": form()},
)


def refused(answer: httpx.Response) -> str:
    """What somebody is told who came too late: in Chinese, with what to do now."""
    detail = str(problem(answer, 409)["detail"])
    assert "请" in detail
    return detail


def waiting(runtime: Runtime) -> int:
    """How many wait for a lock."""
    if runtime.database.is_sqlite:
        return len(runtime.database._writer._waiting)
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with runtime.read(SYSTEM) as tx:
        return int(tx.connection.execute(text(query)).scalar_one())


@contextmanager
def lined_up(runtime: Runtime, instance_id: str, *calls: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """All wait for one instance, which they get in this order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        with runtime.write(SYSTEM) as tx:
            row = select(process_instance.c.id).where(process_instance.c.id == instance_id).with_for_update()
            tx.connection.execute(row)
            futures = []
            for call in calls:
                futures.append(pool.submit(call))
                deadline = time.monotonic() + PATIENCE_SECONDS
                while waiting(runtime) < len(futures):
                    assert time.monotonic() < deadline, "it does not wait"
                    time.sleep(0.005)
        yield futures


def whole(office: Office, number: str) -> None:
    """The chain of what happened has no break."""
    verified = office.login("auditor").get("/audit-entries/verification", params={"ticket": number})
    assert verified.json()["intact"] is True


def test_a_suspension_and_a_completion_at_once_both_count_or_the_completion_waits(working_office: Office) -> None:
    desk, owner = working_office.login("intake1"), working_office.login("process_owner")
    for first in ("completion", "suspension"):
        number = enter_ticket(working_office)
        task, instance = task_of(desk, number, "accept_ticket"), instance_of(owner, number)
        path, body = f"/user-tasks/{task['id']}/complete", answers(desk, task, **ACCEPT)
        calls: dict[str, Callable[[], httpx.Response]] = {
            "completion": lambda path=path, body=body: desk.post(path, json=body),  # type: ignore[misc]
            "suspension": lambda i=instance["id"]: owner.post(f"/process-instances/{i}/suspend", json=REASON),  # type: ignore[misc]
        }
        second = ({*calls} - {first}).pop()
        with lined_up(working_office.runtime, instance["id"], calls[first], calls[second]) as told:
            told_first, told_second = (each.result() for each in told)
        assert told_first.status_code == 200, told_first.text
        if first == "suspension":
            assert "已挂起" in refused(told_second)
        else:
            assert told_second.json()["state"] == "suspended"
        assert instance_of(owner, number)["state"] == "suspended"
        refused(desk.post(path, json=body))
        resumed = owner.post(f"/process-instances/{instance['id']}/resume", json=REASON)
        assert resumed.json()["state"] == "active"
        if first == "suspension":
            complete(desk, number, "accept_ticket", **ACCEPT)
        complete(desk, number, "record_contact_attempt", contact_result="reached")
        whole(working_office, number)


def test_a_completion_that_meets_the_timer_of_its_limit_is_too_late(working_office: Office, clock: FakeClock) -> None:
    runtime = working_office.runtime
    with runtime.write(Actor("test", "测试")) as tx:
        process_definitions.deploy(tx, LIMITED, "test")
        instance = process_instances.start(tx, "p", "limited", {})
    clock.advance(days=3)
    desk = working_office.login("intake1")
    path = f"/user-tasks/{task_of(desk, 'limited', 'a')['id']}/complete"
    late, _ = at_once(lambda: desk.post(path, json={"data": {}}), lambda: timers.fire_due(runtime))
    refused(late)  # the limit had passed, whether the worker had noticed or not
    timers.fire_due(runtime)
    complete(desk, "limited", "urge")
    with runtime.read(SYSTEM) as tx:
        assert process_instance_rows.get(tx, instance.id).state == "completed"


def test_two_departments_submitting_at_once_both_count(working_office: Office) -> None:
    number, desk = enter_ticket(working_office), working_office.login("intake1")
    complete(desk, number, "accept_ticket", **ACCEPT)
    complete(desk, number, "record_contact_attempt", contact_result="reached")
    complete(desk, number, "dispatch_ticket", override_lead=LEAD, override_co=[CO], override_reason="现场核实")
    calls = []
    for department in (LEAD, CO):
        client = working_office.login(f"{department}_a")
        task = task_of(client, number, "record_contact_attempt")
        path, body = f"/user-tasks/{task['id']}/complete", answers(client, task, contact_result="reached")
        calls.append(lambda client=client, path=path, body=body: client.post(path, json=body))
    instance = instance_of(desk, number)["id"]
    with lined_up(working_office.runtime, instance, *calls, calls[0]) as told:
        answered = [each.result() for each in told]
    assert [each.status_code for each in answered[:2]] == [200, 200]
    refused(answered[2])
    for department in (LEAD, CO):
        task_of(working_office.login(f"{department}_a"), number, "handle_matter")
    whole(working_office, number)


def test_a_message_that_comes_again_while_the_first_is_taken_changes_nothing(working_office: Office) -> None:
    number, desk = enter_ticket(working_office), working_office.login("intake1")
    complete(desk, number, "accept_ticket", **ACCEPT)
    task = task_of(desk, number, "record_contact_attempt")
    path, body = f"/user-tasks/{task['id']}/complete", answers(desk, task, contact_result="reached")
    message = {"id": "platform-1", "name": "withdrawn", "business_key": number, "payload": {}}
    send = lambda: desk.post("/messages", json=message)  # noqa: E731
    instance = instance_of(desk, number)["id"]
    with lined_up(working_office.runtime, instance, send, send, lambda: desk.post(path, json=body)) as told:
        first, again, late = (each.result() for each in told)
    assert [first.json()["correlated"], again.json()["correlated"]] == [True, False]
    refused(late)
    assert desk.get(f"/tickets/{number}").json()["is_open"] is False
    whole(working_office, number)
