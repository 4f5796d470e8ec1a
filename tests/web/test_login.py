"""Coming in, being kept out, a new password, going out."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from engine.transaction import SYSTEM
from hotline.tables import person
from tests.server import LiveServer
from tests.web.conftest import SignIn, SignInPage
from web.login import own_address
from web.session import COOKIE

NEW_PASSWORD = "春江水暖鸭先知-8"


@pytest.mark.browser
def test_after_the_login_the_wanted_page_opens(page: Page, live_server: LiveServer) -> None:
    page.goto("/notices")
    expect(page).to_have_url(f"{live_server.url}/login?next=/notices")
    page.get_by_label("登录名").fill("intake1")
    page.get_by_label("密码", exact=True).fill(live_server.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/notices")
    expect(page.locator(".me")).to_contain_text("受理派单岗")


@pytest.mark.browser
def test_a_wrong_password_says_so_and_keeps_the_name(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("登录名").fill("intake1")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不正确")
    expect(page.get_by_label("登录名")).to_have_value("intake1")
    expect(page.get_by_label("密码", exact=True)).to_be_focused()
    expect(page.get_by_label("密码", exact=True)).to_have_value("")


def test_guessing_is_slowed_down(live_server: LiveServer) -> None:
    statuses = [
        httpx.post(f"{live_server.url}/login", data={"login": "intake1", "password": "x"}, trust_env=False)
        for _ in range(12)
    ]
    assert statuses[0].status_code == 401
    assert statuses[-1].status_code == 429
    assert 'role="alert"' in statuses[-1].text


@pytest.mark.browser
def test_a_password_somebody_else_set_must_be_changed_first(
    page: Page, sign_in_page: SignInPage, live_server: LiveServer
) -> None:
    with live_server.runtime.write(SYSTEM) as tx:
        tx.connection.execute(update(person).where(person.c.login == "intake1").values(must_change_password=True))
    page.goto("/login")
    page.get_by_label("登录名").fill("intake1")
    page.get_by_label("密码", exact=True).fill(live_server.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/password")
    expect(page.get_by_text("首次登录或密码被重置")).to_be_visible()
    page.goto("/tickets")
    expect(page).to_have_url(f"{live_server.url}/password")  # nothing else opens
    page.get_by_label("原密码").fill(live_server.password)
    page.get_by_label("新密码", exact=False).first.fill(NEW_PASSWORD)
    page.get_by_label("再次输入新密码").fill("另一个")
    page.get_by_role("button", name="保存新密码").click()
    expect(page.get_by_text("两次输入的新密码不一致")).to_be_visible()
    page.get_by_label("原密码").fill(live_server.password)
    page.locator("#new_password").fill(NEW_PASSWORD)
    page.locator("#again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="保存新密码").click()
    page.wait_for_url("**/inbox**")
    expect(page.get_by_role("status")).to_contain_text("密码已修改")


def test_after_logging_out_the_old_cookie_opens_nothing(sign_in: SignIn) -> None:
    client = sign_in("intake1")
    token = client.cookies[COOKIE]
    assert client.post("/logout").headers["location"] == "/login"
    client.cookies.clear()
    answer = client.get("/inbox", headers={"Cookie": f"{COOKIE}={token}"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/login", "/a\nb"],
)
def test_a_link_cannot_send_people_elsewhere_after_the_login(target: str) -> None:
    assert own_address(target) == "/inbox"


def test_our_own_addresses_are_kept() -> None:
    assert own_address("/tickets?q=真光&offset=50") == "/tickets?q=真光&offset=50"
