"""People at a browser, and programs that pretend to be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page

from tests.server import LiveServer
from tests.web.story import Story

SignIn = Callable[[str], httpx.Client]
SignInPage = Callable[..., None]
Begin = Callable[..., Story]


@pytest.fixture
def begin(live_server: LiveServer) -> Begin:
    """Enters a ticket; keyword arguments change its fields."""
    return lambda **fields: Story(live_server, **fields)


@pytest.fixture
def sign_in(live_server: LiveServer) -> Iterator[SignIn]:
    """A client with a person's session: sign_in("intake1").get("/tickets")."""
    clients: list[httpx.Client] = []

    def signed_in(login: str) -> httpx.Client:
        client = httpx.Client(
            base_url=live_server.url, trust_env=False, headers={"Origin": live_server.url}, timeout=30
        )
        clients.append(client)
        answer = client.post("/login", data={"login": login, "password": live_server.password})
        assert answer.status_code == 303, answer.text
        return client

    yield signed_in
    for client in clients:
        client.close()


@pytest.fixture
def sign_in_page(live_server: LiveServer) -> SignInPage:
    """Log a browser's person in through the login page."""

    def signed_in(page: Page, login: str) -> None:
        page.goto("/login")
        page.get_by_label("登录名").fill(login)
        page.get_by_label("密码", exact=True).fill(live_server.password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/inbox**")

    return signed_in
