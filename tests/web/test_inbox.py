"""The inbox: order, lights, search, claiming, and how fast callers are contacted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine import user_tasks
from engine.transaction import SYSTEM
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import principal


@pytest.mark.browser
def test_what_is_due_first_stands_first_with_its_light(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    early = begin(title="先到的工单")
    live_server.clock.advance(days=3)
    late = begin(title="后到的工单", supervision="city", recheck=False)
    sign_in_page(page, "intake1")
    page.goto("/inbox?scope=groups&search=到的工单")
    rows = page.locator(".inbox tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text(early.number)
    expect(rows.nth(0).locator(".light.red")).to_contain_text("超时")
    expect(rows.nth(1)).to_contain_text(late.number)
    expect(rows.nth(1)).to_contain_text("市督办")
    expect(rows.nth(1).locator(".light")).to_contain_text("剩")


@pytest.mark.browser
def test_typing_searches_and_the_address_can_be_shared(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    wanted = begin(title="电梯故障一周未修")
    begin(title="路灯不亮")
    sign_in_page(page, "intake1")
    page.goto("/inbox?scope=groups")
    page.get_by_role("searchbox").type("电梯故障")
    expect(page.locator(".inbox tbody tr")).to_have_count(1)
    expect(page.locator(".inbox")).to_contain_text(wanted.number)
    page.wait_for_url("**search=*")
    page.reload()
    expect(page.locator(".inbox tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("电梯故障")
    page.get_by_role("searchbox").fill("没有这样的工单")
    expect(page.get_by_text("没有符合条件的任务")).to_be_visible()


@pytest.mark.browser
def test_a_task_is_claimed_in_place_and_given_back(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin()
    sign_in_page(page, "intake1")
    page.goto(f"/inbox?scope=groups&search={story.number}")
    page.get_by_role("button", name=f"认领 {story.number}").click()
    expect(page.locator(".moved")).to_contain_text("已认领“受理审核”")
    page.goto(f"/inbox?scope=mine&search={story.number}")
    page.get_by_role("button", name=f"放回本组 {story.number}").click()
    expect(page.locator(".moved")).to_contain_text("已放回本组")
    [task] = story.open()
    assert task.assignee is None


@pytest.mark.browser
def test_who_comes_second_is_told_in_the_row(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    story = begin()
    [task] = story.open()
    sign_in_page(page, "intake1")
    page.goto(f"/inbox?scope=groups&search={story.number}")
    with live_server.runtime.read(SYSTEM) as tx:
        colleague = principal(tx, "intake2")
    with live_server.runtime.write(colleague.actor) as tx:
        user_tasks.claim(tx, task.id)
    page.get_by_role("button", name=f"认领 {story.number}").click()
    expect(page.locator(".moved .bad")).to_contain_text("签收")


@pytest.mark.clause("3.2.1-1")
def test_first_contact_speed_stands_on_top(sign_in: SignIn, begin: Begin, live_server: LiveServer) -> None:
    def figures() -> dict[str, str]:
        text = sign_in("intake1").get("/inbox").text
        return {label: number for number, label in re.findall(r"<b>([^<]*)</b><span>([^<]*)</span>", text)}

    story = begin().accept()
    live_server.clock.advance(days=1)
    due_today = int(figures()["先行联系今日到期"])
    assert due_today >= 1
    story.do("record_contact_attempt", contact_result="reached", time_slot="morning")
    assert int(figures()["先行联系今日到期"]) == due_today - 1
    assert figures()["近30日按时联系"].endswith("%")


def test_somebody_without_tasks_sees_everybodys(sign_in: SignIn, begin: Begin) -> None:
    story = begin()
    text = sign_in("auditor").get(f"/inbox?search={story.number}").text
    assert story.number in text
    assert "认领</button>" not in text


def test_a_department_does_not_see_others_tasks(sign_in: SignIn, begin: Begin) -> None:
    story = begin()
    client = sign_in("office_business_a")
    for scope in ("mine", "groups"):
        assert story.number not in client.get(f"/inbox?scope={scope}").text
    assert client.get("/inbox?scope=all").status_code == 403


@pytest.mark.browser
def test_on_the_phone_rows_are_cards_with_large_targets(phone: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin()
    sign_in_page(phone, "intake1")
    phone.goto(f"/inbox?scope=groups&search={story.number}")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    box = phone.get_by_role("button", name=f"认领 {story.number}").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    bar = phone.locator(".tabbar")
    expect(bar).to_be_visible()
    expect(phone.locator(".rail")).to_be_hidden()
    bar.locator("summary").click()
    expect(bar.get_by_role("link", name="新建工单")).to_be_visible()


@pytest.mark.browser
def test_the_keyboard_reaches_the_text_and_the_search(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, "intake1")
    page.goto("/inbox")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
