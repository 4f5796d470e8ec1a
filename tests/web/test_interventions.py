"""流程干预 in the browser: tokens on the diagram, every verb behind a form with a reason, refusals in place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine import incidents, process_definitions, process_instances, revision, user_tasks
from engine.transaction import SYSTEM, Actor
from hotline import ticket_process
from tests.engine.conftest import form
from tests.engine.diagrams import document, end, files, flows, service_task, start, user_task
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import Story

pytestmark = pytest.mark.browser


def instance_id(story: Story) -> str:
    with story.server.runtime.read(SYSTEM) as tx:
        return ticket_process.instance(tx, story.number).id


def state(story: Story) -> str:
    with story.server.runtime.read(SYSTEM) as tx:
        return ticket_process.instance(tx, story.number).state


def broken(server: LiveServer) -> str:
    """An instance whose automatic step divides by nothing; its id."""
    diagram = document(
        "broken",
        start(),
        user_task("a", "center_intake"),
        service_task("divide", "${12 / x}", "share"),
        user_task("b", "center_intake"),
        end(),
        flows("start", "a", "divide", "b", "end"),
    )
    with server.runtime.write(SYSTEM) as tx:
        process_definitions.deploy(
            tx, files(("broken", diagram), forms={"broken/a": form(), "broken/b": form()}), "test"
        )
        instance = process_instances.start(tx, "broken", "b1", {"x": 0})
    with server.runtime.write(Actor("intake1", "受理", frozenset({"center_intake"}))) as tx:
        (task,) = user_tasks.list_page(tx, actor_scope="all", business_key="b1").items
        user_tasks.complete(tx, task.id, {})
    return instance.id


def test_an_owner_suspends_resumes_moves_and_cancels(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    story = begin().accept().dispatch()
    sign_in_page(page, "process_owner")
    page.goto("/incidents")
    page.get_by_label("工单编号").fill(story.number)
    page.get_by_role("button", name="打开").click()
    page.wait_for_selector("[data-diagram][data-ready]")
    expect(page.locator("[data-element-id=department_call].active")).to_have_count(1)
    expect(page.get_by_role("row", name="部门办理").first).to_be_visible()

    page.get_by_role("link", name="挂起").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确定挂起流程").click()
    expect(dialog.get_by_text("此项必填")).to_be_visible()  # nothing without a reason
    dialog.get_by_label("原因").fill("区平台通知暂缓")
    dialog.get_by_role("button", name="确定挂起流程").click()
    expect(page.get_by_text("流程已挂起").first).to_be_visible()
    assert state(story) == "suspended"

    page.get_by_role("link", name="恢复").click()
    dialog.get_by_label("原因").fill("恢复办理")
    dialog.get_by_role("button", name="确定恢复流程").click()
    expect(page.get_by_text("流程已恢复")).to_be_visible()

    page.get_by_role("link", name="加签").click()
    dialog.get_by_label("增加的参与者").select_option(index=1)
    dialog.get_by_label("原因").fill("涉及其他部门")
    before = len(story.open())
    dialog.get_by_role("button", name="确定加签").click()
    expect(page.get_by_text("已加签")).to_be_visible()
    assert len(story.open()) == before + 1

    page.get_by_role("link", name="退回").click()
    dialog.get_by_label("退回到").select_option(label="派单")
    dialog.get_by_label("原因").fill("派错部门")
    dialog.get_by_role("button", name="确定退回").click()
    expect(page.get_by_text("已退回")).to_be_visible()
    assert [task.element_id for task in story.open()] == ["dispatch_ticket"]

    page.get_by_role("link", name="终止").click()
    dialog.get_by_label("原因").fill("重复工单")
    dialog.get_by_role("button", name="确定终止流程").click()
    expect(page.get_by_text("流程已终止")).to_be_visible()
    assert (state(story), story.open()) == ("cancelled", [])


def test_what_cannot_be_done_is_said_in_the_form(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(page, "administrator")
    page.goto(f"/process-instances/{instance_id(story)}")
    page.get_by_role("link", name="调整环节").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox").first.check()
    dialog.get_by_label("原因").fill("试")
    dialog.get_by_role("button", name="确定调整环节").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert state(story) == "active"


def test_only_who_may_sees_and_opens_the_page(sign_in: SignIn, begin: Begin) -> None:
    story = begin()
    address = f"/process-instances/{instance_id(story)}"
    for login in ("intake1", "center_head", "auditor"):
        client = sign_in(login)
        assert client.get(address).status_code == 403
        assert client.get(f"{address}/path").status_code == 403
        assert client.get(f"{address}/cancel").status_code == 403
        assert client.post(f"{address}/cancel", data={"reason": "x"}).status_code == 403
        assert "流程干预" not in client.get(f"/tickets/{story.number}").text
    owner = sign_in("process_owner")
    assert owner.get(f"{address}/nothing").status_code == 404
    assert owner.get("/incidents", params={"number": "没有"}).status_code == 404
    assert state(story) == "active"


def test_a_suspended_ticket_says_so_to_everybody(sign_in: SignIn, begin: Begin) -> None:
    story = begin()
    answer = sign_in("process_owner").post(f"/process-instances/{instance_id(story)}/suspend", data={"reason": "暂缓"})
    assert answer.status_code == 303
    assert "流程已挂起" in sign_in("intake1").get(f"/tickets/{story.number}").text


def test_an_incident_is_shown_and_retried(sign_in: SignIn, live_server: LiveServer) -> None:
    found = broken(live_server)
    administrator = sign_in("administrator")
    listed = administrator.get("/incidents").text
    assert "divide" in listed
    assert "1 次" in listed
    address = f"/process-instances/{found}"
    assert "重试" in administrator.get(address).text
    with live_server.runtime.read(SYSTEM) as tx:
        (incident,) = incidents.list_page(tx).items
    told = administrator.post(f"/incidents/{incident.id}/retry")
    assert told.headers["location"] == address
    assert "2 次" in administrator.get(address).text
    with live_server.runtime.write(SYSTEM) as tx:
        revision.revise(tx, found, {"x": 3}, "更正")
    administrator.post(f"/incidents/{incident.id}/retry")
    assert "没有异常" in administrator.get("/incidents").text
    assert sign_in("intake1").get("/incidents").status_code == 403
