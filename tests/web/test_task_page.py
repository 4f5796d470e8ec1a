"""The task page: form and ticket, deadlines and clauses, drafts, files, conflicts, what was sent back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import user_tasks
from engine.transaction import SYSTEM
from tests.chromium import OpenPage, Strictness
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import CO, LEAD, Story, png, principal

FOREIGN = "office_business_a"


def open_task(page: Page, story: Story, group: str | None = None) -> None:
    [task] = [t for t in story.open() if group is None or group in t.candidate_groups]
    page.goto(f"/user-tasks/{task.id}")


@pytest.mark.browser
@pytest.mark.clause("3.2.1-3")
def test_form_and_ticket_stand_side_by_side_and_the_deadline_explains_itself(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_task(page, story)
    form, ticket = page.locator("#task-form").bounding_box(), page.get_by_text("工单内容").bounding_box()
    assert form is not None
    assert ticket is not None
    assert ticket["x"] >= form["x"] + form["width"]
    expect(page.locator(".ticket-text")).to_contain_text("占道设摊")
    page.get_by_text("如何计算").click()
    expect(page.locator(".task-facts")).to_contain_text("自2026年3月2日（周一）")
    expect(page.locator(".task-facts")).to_contain_text("1个工作日")


@pytest.mark.browser
def test_a_clause_chip_opens_the_text(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_task(page, story)
    page.locator("#contact_result .clause").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("一级先行联系：受理后1个工作日内")
    expect(dialog).to_contain_text("3.2.1-1")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.browser
@pytest.mark.clause("3.2.1-9")
def test_the_wording_names_caller_place_and_matter(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_task(page, story)
    wording = page.locator("#wording")
    expect(wording).to_contain_text("王先生／女士，您好！我是真如镇街道“12345”热线平台")
    expect(wording).to_contain_text("真光路1001弄门口有“占道设摊影响通行”的情况吗？")


@pytest.mark.browser
@pytest.mark.clause("3.2.1-8")
def test_the_wording_of_a_confidential_ticket_gives_no_name_away(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin(confidential=True).accept()
    story.dispatch()
    sign_in_page(page, f"{LEAD}_a")
    open_task(page, story, LEAD)
    expect(page.locator("main")).not_to_contain_text("王先生")
    assert "13812345678" not in page.content()


@pytest.mark.browser
def test_mistakes_are_named_in_place_and_what_was_typed_stays(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin()
    sign_in_page(page, "intake1")
    open_task(page, story)
    page.locator("#acceptance").get_by_text("不予受理").click()
    page.get_by_label("不予受理理由").fill("正在处理中")
    page.get_by_role("button", name="提交").click()
    summary = page.locator(".callout.bad")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("不予受理类别")
    field = page.locator("[data-field=refusal_category]")
    expect(field.locator(".field-error")).to_be_visible()
    expect(field.locator("[aria-invalid=true]").first).to_be_visible()
    expect(page.get_by_label("不予受理理由")).to_have_value("正在处理中")
    assert [task.element_id for task in story.open()] == ["accept_ticket"]


@pytest.mark.browser
def test_after_submitting_the_inbox_says_where_the_ticket_goes(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin()
    sign_in_page(page, "intake1")
    open_task(page, story)
    page.locator("#acceptance label").first.click()
    page.locator("#matter_class").get_by_text("复杂").click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/inbox")
    expect(page.locator(".flash.good")).to_contain_text(f"已提交，工单 {story.number} 下一步：联系来电人")
    page.reload()
    expect(page.locator(".flash.good")).to_have_count(0)  # said once


@pytest.mark.browser
def test_who_comes_second_learns_who_was_faster_and_keeps_the_text(
    page: Page, sign_in_page: SignInPage, begin: Begin, live_server: LiveServer
) -> None:
    story = begin()
    sign_in_page(page, "intake1")
    open_task(page, story)
    page.locator("#acceptance label").first.click()
    page.locator("#matter_class").get_by_text("复杂").click()
    [task] = story.open()
    with live_server.runtime.read(SYSTEM) as tx:
        colleague = principal(tx, "intake2")
    with live_server.runtime.write(colleague.actor) as tx:
        user_tasks.complete(tx, task.id, {"acceptance": "accept", "matter_class": "urgent"})
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.get_by_role("button", name="提交").click()
    assert answer.value.status == 409
    expect(page.locator(".callout.bad")).to_contain_text("陆晨曦 已于 2026-03-02 09:00 办完")
    expect(page.locator(".callout.bad")).to_contain_text("没有记入工单")
    expect(page.get_by_role("link", name="查看最新进展")).to_be_visible()


@pytest.mark.browser
def test_a_draft_survives_the_closed_window(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    open_task(page, story)
    page.locator("#contact_result").get_by_text("已联系上").click()
    page.get_by_label("核实的具体诉求").fill("已核对，与工单一致")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator("[data-draft-state]")).to_have_text("草稿已保存 09:20")
    open_task(page, story)
    expect(page.get_by_text("已恢复上次保存的草稿")).to_be_visible()
    expect(page.get_by_label("核实的具体诉求")).to_have_value("已核对，与工单一致")
    expect(page.locator("#contact_result input[value=reached]")).to_be_checked()


@pytest.mark.browser
def test_what_was_typed_is_saved_by_itself(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    sign_in_page(page, "intake1")
    page.clock.install()
    open_task(page, story)
    page.get_by_label("备注").fill("下午再打")
    page.clock.fast_forward(21_000)
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    [task] = story.open()
    assert task.draft is not None
    assert task.draft["attempt_remark"] == "下午再打"


@pytest.mark.browser
@pytest.mark.clause("3.3-4")
def test_files_go_up_at_once_and_their_limits_are_checked_before(
    page: Page, sign_in_page: SignInPage, begin: Begin, tmp_path: Path, strictness: Strictness
) -> None:
    story = begin().accept()
    large, script = tmp_path / "大文件.jpg", tmp_path / "脚本.jpg"
    large.write_bytes(b"\xff\xd8\xff" + bytes(10 * 1024 * 1024))
    script.write_bytes(b"<script>alert(1)</script>")
    pictures = [tmp_path / f"现场{number}.png" for number in range(4)]
    for number, picture in enumerate(pictures):
        picture.write_bytes(png(16 + number))
    sign_in_page(page, "intake1")
    open_task(page, story)
    chooser, files = page.locator("input[type=file]"), page.locator("[data-uploads] .file")
    chooser.set_input_files(large)
    expect(files.get_by_text("超过 10 MB")).to_be_visible()
    chooser.set_input_files(script)
    expect(page.locator("[data-uploads]")).to_contain_text("不是可接受的文件类型")
    chooser.set_input_files(pictures)
    expect(page.locator("[data-uploads] .file:not(.bad) a")).to_have_count(3)
    expect(page.locator("[data-uploads]")).to_contain_text("现场3.png：超过 3 个，没有上传")
    page.get_by_role("button", name="移除 现场1.png").click()
    page.locator("#contact_result").get_by_text("已联系上").click()
    page.locator("#time_slot").get_by_text("上午").click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/inbox")


@pytest.mark.browser
@pytest.mark.clause("3.3-15")
def test_what_was_sent_back_is_told_and_the_earlier_answers_are_kept(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept().dispatch()
    story.do("record_contact_attempt", LEAD, contact_result="reached", time_slot="afternoon")
    story.do("handle_matter", LEAD, handling_process="已上门劝离")
    story.do("submit_closing_report", LEAD, handling_process="已上门劝离")
    story.do(
        "review_closing_report",
        review_decision="send_back",
        return_reasons=["missing_elements"],
        review_opinion="缺处置依据，请补充",
    )
    sign_in_page(page, f"{LEAD}_a")
    open_task(page, story, LEAD)
    told = page.locator(".callout.warn")
    expect(told).to_contain_text("上一轮被退回")
    expect(told).to_contain_text("缺处置依据，请补充")
    expect(page.get_by_label("办理过程")).to_have_value("已上门劝离")
    expect(page.locator(".filled[open]")).to_have_count(0)  # what comes later again does not stand in the way


@pytest.mark.browser
@pytest.mark.clause("3.3-15")
def test_the_reviewer_sees_the_report_that_is_to_be_judged(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept().dispatch()
    story.do("record_contact_attempt", CO, contact_result="reached", time_slot="afternoon")
    story.do("handle_matter", CO)
    story.do(
        "submit_closing_report", CO, basis="《上海市市容环境卫生管理条例》第二十五条", fact_finding="substantiated"
    )
    sign_in_page(page, "reviewer")
    open_task(page, story, "center_reviewer")
    report = page.locator(".filled", has_text="结案报告")
    expect(report).to_contain_text("《上海市市容环境卫生管理条例》第二十五条")
    expect(report).to_contain_text("属实")


def test_nobody_outside_the_ticket_sees_or_changes_its_task(sign_in: SignIn, begin: Begin) -> None:
    story = begin().accept().dispatch()
    [task] = [t for t in story.open() if LEAD in t.candidate_groups]
    stranger = sign_in(FOREIGN)
    url = f"/user-tasks/{task.id}"
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, data={"contact_result": "reached", "time_slot": "morning"}).status_code == 404
    assert stranger.post(f"{url}/draft", data={"attempt_remark": "x"}).status_code == 404
    assert stranger.post(f"{url}/attachments", files={"_file": ("a.png", png())}).status_code == 404
    assert stranger.post(f"{url}/claim").status_code in (403, 404)
    assert [t.id for t in story.open() if LEAD in t.candidate_groups] == [task.id]


def test_a_colleague_of_the_same_ticket_only_looks(sign_in: SignIn, begin: Begin) -> None:
    story = begin().accept().dispatch()
    [task] = [t for t in story.open() if LEAD in t.candidate_groups]
    client = sign_in(f"{CO}_a")
    page = client.get(f"/user-tasks/{task.id}")
    assert page.status_code == 200
    assert "您只能查看" in page.text
    assert 'id="task-form"' not in page.text
    assert client.post(f"/user-tasks/{task.id}", data={"contact_result": "reached"}).status_code == 403


def test_a_field_the_form_does_not_have_is_refused(sign_in: SignIn, begin: Begin) -> None:
    story = begin()
    [task] = story.open()
    answer = sign_in("intake1").post(
        f"/user-tasks/{task.id}", data={"acceptance": "accept", "matter_class": "urgent", "lead": "enforcement_team"}
    )
    assert answer.status_code == 422
    assert "表单没有这个字段" in answer.text


@pytest.mark.clause("3.3-4")
def test_without_script_files_come_with_the_form(sign_in: SignIn, begin: Begin, live_server: LiveServer) -> None:
    story = begin().accept()
    [task] = story.open()
    answer = sign_in("intake1").post(
        f"/user-tasks/{task.id}",
        data={"contact_result": "reached", "time_slot": "morning"},
        files={"contact_attachments": ("现场.png", png())},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    with live_server.runtime.read(SYSTEM) as tx:
        attached = tx.runtime.option_catalogues["ticket_attachments"](tx, story.number)
    assert list(attached.values()) == ["现场.png"]


@pytest.mark.browser
def test_on_the_phone_the_form_comes_first_and_the_ticket_is_folded(
    open_page: OpenPage, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept()
    phone = open_page(phone=True)
    sign_in_page(phone, "intake1")
    open_task(phone, story)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    expect(phone.locator(".ticket-text")).to_be_hidden()
    phone.get_by_text("工单内容").click()
    expect(phone.locator(".ticket-text")).to_be_visible()
    choice = phone.locator("#contact_result label").first.bounding_box()
    assert choice is not None
    assert choice["height"] >= 44
