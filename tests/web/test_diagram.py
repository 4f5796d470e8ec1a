"""The diagram island: the path taken, its licence, its language, its keyboard and its text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import CO, LEAD

pytestmark = pytest.mark.browser


def open_diagram(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-diagram][data-ready]")


def test_the_path_taken_is_lit(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch().handle(CO, send_back=True).handle(LEAD)
    sign_in_page(page, "intake1")
    open_diagram(page, f"/tickets/{story.number}")
    for element in ("accept_ticket", "first_contact", "dispatch_ticket", "department_call"):
        expect(page.locator(f"[data-element-id={element}].done")).to_have_count(1)
    expect(page.locator("[data-element-id=callback_call].active, [data-element-id=callback].active")).to_have_count(1)
    expect(page.locator("[data-element-id=close_ticket].done, [data-element-id=close_ticket].active")).to_have_count(0)
    assert page.locator(".djs-connection.taken").count() > 5
    page.get_by_role("tab", name="部门办理").click()
    badge = page.locator("[data-container-id=handle_matter] .visit-badge")
    expect(badge).to_have_text("3 次")  # two departments, one of them sent back
    taken = page.locator("[data-element-id=department_handling] .djs-connection.taken, .djs-connection.taken")
    assert taken.count() > 5


def test_an_overdue_step_is_red_on_the_diagram(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    story = begin()
    live_server.clock.advance(days=10)
    sign_in_page(page, "intake1")
    open_diagram(page, f"/tickets/{story.number}")
    expect(page.locator("[data-element-id=accept_ticket].active.overdue")).to_have_count(1)
    expect(page.locator("[data-container-id=accept_ticket] .visit-badge.overdue")).to_have_text("超时")


def test_the_licence_logo_stays_visible_and_uncovered(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin()
    sign_in_page(page, "intake1")
    open_diagram(page, f"/tickets/{story.number}")
    logo = page.locator(".bjs-powered-by")
    logo.scroll_into_view_if_needed()
    expect(logo).to_be_visible()
    box = logo.bounding_box()
    assert box is not None
    on_top = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y)?.closest('.bjs-powered-by') !== null",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert on_top


def test_nothing_in_the_viewer_is_left_untranslated(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch()
    sign_in_page(page, "intake1")
    open_diagram(page, f"/tickets/{story.number}")
    for tab in page.get_by_role("tab").all():
        tab.click()
    assert page.evaluate("() => [...document.querySelector('[data-diagram]').untranslated]") == []


def test_the_tabs_obey_the_arrow_keys(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch()
    sign_in_page(page, "intake1")
    open_diagram(page, f"/tickets/{story.number}")
    page.get_by_role("tab", name="工单处置主流程").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-diagram]")).not_to_have_attribute("data-shown", "ticket_handling")
    expect(page.locator("[role=tab]:focus")).to_have_attribute("aria-selected", "true")


def test_the_steps_are_told_in_text_too(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_diagram(page, f"/tickets/{story.number}")
    page.locator(".diagram-steps summary").click()
    expect(page.locator(".diagram-steps li", has_text="受理审核")).to_contain_text("已完成")


def test_a_finger_moves_the_diagram_and_two_fingers_zoom(phone: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(phone, "intake1")
    open_diagram(phone, f"/tickets/{story.number}")
    canvas = phone.locator("[data-canvas]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    transform = "() => document.querySelector('.djs-container .viewport').getAttribute('transform')"
    before = phone.evaluate(transform)
    touch = phone.context.new_cdp_session(phone)

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        found = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})

    fingers("touchStart", (x, y))
    fingers("touchMove", (x - 60, y - 20))
    fingers("touchEnd")
    moved = phone.evaluate(transform)
    assert moved != before
    fingers("touchStart", (x - 20, y), (x + 20, y))
    fingers("touchMove", (x - 60, y), (x + 60, y))
    fingers("touchEnd")
    scale = [float(text.split("(")[1].split(",")[0]) for text in (moved, phone.evaluate(transform))]
    assert scale[1] > scale[0] * 1.5


def test_a_version_is_read_with_its_diagram_and_decision_tables(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, "auditor")
    page.goto("/process-definitions")
    page.get_by_role("link", name="工单处置主流程").click()
    page.wait_for_selector("[data-diagram][data-ready]")
    expect(page.locator("[data-element-id=accept_ticket]").first).to_be_attached()
    table = page.locator("details.decision", has_text="管理责任清单")
    table.locator("summary").click()
    expect(table).to_contain_text("社区平安办")
    assert "office_safety" not in table.inner_text()


def test_definitions_are_closed_to_departments(sign_in: SignIn) -> None:
    assert sign_in(f"{LEAD}_a").get("/process-definitions").status_code == 403
