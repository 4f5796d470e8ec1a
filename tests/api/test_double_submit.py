"""The same step submitted at once by two people, or twice by one: it happens once and the ticket stays healthy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx

from tests.api.serving import Office, answers, complete, enter_ticket, key, problem, task_of

ACCEPT = {"acceptance": "accept", "matter_class": "complex"}


def at_once(*calls: Any) -> list[httpx.Response]:
    """All calls started at the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Any) -> httpx.Response:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def told_what_to_do(told: list[httpx.Response]) -> None:
    """The one who was too late can read how to go on."""
    [late] = [answer for answer in told if answer.status_code == 409]
    assert "请" in problem(late, 409)["detail"]


def healthy(office: Office, number: str) -> None:
    """Exactly the next step is open, and the chain of the ticket is whole."""
    desk = office.login("intake1")
    open_tasks = desk.get("/user-tasks", params={"scope": "all", "business_key": number}).json()["items"]
    assert [task["element_id"] for task in open_tasks] == ["record_contact_attempt"]
    timeline = desk.get(f"/tickets/{number}/timeline").json()
    assert sum(entry["action"] == "user_task.completed" for entry in timeline) == 1
    query = {"params": {"ticket": number}}
    assert office.login("auditor").get("/audit-entries/verification", **query).json()["intact"] is True
    complete(desk, number, "record_contact_attempt", contact_result="reached")


def test_two_people_submitting_at_once_are_told_200_and_409(working_office: Office) -> None:
    number = enter_ticket(working_office)
    first, second = working_office.login("intake1"), working_office.login("intake2")
    task = task_of(first, number, "accept_ticket")
    body, path = answers(first, task, **ACCEPT), f"/user-tasks/{task['id']}/complete"
    told = at_once(
        lambda: first.post(path, json=body, headers=key()), lambda: second.post(path, json=body, headers=key())
    )
    assert sorted(answer.status_code for answer in told) == [200, 409]
    told_what_to_do(told)
    healthy(working_office, number)


def test_a_double_click_without_a_key_is_told_200_and_409(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    task = task_of(client, number, "accept_ticket")
    body, path = answers(client, task, **ACCEPT), f"/user-tasks/{task['id']}/complete"
    told = at_once(*[lambda: client.post(path, json=body)] * 2)
    assert sorted(answer.status_code for answer in told) == [200, 409]
    told_what_to_do(told)
    healthy(working_office, number)


def test_a_double_click_with_one_key_is_told_the_same_twice(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client, headers = working_office.login("intake1"), key()
    task = task_of(client, number, "accept_ticket")
    body, path = answers(client, task, **ACCEPT), f"/user-tasks/{task['id']}/complete"
    told = at_once(*[lambda: client.post(path, json=body, headers=headers)] * 4)
    assert [answer.status_code for answer in told] == [200] * 4
    assert len({answer.content for answer in told}) == 1
    assert sum(answer.headers.get("idempotency-replayed") == "true" for answer in told) == 3
    healthy(working_office, number)


def test_another_key_on_a_finished_task_is_409(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    task = task_of(client, number, "accept_ticket")
    body, path = answers(client, task, **ACCEPT), f"/user-tasks/{task['id']}/complete"
    assert client.post(path, json=body, headers=key()).status_code == 200
    told_what_to_do([client.post(path, json=body, headers=key())])
    healthy(working_office, number)


def test_only_one_of_two_people_can_claim(working_office: Office) -> None:
    number = enter_ticket(working_office)
    first, second = working_office.login("intake1"), working_office.login("intake2")
    path = f"/user-tasks/{task_of(first, number, 'accept_ticket')['id']}/claim"
    told = at_once(lambda: first.post(path), lambda: second.post(path))
    assert sorted(answer.status_code for answer in told) == [200, 409]
    told_what_to_do(told)


def test_the_same_platform_number_entered_at_once_becomes_one_ticket(working_office: Office) -> None:
    body = {"title": "重复录入", "content": "同一件", "number": "PT20260302000009"}
    clients = [working_office.login(login) for login in ("intake1", "intake2")]
    told = at_once(*[lambda client=client: client.post("/tickets", json=body) for client in clients])
    assert sorted(answer.status_code for answer in told) == [201, 409]
    told_what_to_do(told)
    assert clients[0].get("/tickets", params={"search": body["number"]}).json()["total"] == 1


def test_tickets_entered_at_once_all_get_their_own_number(working_office: Office) -> None:
    client = working_office.login("intake1")
    calls = [lambda i=i: client.post("/tickets", json={"title": f"第{i}件", "content": "内容"}) for i in range(8)]
    told = at_once(*calls)
    assert {answer.status_code for answer in told} == {201}
    assert len({answer.json()["number"] for answer in told}) == 8


def test_a_message_sent_twice_at_once_withdraws_once(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    complete(client, number, "accept_ticket", **ACCEPT)
    body = {"id": "platform-1", "name": "withdrawn", "business_key": number, "payload": {}}
    told = at_once(*[lambda: client.post("/messages", json=body)] * 3)
    assert [answer.status_code for answer in told] == [200] * 3
    assert sum(answer.json()["correlated"] for answer in told) == 1
    assert client.get(f"/tickets/{number}").json()["is_open"] is False
