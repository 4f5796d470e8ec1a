"""Who submits a form behind which an automatic step fails is told so: their work is safe, and somebody sees to it."""

from __future__ import annotations

import re

import httpx
import pytest

from engine import incidents, process_definitions
from engine.transaction import SYSTEM
from tests.engine.conftest import form
from tests.engine.diagrams import document, end, files, flows, service_task, start, user_task
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn
from tests.web.story import Story

CALCULATES = document(
    "ticket_handling",
    start(),
    user_task("a", "center_intake"),
    service_task("calculate", "${12 / divisor}", "share"),
    user_task("b", "center_intake"),
    end(),
    flows("start", "a", "calculate", "b", "end"),
)
FORMS = {"ticket_handling/a": form(divisor="integer"), "ticket_handling/b": form()}
SAFE = "您提交的内容已保存，不用重新提交。"
WHO = "已登记异常，由流程负责人、系统管理员、热线负责人处理"


@pytest.fixture
def story(live_server: LiveServer, begin: Begin) -> Story:
    """A ticket of a process that divides by what the form says."""
    with live_server.runtime.write(SYSTEM) as tx:
        process_definitions.deploy(tx, files(("ticket_handling", CALCULATES), forms=FORMS), "test")
    return begin()


def after(client: httpx.Client, answer: httpx.Response) -> str:
    """The message on the page a form led to."""
    assert answer.status_code == 303, answer.text
    found = re.search(r'class="flash (\w+)" role="status">.*?<span>(.*?)</span>', client.get("/inbox").text, re.S)
    assert found is not None
    return f"{found[1]}: {found[2]}"


def test_the_page_tells_of_a_step_that_failed_behind_a_form(sign_in: SignIn, story: Story) -> None:
    client = sign_in("intake1")
    (task,) = story.open()
    message = after(client, client.post(f"/user-tasks/{task.id}", data={"divisor": "0"}))
    assert message.startswith(f"bad: {SAFE}后面的自动环节出错（「calculate」")
    assert WHO in message
    with story.server.runtime.read(SYSTEM) as tx:
        (incident,) = incidents.list_page(tx, business_key=story.number).items
    assert incident.element_id == "calculate"


def test_the_answer_of_the_api_names_the_step_that_failed(sign_in: SignIn, story: Story) -> None:
    client = sign_in("intake1")
    (task,) = story.open()
    answer = client.post(f"/api/user-tasks/{task.id}/complete", json={"data": {"divisor": 0}})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["task"]["state"], told["opened"], told["ended"]) == ("completed", [], False)
    (failed,) = told["incidents"]
    assert (failed["process_key"], failed["element_id"]) == ("ticket_handling", "calculate")
    assert told["message"].startswith(SAFE)
    assert WHO in told["message"]


def test_nothing_is_said_of_failing_when_all_went_well(sign_in: SignIn, story: Story) -> None:
    client = sign_in("intake1")
    (task,) = story.open()
    told = client.post(f"/api/user-tasks/{task.id}/complete", json={"data": {"divisor": 3}}).json()
    assert (told["incidents"], told["message"], [each["element_id"] for each in told["opened"]]) == ([], "", ["b"])
    (task,) = story.open()
    assert after(client, client.post(f"/user-tasks/{task.id}")).startswith("good: 已提交")
