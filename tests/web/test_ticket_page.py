"""The ticket page: due dates, the caller, timeline and diagram, files, corrections by hand, and its scope."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from engine import audit, process_definitions, process_instances
from engine.transaction import SYSTEM
from hotline import attachments
from tests.conftest import MONDAY_MORNING
from tests.engine.conftest import form
from tests.engine.diagrams import document, end, files, flows, start, user_task
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import CALLER_NAME, CALLER_PHONE, CO, LEAD

FOREIGN = "office_business_a"  # a department that has no part in any of these tickets


def open_ticket(page: Page, number: str) -> None:
    page.goto(f"/tickets/{number}")
    page.wait_for_selector("[data-diagram][data-ready]")


@pytest.mark.browser
@pytest.mark.clause("3.0-1")
def test_three_due_dates_stand_side_by_side_and_the_platforms_counts(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin(district_due_at=MONDAY_MORNING + timedelta(days=7)).accept().dispatch()
    sign_in_page(page, "intake1")
    open_ticket(page, story.number)
    cards = page.locator(".due-card")
    expect(cards.locator("h2")).to_have_text(["部门时限", "本街道时限", "区平台时限"])
    expect(page.locator(".due-card.counts")).to_contain_text("以区平台为准；比本街道时限早 2 天 14 小时")
    cards.nth(1).locator("summary").click()
    expect(cards.nth(1)).to_contain_text("自2026年3月2日")


@pytest.mark.browser
@pytest.mark.clause("A6-5")
def test_the_caller_is_shown_only_for_a_reason_and_on_record(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    story = begin()
    sign_in_page(page, "intake1")
    open_ticket(page, story.number)
    expect(page.locator("#caller")).to_contain_text("138****5678")
    assert CALLER_PHONE not in page.content()
    page.locator("#caller").get_by_role("link", name="查看").click()
    page.locator("#caller").get_by_role("button", name="查看").click()
    expect(page.locator("#caller")).to_contain_text("请填写查看原因")
    page.get_by_label("查看原因").fill("回访核实诉求")
    page.keyboard.press("Enter")
    expect(page.locator("#caller")).to_contain_text(f"{CALLER_NAME} {CALLER_PHONE}")
    with live_server.runtime.read(SYSTEM) as tx:
        last = audit.entries(tx, audit.instance_stream(story.number))[-1]
    assert (last.actor, last.action, last.detail["reason"]) == ("intake1", "caller_viewed", "回访核实诉求")


@pytest.mark.clause("3.2.1-8")
def test_a_department_never_sees_the_caller_of_a_confidential_ticket(begin: Begin, sign_in: SignIn) -> None:
    story = begin(confidential=True).accept().dispatch()
    department = sign_in(f"{LEAD}_a")
    page = department.get(f"/tickets/{story.number}").text
    assert "信息保密" in page
    assert "138****5678" not in page
    refused = department.post(f"/tickets/{story.number}/caller", data={"reason": "想看一下"})
    assert refused.status_code == 422
    assert CALLER_PHONE not in refused.text


@pytest.mark.browser
def test_timeline_and_diagram_point_at_each_other(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch().handle(CO, send_back=True).handle(LEAD)
    sign_in_page(page, "intake1")
    open_ticket(page, story.number)
    diagram = page.locator("[data-diagram]")
    page.locator(".event [data-locate]", has_text="提交结案报告").first.click()
    expect(diagram).to_have_attribute("data-shown", "department_handling")
    expect(page.locator("[data-element-id=submit_closing_report].focus")).to_have_count(1)
    page.get_by_role("button", name="全图").click()
    page.locator("[data-element-id=review_closing_report] .djs-hit").first.click()
    expect(page.locator("[data-filter]")).to_contain_text("只看“审核结案报告”")
    shown = page.locator(".event:visible .event-what")
    assert all("结案报告" in text for text in shown.all_inner_texts())
    assert 0 < shown.count() < page.locator(".event").count()
    page.get_by_role("button", name="显示全部").click()
    expect(page.locator(".event:visible")).to_have_count(page.locator(".event").count())


@pytest.mark.browser
def test_the_newest_step_comes_first_until_the_reader_turns_the_order(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_ticket(page, story.number)
    expect(page.locator(".event").first).to_contain_text("受理审核")
    page.get_by_label("最新在前").uncheck()
    expect(page.locator(".event").first).to_contain_text("登记工单")
    page.reload()
    expect(page.locator(".event").first).to_contain_text("登记工单")


@pytest.mark.browser
def test_on_the_phone_the_timeline_stands_before_the_diagram_and_nothing_overflows(
    phone: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept().dispatch()
    sign_in_page(phone, "intake1")
    open_ticket(phone, story.number)
    tops = [phone.locator(name).bounding_box() for name in (".timeline-panel", "[data-diagram]")]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] < tops[1]["y"]
    assert phone.evaluate("() => document.documentElement.scrollWidth") == 390


@pytest.mark.browser
def test_another_class_needs_a_reason_and_moves_the_due_date(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_ticket(page, story.number)
    page.get_by_role("link", name="调整类别").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("疑难").click()
    dialog.get_by_role("button", name="确定调整").click()
    expect(dialog).to_contain_text("请填写调整类别的理由")
    dialog.get_by_label("原因").fill("须多部门会商")
    dialog.get_by_role("button", name="确定调整").click()
    expect(page.locator(".flash[role=status]")).to_contain_text("已调整为“疑难”")
    expect(page.locator(".event").first).to_contain_text("复杂 → 疑难")


def test_a_ticket_that_changed_meanwhile_is_not_overwritten(begin: Begin, sign_in: SignIn) -> None:
    story = begin().accept()
    form = {"matter_class": "difficult", "reason": "须会商", "version": "1"}
    answer = sign_in("intake1").post(f"/tickets/{story.number}/reclassify", data=form)
    assert answer.status_code == 409
    assert "工单在您查看之后已有变动" in answer.text


def test_a_step_is_handed_to_another_person_with_a_reason(begin: Begin, sign_in: SignIn) -> None:
    story = begin().accept()
    head = sign_in("center_head")
    [task] = story.open()
    form = {"user_task_id": task.id, "assignee": "intake2", "reason": ""}
    assert "此项必填" in head.post(f"/tickets/{story.number}/reassign", data=form).text
    answer = head.post(f"/tickets/{story.number}/reassign", data={**form, "reason": "轮班"})
    assert answer.status_code == 303, answer.text
    assert story.open()[0].assignee == "intake2"


def test_reassigning_reaches_no_step_of_another_ticket(begin: Begin, sign_in: SignIn) -> None:
    mine, other = begin().accept(), begin(title="另一件").accept()
    [task] = other.open()
    form = {"user_task_id": task.id, "assignee": "intake2", "reason": "轮班"}
    assert sign_in("center_head").post(f"/tickets/{mine.number}/reassign", data=form).status_code == 404
    assert other.open()[0].assignee is None


def test_a_foreign_department_finds_nothing_of_a_ticket(begin: Begin, sign_in: SignIn, live_server: LiveServer) -> None:
    story = begin().accept().dispatch().handle(CO).handle(LEAD).close()
    with live_server.runtime.read(SYSTEM) as tx:
        files = attachments.of_ticket(tx, story.number)
    addresses = ["", "/path", "/print", "/result", "/caller"]
    foreign, own = sign_in(FOREIGN), sign_in(f"{LEAD}_a")
    for address in addresses:
        assert foreign.get(f"/tickets/{story.number}{address}").status_code == 404, address
        assert own.get(f"/tickets/{story.number}{address}").status_code == 200, address
    assert foreign.get(f"/attachments/{files[0].id}").status_code == 404
    assert own.get(f"/attachments/{files[0].id}").status_code == 200
    for address in ("/caller", "/result.zip", "/attachments"):
        answer = foreign.post(
            f"/tickets/{story.number}{address}", data={"reason": "查看"}, files={"files": ("a", b"x")}
        )
        assert answer.status_code == 404, address
    assert story.number not in foreign.get("/tickets").text


def test_a_foreign_department_does_not_open_or_complete_its_tasks(begin: Begin, sign_in: SignIn) -> None:
    story = begin().accept().dispatch()
    task = next(task for task in story.open() if LEAD in task.candidate_groups)
    foreign = sign_in(FOREIGN)
    assert foreign.get(f"/user-tasks/{task.id}").status_code in (403, 404)
    assert foreign.post(f"/user-tasks/{task.id}", data={"contact_result": "reached"}).status_code in (403, 404, 405)
    assert {open_task.id for open_task in story.open()} >= {task.id}


def test_corrections_are_refused_to_who_may_not_make_them(begin: Begin, sign_in: SignIn) -> None:
    story = begin().accept().dispatch()
    handler = sign_in(f"{LEAD}_a")
    for action in ("reclassify", "reassign"):
        assert handler.get(f"/tickets/{story.number}/{action}").status_code == 403
        assert handler.post(f"/tickets/{story.number}/{action}", data={"reason": "想改"}).status_code == 403


def test_files_come_as_downloads_that_cannot_run(begin: Begin, sign_in: SignIn, live_server: LiveServer) -> None:
    story = begin().accept().dispatch().handle(CO)
    with live_server.runtime.read(SYSTEM) as tx:
        photo, recording = sorted(attachments.of_ticket(tx, story.number), key=lambda each: each.kind)
    client = sign_in("intake1")
    answer = client.get(f"/attachments/{photo.id}")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    part = client.get(f"/attachments/{recording.id}?inline=1", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert part.headers["content-disposition"].startswith("inline;")
    assert part.headers["content-range"] == f"bytes 0-9/{recording.size}"


@pytest.mark.browser
def test_the_reply_points_are_copied_even_where_the_clipboard_is_locked(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept().dispatch().handle(CO).handle(LEAD).close()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    sign_in_page(page, "intake1")
    page.goto(f"/tickets/{story.number}/result")
    page.locator("[data-copy=points]").click()
    expect(page.locator("#points-copied")).to_have_text("已复制")
    assert page.evaluate("() => getSelection().toString()") == page.locator("#points").inner_text()
    assert CALLER_NAME not in page.locator("#full").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载结果包").click()
    assert download.value.suggested_filename == f"{story.number}_结果.zip"


def test_the_list_filters_sorts_and_pages(begin: Begin, sign_in: SignIn, live_server: LiveServer) -> None:
    late = begin(title="甲事项", recheck=True).accept("urgent")
    live_server.clock.advance(days=9)
    fresh = begin(title="乙事项", address="曹杨路1号", caller_phone="13900000001")
    client = sign_in("intake1")

    def found(query: str) -> list[str]:
        text = client.get(f"/tickets?{query}", headers={"HX-Request": "true"}).text
        return sorted((n for n in (late.number, fresh.number) if n in text), key=text.index)

    assert found("") == [fresh.number, late.number]
    assert found("sort=received") == [late.number, fresh.number]
    assert found("overdue=1") == [late.number]
    assert found("mark=recheck") == [late.number]
    assert found("q=乙事项") == [fresh.number]
    assert found("state=intake") == [fresh.number]
    assert client.get("/tickets?sort=title%3Bdrop").status_code == 422


def test_a_process_beside_the_handling_is_shown_on_the_tickets_page_and_can_be_opened_by_number(
    begin: Begin, sign_in: SignIn, live_server: LiveServer
) -> None:
    story = begin()
    diagram = document("urging", start(), user_task("urge", "center_head"), end(), flows("start", "urge", "end"))
    with live_server.runtime.write(SYSTEM) as tx:
        process_definitions.deploy(tx, files(("urging", diagram), forms={"urging/urge": form()}), "test")
        beside = process_instances.start(tx, "urging", story.number, {})
    head, owner = sign_in("center_head"), sign_in("process_owner")
    page = head.get(f"/tickets/{story.number}")
    tabs = re.findall(r'id="tab-(\w+)".*?aria-selected="(\w+)"', page.text)
    assert tabs == [("ticket_handling", "true"), ("urging", "false")]
    assert 'data-process="urging" data-element="start"' in page.text
    path = head.get(f"/tickets/{story.number}/path").json()
    assert [visit["element"] for visit in path["urging"]["visits"]] == ["start", "urge"]
    assert "accept_ticket" in [visit["element"] for visit in path["ticket_handling"]["visits"]]
    chosen = owner.get("/incidents", params={"number": story.number})
    assert f"/process-instances/{beside.id}" in chosen.text
    opened = owner.get(f"/process-instances/{beside.id}").text
    assert "同一编号下的其他流程" in opened
    assert "accept_ticket" not in opened
