"""A real Chromium that forgives nothing: page errors, console errors, foreign requests fail the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.conftest import ROOT
from tests.server import LiveServer

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
TIMEOUT_MS = 15_000  # the machine may be busy
SCREENSHOTS = ROOT / "var" / "screenshots"
STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
REFUSALS = {401, 403, 409, 422, 429}  # what a page is told when it asks for too much: no error of ours

OpenPage = Callable[..., Page]


class Strictness:
    """What the pages of one test did wrong."""

    def __init__(self, server_url: str) -> None:
        self.problems: list[str] = []
        self._server_url = server_url
        self._allowed = set(REFUSALS)

    def allow(self, status: int) -> None:
        """This test provokes that status on purpose."""
        self._allowed.add(status)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of a context."""
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))
        context.on("console", self._console)
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = STATUS.match(message.text)
        if message.type == "warning" or (status and int(status[1]) in self._allowed):
            return
        self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if request.url.startswith(("http", "ws")) and not request.url.startswith(self._server_url):
            self.problems.append(f"request to a foreign address: {request.url}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module; its event loop must not stay around for other tests."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "no Chromium: run scripts/ensure_chromium.sh or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def strictness(live_server: LiveServer) -> Iterator[Strictness]:
    """Fails the test at its end when a page misbehaved; `strictness.allow(404)` where it is provoked."""
    strict = Strictness(live_server.url)
    yield strict
    assert not strict.problems, "\n".join(strict.problems)


@pytest.fixture
def open_page(
    chromium: Browser, live_server: LiveServer, strictness: Strictness, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Opens a browser of its own for each person: open_page(), open_page(phone=True)."""
    contexts: list[BrowserContext] = []

    def open_one(*, phone: bool = False) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
        )
        context.set_default_timeout(TIMEOUT_MS)
        strictness.watch(context)
        contexts.append(context)
        return context.new_page()

    yield open_one
    if request.node.stash.get(FAILED, False):
        _keep_pictures(contexts, request.node.name)
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A desk: 1366×768, Chinese."""
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A phone: 390×844, touch, Chinese."""
    return open_page(phone=True)


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember that a test failed, so that its pages are kept as pictures."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


def _keep_pictures(contexts: list[BrowserContext], test: str) -> None:
    for number, page in enumerate(page for context in contexts for page in context.pages):
        name = re.sub(r"\W+", "_", test)
        picture(page, f"failed_{name}_{number}")


def picture(page: Page, name: str) -> Path:
    """A screenshot of the whole page in var/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
