"""Checking and deploying process files from the page."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from engine import process_definitions
from tests.conftest import ROOT
from tests.web.conftest import SignIn, SignInPage
from tests.web.story import LEAD

CALLBACK = "processes/callback/callback.bpmn"


def packed(old: str = "", new: str = "") -> bytes:
    """The shipped folder as a zip, with one thing replaced in the callback's diagram."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in process_definitions.read_folder(ROOT).items():
            archive.writestr(path, content.replace(old.encode(), new.encode()) if path == CALLBACK and old else content)
    return made.getvalue()


@pytest.mark.browser
def test_what_is_wrong_is_listed_and_what_is_right_is_deployed(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, "process_owner")
    page.goto("/process-definitions")
    page.get_by_role("link", name="检查与部署").click()

    def send(content: bytes, button: str) -> None:
        file = {"name": "流程.zip", "mimeType": "application/zip", "buffer": content}
        page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name=button, exact=True).click()

    send(packed('name="回访来电人"', 'name="回访来电人" camunda:priority="1"'), "检查并部署")
    expect(page.get_by_role("alert")).to_contain_text("不能部署")
    row = page.get_by_role("region", name=CALLBACK).locator("tbody tr")
    expect(row).to_contain_text(["record_callback"])
    expect(row).to_contain_text(["camunda:priority"])
    expect(row).to_contain_text(["本平台规则"])  # no section of a standard, and never a rule's id
    renamed = packed('name="回访来电人"', 'name="回访市民"')
    send(renamed, "只检查")
    expect(page.get_by_role("status").filter(has_text="检查通过")).to_be_visible()
    send(renamed, "检查并部署")
    page.wait_for_url("**/process-definitions")
    expect(page.locator("main, body").first).to_contain_text("已部署")
    expect(page.locator("tr", has_text="callback")).to_contain_text("第 2 版")


def test_deploying_belongs_to_the_process_owner(sign_in: SignIn) -> None:
    for login in (f"{LEAD}_a", "auditor"):
        client = sign_in(login)
        assert client.get("/process-definitions/upload").status_code == 403
        assert client.post("/process-definitions/upload", files={"files": ("x.zip", packed())}).status_code == 403


def test_without_a_file_or_with_a_broken_one_the_page_says_so(sign_in: SignIn) -> None:
    client = sign_in("process_owner")
    answer = client.post("/process-definitions/upload", files={"files": ("x.zip", b"no zip")})
    assert answer.status_code == 422
    assert "压缩包无法读取" in answer.text
    answer = client.post("/process-definitions/upload", data={"action": "deploy"}, files={"other": ("x", b"")})
    assert "请先选择" in answer.text
