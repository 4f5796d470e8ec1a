"""Notices posted to the office's gateway: as JSON, under the delivery's id, and not taken unless it says so."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import orjson
import pytest

from engine.errors import InvalidInput
from engine.outbox import Delivery
from minhu.notice_push import NotTaken, adapter
from minhu.settings import Settings
from tests.conftest import MONDAY_MORNING

DELIVERY = Delivery("id-1", "notice.push", "ZR1", {"title": "超时", "group_id": "center_head"}, MONDAY_MORNING)


class Gateway(ThreadingHTTPServer):
    """Remembers what was posted and answers `status`."""

    status = 204

    def __init__(self) -> None:
        self.posted: list[tuple[str, str | None, dict[str, object]]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, self.headers["Idempotency-Key"], body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(gateway: Gateway) -> str:
    return f"http://127.0.0.1:{gateway.server_address[1]}/notices?office=1"


def test_a_notice_is_posted_under_its_id(gateway: Gateway) -> None:
    adapter(url(gateway))(DELIVERY)
    body = {"business_key": "ZR1", "title": "超时", "group_id": "center_head"}
    assert gateway.posted == [("/notices?office=1", "id-1", body)]


@pytest.mark.parametrize("status", [302, 400, 503])
def test_whatever_is_no_success_is_tried_again_and_redirects_are_not_followed(gateway: Gateway, status: int) -> None:
    gateway.status = status
    with pytest.raises(NotTaken, match=str(status)):
        adapter(url(gateway))(DELIVERY)
    assert len(gateway.posted) == 1


def test_a_gateway_that_is_away_is_an_error() -> None:
    with pytest.raises(OSError, match="refused"):
        adapter("http://127.0.0.1:9/")(DELIVERY)


@pytest.mark.parametrize("value", ["file:///etc/passwd", "gateway.example", "http://"])
def test_only_a_web_address_is_taken_as_gateway(value: str) -> None:
    with pytest.raises(InvalidInput, match="NOTICE_PUSH_URL"):
        Settings.from_environment({"NOTICE_PUSH_URL": value})
