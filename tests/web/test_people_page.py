"""People, posts, absences and tokens from the pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.transaction import SYSTEM
from hotline import persons
from tests.server import LiveServer
from tests.web.conftest import Begin, SignIn, SignInPage
from tests.web.story import LEAD


def id_of(server: LiveServer, login: str) -> str:
    with server.runtime.read(SYSTEM) as tx:
        found = persons.by_login(tx, login)
    assert found is not None
    return found.id


@pytest.mark.browser
def test_a_new_person_gets_a_one_time_password_that_is_shown_once(
    page: Page, sign_in_page: SignInPage, sign_in: SignIn, live_server: LiveServer
) -> None:
    sign_in_page(page, "administrator")
    page.goto("/people/new")
    page.get_by_label("姓名").fill("新同事")
    page.get_by_label("登录名").fill("Xin Tongshi")
    page.get_by_role("button", name="新建").click()
    expect(page.locator("#login-error")).to_contain_text("登录名须以字母开头")
    page.get_by_label("登录名").fill("xin_tongshi")
    page.get_by_label("部门").first.select_option("office_business")
    page.get_by_label("角色").first.select_option("handler")
    page.get_by_role("button", name="新建").click()
    password = page.locator("#secret").inner_text()
    assert len(password) > 8
    page.get_by_role("link", name="完成").click()
    expect(page.locator("h1")).to_have_text("新同事")
    assert password not in page.content()
    with pytest.raises(AssertionError):
        sign_in("xin_tongshi")  # the demo password is not this person's
    assert live_server.password != password


@pytest.mark.clause("2-2")
@pytest.mark.browser
def test_vacant_posts_are_shown_and_absence_names_who_takes_over(page: Page, sign_in_page: SignInPage) -> None:
    sign_in_page(page, f"{LEAD}_a")
    page.goto("/profile")
    expect(page.locator("main")).to_contain_text("B角")
    page.get_by_label("缺岗至").fill("2026-03-05T18:00")
    page.get_by_role("button", name="登记缺岗").click()
    expect(page.locator(".flash[role=status]")).to_contain_text("已登记缺岗")
    expect(page.locator("main")).to_contain_text("缺岗至 2026-03-05 18:00")
    page.get_by_role("button", name="已回岗").click()
    expect(page.locator(".flash[role=status]")).to_contain_text("已取消缺岗")


@pytest.mark.clause("2-2")
def test_an_absent_handlers_claimed_task_goes_to_the_other_one(
    begin: Begin, sign_in: SignIn, live_server: LiveServer
) -> None:
    story = begin().accept().dispatch()
    task = next(task for task in story.open() if LEAD in task.candidate_groups)
    handler = sign_in(f"{LEAD}_a")
    assert handler.post(f"/user-tasks/{task.id}/claim").status_code in (200, 303)
    answer = handler.post(
        f"/people/{id_of(live_server, f'{LEAD}_a')}/absence", data={"until": "2026-03-09T18:00"}, follow_redirects=True
    )
    assert "1 项任务已转交另一角" in answer.text
    assert next(each for each in story.open() if each.id == task.id).assignee == f"{LEAD}_b"


def test_posts_changed_meanwhile_are_not_overwritten(sign_in: SignIn, live_server: LiveServer) -> None:
    client, person = sign_in("administrator"), id_of(live_server, "office_business_a")
    form = {
        "department_id": ["office_business"],
        "role": ["handler"],
        "handler_rank": [""],
        "expected": ["office_business/handler/B"],
    }
    answer = client.post(f"/people/{person}/posts", data=form)
    assert answer.status_code == 409
    assert "岗位刚被他人修改过" in answer.text
    right = client.post(f"/people/{person}/posts", data={**form, "expected": ["office_business/handler/A"]})
    assert right.status_code == 303
    assert "缺A角" in client.get("/people").text


def test_a_disabled_person_is_out_at_once_and_may_come_back(sign_in: SignIn, live_server: LiveServer) -> None:
    administrator, person = sign_in("administrator"), id_of(live_server, "callback")
    victim = sign_in("callback")
    assert administrator.post(f"/people/{person}/disable").status_code == 303
    assert victim.get("/inbox").headers["location"].startswith("/login")
    assert administrator.post(f"/people/{person}/enable").status_code == 303
    assert sign_in("callback").get("/inbox").status_code == 200


def test_a_reset_password_is_shown_once_and_must_be_changed(sign_in: SignIn, live_server: LiveServer) -> None:
    administrator, person = sign_in("administrator"), id_of(live_server, "callback")
    shown = administrator.post(f"/people/{person}/reset-password").text
    password = shown.split('<code id="secret">')[1].split("<")[0]
    assert password not in administrator.get(f"/people/{person}").text
    client = sign_in("administrator")
    client.cookies.clear()
    assert client.post("/login", data={"login": "callback", "password": password}).status_code == 303
    assert client.get("/tickets").headers["location"] == "/password"


def test_handlers_a_and_b_are_named_for_a_department(sign_in: SignIn, live_server: LiveServer) -> None:
    client = sign_in("administrator")
    a, b = (id_of(live_server, f"office_business_{rank}") for rank in "ab")
    same = client.post("/people/departments/office_business", data={"handler_a": a, "handler_b": a})
    assert same.status_code == 422
    assert client.post("/people/departments/office_business", data={"handler_a": b, "handler_b": a}).status_code == 303
    assert client.get("/people/departments").status_code == 200


def test_a_token_is_shown_once_works_and_ends(sign_in: SignIn, live_server: LiveServer) -> None:
    client = sign_in("administrator")
    assert "请至少选择一个范围" in client.post("/api-tokens", data={"name": "同步"}).text
    shown = client.post("/api-tokens", data={"name": "同步", "scopes": ["people.view"]}).text
    secret = shown.split('<code id="secret">')[1].split("<")[0]
    assert secret not in client.get("/api-tokens").text
    bearer = {"Authorization": f"Bearer {secret}"}
    client.cookies.clear()
    assert client.get("/api/people", headers=bearer).status_code == 200
    administrator = sign_in("administrator")
    token_id = administrator.get("/api-tokens").text.split("/api-tokens/")[1].split("/revoke")[0]
    assert administrator.post(f"/api-tokens/{token_id}/revoke").status_code == 303
    assert client.get("/api/people", headers=bearer).status_code == 401


def test_people_are_managed_by_administrators_only(sign_in: SignIn, live_server: LiveServer) -> None:
    handler, person = sign_in(f"{LEAD}_a"), id_of(live_server, "callback")
    assert handler.get("/people").status_code == 403
    assert handler.get(f"/people/{person}").status_code == 403
    head = sign_in("center_head")
    assert head.get("/people").status_code == 200
    for client in (handler, head):
        assert client.get("/people/new").status_code == 403
        assert client.get("/api-tokens").status_code == 403
        for action in ("disable", "enable", "reset-password", "contact", "posts"):
            form = {"name": "某人"} if action == "contact" else {}
            assert client.post(f"/people/{person}/{action}", data=form).status_code == 403, action
