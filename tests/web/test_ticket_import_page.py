"""Importing the platform's table from the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.server import LiveServer
from tests.web.conftest import SignIn, SignInPage
from tests.web.story import LEAD

TABLE = (
    "工单编号,标题,诉求内容,联系电话,办理时限\n"
    "PT2026030201,路灯不亮,真光路路灯不亮,13812345678,2026-03-09 17:00\n"
    "PT2026030202,垃圾未清,垃圾桶满溢,,\n"
    "PT2026030203,日期错,内容,,不是日期\n"
)


def upload(page: Page, text: str) -> None:
    page.goto("/tickets/import")
    file = {"name": "平台导出.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="导入").last.click()


@pytest.mark.browser
def test_each_row_is_reported_and_a_second_import_doubles_nothing(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, "intake1")
    upload(page, TABLE)
    page.wait_for_url("**/tickets/import/*")
    figures = page.locator(".figures > *")
    expect(figures.locator("b")).to_have_text(["2", "0", "0", "1"])
    wrong = page.locator(".outcome-error")
    expect(wrong).to_contain_text("办理时限")
    expect(wrong).to_contain_text("不是日期")
    upload(page, TABLE.replace("路灯不亮,真光路", "路灯仍不亮,真光路"))
    page.wait_for_url("**/tickets/import/*")
    expect(figures.locator("b")).to_have_text(["0", "1", "1", "1"])
    expect(page.locator("tr", has_text="PT2026030201")).to_contain_text("更新了标题")
    page.goto("/tickets/import")
    expect(page.locator("tbody tr")).to_have_count(2)


@pytest.mark.browser
def test_a_wrong_file_is_told_what_is_missing(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, "intake1")
    upload(page, "甲,乙\n1,2\n")
    expect(page.locator(".field-error")).to_contain_text("表格缺少必需的列：工单编号、诉求内容")


def test_the_template_can_be_imported_as_it_is(sign_in: SignIn, live_server: LiveServer) -> None:
    live_server.clock.advance(days=1)  # the example's caller rang at 09:15
    client = sign_in("intake1")
    template = client.get("/tickets/import/template")
    assert template.headers["content-disposition"].startswith("attachment;")
    answer = client.post("/tickets/import", files={"file": ("模板.xlsx", template.content)}, follow_redirects=True)
    assert "新增" in answer.text
    assert "outcome-error" not in answer.text


def test_import_belongs_to_the_center(sign_in: SignIn) -> None:
    client = sign_in(f"{LEAD}_a")
    assert client.get("/tickets/import").status_code == 403
    assert client.post("/tickets/import", files={"file": ("a.csv", TABLE.encode())}).status_code == 403
    assert client.get("/tickets/import/anything").status_code == 403
