"""From 受理 to 办结 in the browser: entered, accepted, contacted, dispatched to two departments, reviewed, closed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.transaction import SYSTEM
from hotline import tickets
from tests.chromium import OpenPage
from tests.server import LiveServer
from tests.web.conftest import SignInPage
from tests.web.story import CO, LEAD, png, principal, sound

TITLE = "占道设摊影响通行，请派人清理"


class Desk:
    """One person's browser."""

    def __init__(self, page: Page, sign_in_page: SignInPage, login: str) -> None:
        self.page = page
        sign_in_page(page, login)

    def open(self, number: str, step: str) -> Desk:
        """The step of this ticket, from the inbox."""
        self.page.goto(f"/inbox?scope=groups&search={number}")
        self.page.locator(".inbox tr", has=self.page.locator(".step", has_text=step)).locator(".row-link").click()
        expect(self.page.locator("h1")).to_have_text(step)
        return self

    def field(self, name: str) -> Locator:
        """A field of the form."""
        return self.page.locator(f"[data-field={name}]")

    def choose(self, **answers: str) -> Desk:
        """Radio buttons by their label."""
        for name, label in answers.items():
            self.field(name).get_by_text(label, exact=True).click()
        return self

    def write(self, **answers: str) -> Desk:
        """Text fields."""
        for name, value in answers.items():
            self.field(name).locator("input, textarea").first.fill(value)
        return self

    def attach(self, name: str, file: str, content: bytes) -> Desk:
        """A file, waited for until the server has it."""
        self.field(name).locator("input[type=file]").set_input_files(
            {"name": file, "mimeType": "application/octet-stream", "buffer": content}
        )
        expect(self.field(name).get_by_role("link", name=file)).to_be_visible()
        return self

    def submit(self) -> str:
        """On to the inbox; what its message says."""
        self.page.get_by_role("button", name="提交").click()
        self.page.wait_for_url("**/inbox")
        return self.page.locator(".flash.good").inner_text()


def enter_ticket(clerk: Desk) -> str:
    """新建工单; returns its number."""
    page = clerk.page
    page.goto("/tickets/new")
    page.get_by_label("标题").fill(TITLE)
    page.locator("#content").fill("真光路1001弄门口每天傍晚有人占道设摊，影响通行，要求清理。")
    page.locator("#address").fill("真光路1001弄门口")
    page.locator("#caller_name").fill("王建华")
    page.locator("#caller_phone").fill("13812345678")
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/tickets/ZR\d+"))
    return page.url.rsplit("/", 1)[-1]


def handle(handler: Desk, number: str) -> None:
    """二级先行联系, 现场处置, 结案报告 of one department."""
    handler.open(number, "联系来电人").choose(contact_result="已联系上", time_slot="上午（12点前）").submit()
    report(handler, number)


def report(handler: Desk, number: str) -> None:
    """现场处置 and 结案报告."""
    handler.open(number, "现场处置").choose(has_site="没有").write(handling_process="3月2日上门劝离，已清理。").submit()
    handler.open(number, "提交结案报告")
    handler.choose(
        demand_matches="一致",
        fact_finding="属实",
        demand_finding="合理合法",
        handling_result="实际解决",
        closing_determination="无（正常办结）",
        reply_method="电话",
        reply_satisfaction="满意",
    )
    handler.write(
        basis="《上海市市容环境卫生管理条例》",
        reply_content="已劝离并清理，加强巡查。",
        reply_at="2026-03-02T09:00",
        responsible_person="郑雅琴",
        responsible_phone="021-52850001",
    )
    if not handler.field("recordings").locator(".file").count():
        handler.attach("recordings", "回复录音.wav", sound())
    if not handler.field("result_photos").locator(".file").count():
        handler.attach("result_photos", "处置后.png", png())
    handler.submit()


@pytest.mark.browser
@pytest.mark.clause("3.1.1-0", "3.2.1-1", "3.2.1-6", "3.3-14", "3.3-15")
def test_a_complaint_goes_from_acceptance_to_closing_through_five_peoples_browsers(
    open_page: OpenPage, sign_in_page: SignInPage, live_server: LiveServer
) -> None:
    clerk, lead, co, reviewer, caller_back = (
        Desk(open_page(), sign_in_page, login) for login in ("intake1", f"{LEAD}_a", f"{CO}_a", "reviewer", "callback")
    )
    number = enter_ticket(clerk)
    assert (
        "下一步：联系来电人"
        in clerk.open(number, "受理审核").choose(acceptance="受理", matter_class="复杂（5—7个工作日）").submit()
    )
    contacted = clerk.open(number, "联系来电人").choose(contact_result="已联系上", time_slot="上午（12点前）")
    assert "下一步：派单" in contacted.submit()
    clerk.open(number, "派单").choose(dispatch_decision="派单", dispatch_basis="人工指定")
    clerk.page.locator("#override_lead-text").fill("社区自治办")
    clerk.page.keyboard.press("Enter")
    clerk.field("override_co").get_by_text("综合行政执法队", exact=True).click()
    clerk.write(override_reason="现场核实，需两家配合")
    told = clerk.submit()
    assert "社区自治办" in told
    assert "综合行政执法队" in told

    handle(lead, number)
    reviewer.open(number, "审核结案报告").choose(review_decision="退回重办")
    reviewer.field("return_reasons").get_by_text("七要素缺项").click()
    reviewer.write(review_opinion="请写明处置依据的条款").submit()
    lead.open(number, "现场处置")
    expect(lead.page.locator(".callout.warn")).to_contain_text("请写明处置依据的条款")
    report(lead, number)
    reviewer.open(number, "审核结案报告").choose(review_decision="通过").submit()
    handle(co, number)
    reviewer.open(number, "审核结案报告").choose(review_decision="通过").submit()

    caller_back.open(number, "回访来电人").choose(satisfaction="满意", resolution="已解决").submit()
    clerk.open(number, "办结登记").choose(closing_determination="无（正常办结）")
    assert "已办结" in clerk.write(reply_points="3月2日已先行联系，已劝离设摊人员，来电人表示满意。").submit()
    assert_path(clerk.page, live_server, number)


def assert_path(page: Page, server: LiveServer, number: str) -> None:
    """The ticket is closed and the diagram shows the way it took."""
    page.goto(f"/tickets/{number}")
    page.wait_for_selector("[data-diagram][data-ready]")
    expect(page.locator(".page-head")).to_contain_text("已办结")
    for element in ("accept_ticket", "first_contact", "dispatch_ticket", "department_call", "callback", "close_ticket"):
        expect(page.locator(f"[data-diagram] [data-element-id={element}]").first).to_have_class(re.compile("done"))
    with server.runtime.read(SYSTEM) as tx:
        found = tickets.get(tx, principal(tx, "intake1"), number)
    assert (found.state, found.satisfaction, found.lead_id) == ("closed", "satisfied", LEAD)
