"""What every answer carries, and which requests are refused before anything is read."""

from __future__ import annotations

import httpx
import pytest
from starlette.datastructures import Headers

from tests.server import LiveServer
from tests.web.conftest import SignIn
from web.assets import Assets, AssetsMissing
from web.security import POLICY, is_same_origin
from web.session import COOKIE


@pytest.mark.parametrize("path", ["/login", "/inbox", "/static/favicon.svg", "/no-such-page"])
def test_every_answer_carries_the_policy(live_server: LiveServer, path: str) -> None:
    answer = httpx.get(live_server.url + path, trust_env=False)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in POLICY


def test_pages_are_not_kept_and_hashed_files_are_kept_for_ever(sign_in: SignIn) -> None:
    client = sign_in("intake1")
    assert client.get("/inbox").headers["Cache-Control"] == "no-store"
    script = client.get(Assets()("src/app.js").script)
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["Content-Encoding"] == "gzip"
    assert script.headers["Content-Type"].startswith("text/javascript")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(live_server: LiveServer) -> None:
    answer = httpx.post(
        f"{live_server.url}/login", data={"login": "intake1", "password": live_server.password}, trust_env=False
    )
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": "http://evil.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": ""},
    ],
)
def test_a_change_another_site_asked_for_is_refused(sign_in: SignIn, headers: dict[str, str]) -> None:
    client = sign_in("intake1")
    client.headers.pop("Origin")
    answer = client.post("/logout", headers=headers)
    assert answer.status_code == 403
    assert "不是从本系统的页面发出的" in answer.text
    assert client.get("/inbox").status_code == 200  # still logged in


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "hotline.intranet", "origin": "http://hotline.intranet"}, True),
        ({"host": "hotline.intranet:8000", "origin": "http://hotline.intranet:8000"}, True),
        ({"host": "hotline.intranet:8000", "origin": "http://hotline.intranet"}, False),
        ({"host": "a.intranet", "origin": "http://a.intranet.evil.example"}, False),
        ({"host": "a.intranet", "referer": "http://a.intranet/inbox"}, True),
        ({"host": "a.intranet", "cookie": f"{COOKIE}=x"}, False),
        ({"host": "a.intranet"}, True),  # a program: no browser, no cookie
    ],
)
def test_on_plain_http_the_origin_is_compared_with_the_host(headers: dict[str, str], *, expected: bool) -> None:
    assert is_same_origin(Headers(headers), COOKIE) is expected


def test_reading_is_never_refused_for_its_origin(sign_in: SignIn) -> None:
    client = sign_in("intake1")
    assert client.get("/inbox", headers={"Origin": "http://evil.example"}).status_code == 200


def test_an_unknown_address_is_a_page_in_chinese(sign_in: SignIn) -> None:
    client = sign_in("intake1")
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
    assert 'href="/tickets"' in answer.text
    assert "去登录" not in answer.text
    client.cookies.clear()
    answer = client.get("/no-such-page")
    assert "去登录" in answer.text
    assert 'href="/tickets"' not in answer.text


def test_a_body_without_end_is_refused(sign_in: SignIn) -> None:
    client = sign_in("intake1")
    answer = client.post("/notices/read", content=iter([b"a=1"]), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 413


def test_a_missing_front_end_build_says_what_to_run(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from web import rendering

    def missing(entry: str) -> None:
        raise AssetsMissing(entry)

    monkeypatch.setitem(rendering.templates.globals, "assets", missing)
    rendering.templates.cache.clear()
    try:
        answer = httpx.get(f"{live_server.url}/login", trust_env=False)
    finally:
        rendering.templates.cache.clear()
    assert answer.status_code == 503
    assert "make run" in answer.text
