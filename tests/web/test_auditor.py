"""The auditor's login: sees everything, changes nothing, notices tampering."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from engine.transaction import SYSTEM
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import CO, LEAD

CHANGES = ("新建", "导入", "调整类别", "改派", "上传", "办理：", "签收", "停用", "重置", "保存")


@pytest.mark.browser
def test_no_page_offers_the_auditor_a_change(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch()
    sign_in_page(page, "auditor")
    for address in ("/tickets", f"/tickets/{story.number}", "/people", "/people/departments", "/process-definitions"):
        page.goto(address)
        offered = page.locator("main button:visible, main a.button:visible").all_inner_texts()
        assert not [words for words in offered if any(change in words for change in CHANGES)], (address, offered)


def test_every_change_the_auditor_tries_is_refused(begin: Begin, sign_in: SignIn) -> None:
    story = begin().accept().dispatch()
    [first, *_] = story.open()
    client = sign_in("auditor")
    tried = {
        "/tickets/new": {"title": "甲", "content": "乙", "source": "其他", "kind": "ordinary"},
        f"/tickets/{story.number}/reclassify": {"matter_class": "urgent", "reason": "改", "version": "1"},
        f"/tickets/{story.number}/reassign": {"user_task_id": first.id, "assignee": "intake2", "reason": "改"},
        f"/tickets/{story.number}/caller": {"reason": "看看"},
        "/people/new": {"login": "someone", "name": "某人"},
        "/api-tokens": {"name": "令牌", "scopes": "audit.view"},
    }
    for address, form in tried.items():
        assert client.post(address, data=form).status_code == 403, address
    assert client.post("/tickets/import", files={"file": ("a.csv", b"a")}).status_code == 403
    assert client.post(f"/user-tasks/{first.id}/claim").status_code in (403, 404)
    files = {"files": ("a.txt", b"x")}
    assert client.post(f"/tickets/{story.number}/attachments", files=files).status_code == 403


@pytest.mark.browser
def test_the_chain_is_verified_on_the_ticket_and_tampering_shows(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    story = begin().accept().dispatch().handle(CO).handle(LEAD)
    sign_in_page(page, "auditor")
    page.goto(f"/tickets/{story.number}")
    expect(page.locator(".chain.good")).to_contain_text("审计链完整")
    with live_server.runtime.write(SYSTEM) as tx:  # as somebody with the database's password might
        names = tx.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            tx.connection.execute(text(f"DROP TRIGGER {name}"))
        changed = {"stream": f"instance/{story.number}"}
        tx.connection.execute(
            text("UPDATE audit_entry SET actor = 'nobody' WHERE stream = :stream AND number = 3"), changed
        )
    page.reload()
    expect(page.locator(".chain.bad")).to_contain_text("在第 3 条处被改动")
    page.goto(f"/audit?ticket={story.number}")
    expect(page.locator(".chain-state.bad")).to_be_visible()


@pytest.mark.browser
def test_entries_are_found_by_ticket_person_and_kind(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story, other = begin().accept(), begin(title="另一件")
    sign_in_page(page, "auditor")
    page.goto("/audit")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.get_by_label("工单编号").fill(story.number)
    page.get_by_label("工单编号").press("Enter")
    expect(page.locator("tbody")).to_contain_text("受理审核")
    expect(page.locator("tbody")).not_to_contain_text(other.number)
    page.goto("/audit?kind=login/&actor=auditor")
    expect(page.locator("tbody tr").first).to_contain_text("登录")


def test_an_administrator_reads_no_tickets_in_the_audit(begin: Begin, sign_in: SignIn) -> None:
    story = begin()
    client = sign_in("administrator")
    page = client.get("/audit")
    assert page.status_code == 200
    assert story.number not in page.text
    assert story.number not in client.get(f"/audit?kind=instance/&ticket={story.number}").text.split("<tbody>")[-1]


def test_the_audit_is_closed_to_departments(sign_in: SignIn) -> None:
    assert sign_in(f"{LEAD}_a").get("/audit").status_code == 403
