"""The running product: pages and API on one port, worker inside, health told, strict browser."""

from __future__ import annotations

import time

import httpx
import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from engine.tables import worker_heartbeat
from engine.transaction import SYSTEM
from tests.chromium import Strictness, picture
from tests.server import LiveServer


def test_pages_and_api_answer_on_one_port(live_server: LiveServer) -> None:
    with httpx.Client(base_url=live_server.url, trust_env=False) as client:
        assert client.get("/api/health/ready").json() == {"status": "ok"}
        answer = client.get("/", follow_redirects=True)
        assert answer.status_code == 200
        assert "登录" in answer.text
        assert client.get("/api/tickets").status_code == 401


def test_on_sqlite_the_worker_runs_inside(live_server: LiveServer) -> None:
    deadline = time.monotonic() + 10
    beats: list[bool] = []
    while not beats and time.monotonic() < deadline:
        with live_server.runtime.read(SYSTEM) as tx:
            beats = list(tx.connection.execute(select(worker_heartbeat.c.embedded)).scalars())
        time.sleep(0.05)
    assert beats == [True]


@pytest.mark.browser
def test_the_login_page_opens_in_a_browser_that_forgives_nothing(page: Page) -> None:
    page.goto("/")
    assert "登录" in page.inner_text("body")
    assert picture(page, "login").stat().st_size > 1000


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("setTimeout(() => { throw new Error('boom') })", "page error"),
        ("console.error('boom')", "console: boom"),
        ("fetch('/nowhere-at-all')", "404"),
        ("window.open('http://192.0.2.1/')", "foreign address"),
        ("fetch('http://192.0.2.1/').catch(() => {})", "Content Security Policy"),
        ("document.body.appendChild(document.createElement('script')).textContent = '1'", "Content Security Policy"),
    ],
)
def test_the_strict_browser_notices(page: Page, strictness: Strictness, script: str, problem: str) -> None:
    page.goto("/")
    page.evaluate(f"() => {{ {script} }}")
    deadline = time.monotonic() + 20
    while not any(problem in found for found in strictness.problems):
        assert time.monotonic() < deadline, strictness.problems
        page.wait_for_timeout(50)
    page.close()
    strictness.problems.clear()
