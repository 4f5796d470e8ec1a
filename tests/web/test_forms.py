"""Forms: a schema as fields, posted text as data, and the same in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from starlette.datastructures import FormData

from tests.answers import schema_of
from tests.web.conftest import Begin, SignInPage
from web import forms

SCHEMA = {
    "type": "object",
    "properties": {
        "decision": {"type": "string", "enum": ["go", "stop"], "x-labels": {"go": "继续", "stop": "停止"}},
        "reason": {"type": "string", "x-show-when": {"field": "decision", "in": ["stop"]}, "x-widget": "textarea"},
        "detail": {"type": "string", "x-show-when": {"field": "reason", "in": ["other"]}},
        "count": {"type": "integer"},
        "at": {"type": "string", "format": "date-time", "x-widget": "datetime"},
        "sure": {"type": "boolean"},
        "places": {"type": "array", "items": {"type": "string"}, "x-options": "areas"},
    },
    "required": ["decision"],
    "allOf": [
        {
            "if": {"properties": {"decision": {"const": "stop"}}, "required": ["decision"]},
            "then": {"required": ["reason"]},
        }
    ],
}


def posted(*pairs: tuple[str, str]) -> FormData:
    return FormData(list(pairs))


def test_posted_text_becomes_the_types_of_the_schema() -> None:
    data = forms.coerce(
        SCHEMA,
        posted(
            ("decision", " go "),
            ("count", "12"),
            ("at", "2026-03-02T09:30"),
            ("sure", "true"),
            ("places", "a"),
            ("places", "b"),
        ),
    )
    assert data == {
        "decision": "go",
        "count": 12,
        "at": "2026-03-02T09:30:00+08:00",
        "sure": True,
        "places": ["a", "b"],
    }


def test_what_is_empty_is_left_out_and_an_unticked_box_is_no() -> None:
    assert forms.coerce(SCHEMA, posted(("decision", ""), ("count", ""))) == {"sure": False}


def test_what_a_hidden_field_still_holds_does_not_count() -> None:
    data = forms.coerce(SCHEMA, posted(("decision", "go"), ("reason", "other"), ("detail", "left over")))
    assert data == {"decision": "go", "sure": False}


def test_an_unreadable_number_is_kept_for_the_validation_to_refuse() -> None:
    assert forms.coerce(SCHEMA, posted(("count", "many")))["count"] == "many"


def test_a_field_the_schema_does_not_know_is_not_swallowed() -> None:
    assert forms.coerce(SCHEMA, posted(("lead", "enforcement_team"), ("_submit", "1")))["lead"] == "enforcement_team"


def test_the_star_stands_where_the_answer_that_shows_a_field_also_requires_it() -> None:
    [section] = forms.sections(SCHEMA, {"decision": "stop"}, {})
    required = {field.name for field in section.fields if field.required}
    shown = {field.name for field in section.fields if field.shown}
    assert required == {"decision", "reason"}
    assert "reason" in shown
    assert "detail" not in shown


def test_labels_come_from_the_schema_or_the_catalogue() -> None:
    [section] = forms.sections(SCHEMA, {}, {"areas": {"a": "真光片区"}})
    options = {field.name: field.options for field in section.fields}
    assert options["decision"] == {"go": "继续", "stop": "停止"}
    assert options["places"] == {"a": "真光片区"}


@pytest.mark.parametrize(
    ("process", "form"),
    [
        ("ticket_handling", "dispatch_ticket"),
        ("department_handling", "submit_closing_report"),
        ("caller_contact", "record_contact_attempt"),
    ],
)
def test_every_widget_of_the_shipped_forms_can_be_drawn(process: str, form: str) -> None:
    known = {"text", "textarea", "radio", "select", "multiselect", "checkbox", "datetime", "date", "number", "files"}
    schema = schema_of(process, form)
    assert {forms.widget_of(part) for part in schema["properties"].values()} <= known


@pytest.mark.browser
def test_fields_show_and_hide_with_the_answer_they_hang_on(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    [task] = begin().open()
    sign_in_page(page, "intake1")
    page.goto(f"/user-tasks/{task.id}")
    category = page.get_by_text("不予受理类别")
    expect(category).to_be_hidden()
    page.locator("#acceptance").get_by_text("不予受理").click()
    expect(category).to_be_visible()
    expect(page.get_by_text("事项类别")).to_be_hidden()
    page.locator("#acceptance").get_by_text("受理", exact=True).click()
    expect(category).to_be_hidden()
    expect(page.get_by_text("事项类别")).to_be_visible()


@pytest.mark.browser
@pytest.mark.clause("3.1.1-0")
def test_typing_finds_one_of_104_items_and_the_list_says_who_is_responsible(
    page: Page, sign_in_page: SignInPage, begin: Begin
) -> None:
    story = begin().accept()
    story.do("record_contact_attempt", contact_result="reached", time_slot="morning")
    [task] = story.open()
    sign_in_page(page, "intake1")
    page.goto(f"/user-tasks/{task.id}")
    page.locator("#dispatch_decision label").first.click()
    page.locator("#dispatch_basis").get_by_text("按责任清单").click()
    expect(page.get_by_label("所属片区")).to_have_value("area_zhenguang")  # told by the address
    box = page.get_by_role("combobox", name="责任清单事项")
    box.fill("占用物业共用")
    expect(page.locator(".combobox [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box).to_have_value(
        "31. 占用物业共用部分（对在房屋主体楼道内以固定的形式（如安装铁门等）占用物业共用部分行为）"
    )
    expect(page.locator("#decision")).to_contain_text("真光片区")
    expect(page.locator("#decision")).to_contain_text("综合行政执法队")
    page.locator("#dispatch_basis").get_by_text("人工指定").click()
    expect(page.locator("#decision")).to_be_empty()


@pytest.mark.browser
def test_a_long_list_is_usable_by_keyboard_alone(page: Page, sign_in_page: SignInPage, begin: Begin) -> None:
    story = begin().accept()
    story.do("record_contact_attempt", contact_result="reached", time_slot="morning")
    [task] = story.open()
    sign_in_page(page, "intake1")
    page.goto(f"/user-tasks/{task.id}")
    page.locator("#dispatch_decision label").first.click()
    box = page.get_by_role("combobox", name="责任清单事项")
    box.focus()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator("select#item_number")).to_have_value("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("select#item_number")).to_have_value("2")
