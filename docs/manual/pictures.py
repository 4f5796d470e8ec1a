"""Takes the manual's pictures from a demo system of its own: python -m docs.manual.pictures"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.chromium import DESKTOP, FLAGS, PHONE
from tests.conftest import MONDAY_MORNING, FakeClock
from tests.server import LiveServer, serving, settings_for
from tests.web.story import CO, LEAD, Story

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    """One demo system, a few people, one picture per chapter."""
    from minhu import startup
    from minhu.application import build_runtime

    with tempfile.TemporaryDirectory() as folder:
        os.environ["ATTACHMENTS_DIR"] = f"{folder}/attachments"
        settings, clock = settings_for(f"sqlite:///{folder}/manual.db", Path(folder)), FakeClock()
        startup.migrate_database(settings)
        runtime = build_runtime(settings, clock)
        startup.deploy_shipped(runtime, settings)
        startup.load_organisation(runtime)
        startup.load_demo(runtime)
        runtime.database.dispose()
        with serving(settings, clock) as server, sync_playwright() as playwright:
            stories = tell(server)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for login, address, name, on_phone in chapters(stories):
                context = browser.new_context(
                    base_url=server.url, locale="zh-CN", viewport=PHONE if on_phone else DESKTOP, is_mobile=on_phone
                )
                picture(context.new_page(), server, login, address, name)
                context.close()
            browser.close()


def tell(server: LiveServer) -> dict[str, Story]:
    """Tickets in the states the manual speaks of."""
    due = MONDAY_MORNING + timedelta(days=7, hours=14)
    stories = {
        "running": Story(server, district_due_at=due, supervision="district").accept().dispatch(),
        "closed": Story(server, title="楼道堆物存在消防隐患", recheck=True, address="真光路1018弄").accept().dispatch(),
        "new": Story(server, title="小区停车位不足", caller_phone="13900001111", address="真光路1121弄"),
    }
    stories["closed"].handle(CO, send_back=True).handle(LEAD).close()
    return stories


def chapters(stories: dict[str, Story]) -> list[tuple[str, str, str, bool]]:
    """Who looks where, the picture's name, and whether on the phone."""
    running, closed = stories["running"].number, stories["closed"].number
    return [
        ("intake1", "/inbox?scope=groups", "inbox", False),
        ("intake1", "/tickets", "tickets", False),
        ("intake1", "/tickets/new", "new_ticket", False),
        ("intake1", "/tickets/import", "import", False),
        ("intake1", f"/tickets/{running}", "ticket", False),
        ("intake1", f"/tickets/{closed}/result", "result", False),
        ("intake1", f"/tickets/{closed}/print", "print", False),
        (f"{LEAD}_a", f"/tickets/{running}", "phone_ticket", True),
        ("administrator", "/people", "people", False),
        ("auditor", f"/audit?ticket={closed}", "audit", False),
        ("auditor", "/process-definitions", "definitions", False),
        ("process_owner", f"/incidents?number={running}", "intervention", False),
    ]


def picture(page: Page, server: LiveServer, login: str, address: str, name: str) -> None:
    """Log in, go there, wait for the diagram if there is one, take what the screen shows."""
    page.goto("/login")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(server.password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/inbox**")
    page.goto(address)
    if page.locator("[data-diagram]").count():
        page.wait_for_selector("[data-diagram][data-ready]")
    page.screenshot(path=HERE / f"{name}.png", full_page=name in ("ticket", "phone_ticket"))


if __name__ == "__main__":
    main()
