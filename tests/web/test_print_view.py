"""A ticket on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Begin, SignInPage
from tests.web.story import CALLER_NAME, CALLER_PHONE, CO, CONTENT, LEAD

pytestmark = pytest.mark.browser


def test_everything_is_on_paper_and_the_caller_is_masked(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch().handle(CO).handle(LEAD).close()
    sign_in_page(page, "intake1")
    page.goto(f"/tickets/{story.number}/print")
    page.emulate_media(media="print")
    paper = page.locator(".paper")
    for text in (
        story.number,
        CONTENT,
        "主办：社区自治办",
        "协办：综合行政执法队",
        "办结登记",
        "分管领导：",
        "138****5678",
    ):
        expect(paper).to_contain_text(text)
    assert CALLER_NAME not in page.content()
    assert CALLER_PHONE not in page.content()
    for screen_only in (".rail", ".tabbar", ".no-print"):
        expect(page.locator(screen_only).first).to_be_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")
