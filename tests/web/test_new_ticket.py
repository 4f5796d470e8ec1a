"""Entering a ticket by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.transaction import SYSTEM
from hotline import tickets
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import LEAD, principal

FORM = {"title": "路灯不亮", "content": "真光路路灯不亮", "source": "街道受理", "kind": "ordinary"}


@pytest.mark.browser
def test_a_ticket_is_entered_and_its_page_opens(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, "intake1")
    page.goto("/tickets/new")
    page.get_by_label("标题").fill("路灯不亮")
    page.get_by_role("button", name="登记工单").click()
    expect(page.locator("#content-error")).to_have_text("请填写诉求内容")
    expect(page.get_by_label("标题")).to_have_value("路灯不亮")
    page.get_by_label("诉求内容").fill("真光路1001弄门口路灯不亮")
    page.get_by_label("联系电话").fill("12")
    page.get_by_role("button", name="登记工单").click()
    expect(page.locator("#caller_phone-error")).to_contain_text("不是一个有效的电话号码")
    page.get_by_label("联系电话").fill("13812345678")
    page.get_by_role("button", name="登记工单").click()
    page.wait_for_url("**/tickets/ZR*")
    expect(page.locator("h1")).to_contain_text("路灯不亮")
    expect(page.locator(".flash[role=status]")).to_contain_text("已登记工单")


@pytest.mark.browser
def test_tickets_with_the_same_phone_or_place_are_offered_as_earlier_ones(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    phone, place = "13987650001", "兰溪路9999弄1号"
    earlier = begin(caller_phone=phone, address=place)
    sign_in_page(page, "intake1")
    page.goto("/tickets/new")
    page.get_by_label("联系电话").fill(phone)
    page.get_by_label("诉求地址").fill(place)
    page.get_by_label("诉求地址").blur()
    expect(page.locator("#earlier")).to_contain_text(earlier.number)
    expect(page.locator("#earlier")).to_contain_text("电话、地址相同")
    page.get_by_role("button", name="选为前件").click()
    expect(page.get_by_label("前件编号")).to_have_value(earlier.number)
    page.get_by_label("标题").fill("再次反映设摊")
    page.get_by_label("诉求内容").fill("仍有人设摊")
    page.get_by_role("button", name="登记工单").click()
    page.wait_for_url("**/tickets/ZR*")
    expect(page.locator(".linked")).to_contain_text(earlier.number)


@pytest.mark.parametrize("slipped_in", ["state", "version", "due_at", "lead_id", "closed_at", "reply_points"])
def test_a_field_the_form_does_not_have_is_refused(sign_in: SignIn, live_server: LiveServer, slipped_in: str) -> None:
    answer = sign_in("intake1").post("/tickets/new", data={**FORM, slipped_in: "closed"})
    assert answer.status_code == 422
    with live_server.runtime.read(SYSTEM) as tx:
        assert not [t for t in tickets.list_page(tx, principal(tx, "intake1")).items if t.title == FORM["title"]]


def test_only_the_center_enters_tickets(sign_in: SignIn) -> None:
    for login in (f"{LEAD}_a", "auditor", "administrator", "reviewer"):
        client = sign_in(login)
        assert client.get("/tickets/new").status_code == 403
        assert client.post("/tickets/new", data=FORM).status_code == 403


def test_a_number_that_exists_is_a_conflict_shown_at_its_field(sign_in: SignIn) -> None:
    client = sign_in("intake1")
    assert client.post("/tickets/new", data={**FORM, "number": "PT20260302001"}).status_code == 303
    again = client.post("/tickets/new", data={**FORM, "number": "PT20260302001"})
    assert again.status_code == 409
    assert "PT20260302001 已存在" in again.text
