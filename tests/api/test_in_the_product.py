"""The API beside the pages: one login for both, each with errors of its own kind."""

from __future__ import annotations

from datetime import timedelta

import httpx

from engine import idempotency, worker
from engine.transaction import SYSTEM, Actor, Runtime
from tests.api.serving import problem
from tests.server import LiveServer


def test_the_pages_and_the_api_share_the_login(live_server: LiveServer) -> None:
    with httpx.Client(base_url=live_server.url, headers={"Origin": live_server.url}, trust_env=False) as browser:
        form = {"login": "intake1", "password": live_server.password}
        assert browser.post("/login", data=form).status_code == 303
        me = browser.get("/api/sessions/me").json()
        assert me["login"] == "intake1"
        assert browser.get("/api/tickets").status_code == 200
        assert browser.delete("/api/sessions/me").status_code == 204
        assert browser.get("/inbox").headers["location"].startswith("/login")


def test_under_api_every_error_is_a_problem_and_elsewhere_a_page(live_server: LiveServer) -> None:
    with httpx.Client(base_url=live_server.url, trust_env=False) as stranger:
        problem(stranger.get("/api/no-such-noun"), 401)
        problem(stranger.post("/api/sessions", json={}, headers={"Origin": "https://evil.example"}), 403)
        problem(stranger.post("/api/sessions", json={}), 422)
        assert stranger.get("/api/health/ready").json() == {"status": "ok"}
        page = stranger.get("/no-such-page")
        assert "json" not in page.headers["content-type"]


def test_the_worker_forgets_keys_after_a_week(runtime: Runtime) -> None:
    someone = Actor("intake1", "沈佳怡")
    for key, age in (("old", timedelta(days=8)), ("new", timedelta(days=6))):
        runtime.clock.now -= age
        with runtime.write(someone) as tx:
            assert idempotency.claim(tx, key, "0" * 64) is None
            idempotency.keep(tx, key, idempotency.Answer(200, b"{}"))
        runtime.clock.now += age
    worker._forget_old_keys(runtime)
    with runtime.write(SYSTEM) as tx:
        assert idempotency.forget(tx, tx.now) == 1
