"""Server-side request forgery: no address that somebody uploads or sends is ever fetched by the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.api.serving import Office
from tests.security.test_uploads import MAIN, SHIPPED, changed, deploy


class Listener:
    """A port that counts who comes."""

    def __init__(self) -> None:
        self.visitors = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/x"
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._socket.accept()
                self.visitors += 1
                visitor.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


def test_the_listener_would_notice_a_visitor(listener: Listener) -> None:
    port = int(listener.url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as visitor:
        assert visitor.recv(1) == b""
    assert listener.visitors == 1


def test_no_address_in_a_deployment_is_fetched(office: Office, listener: Listener) -> None:
    client = office.login("process_owner")
    url = listener.url.encode()
    head, end, rest = SHIPPED[MAIN].partition(b"?>")
    import_type = b"http://www.omg.org/spec/BPMN/20100524/MODEL"
    hostile = [
        {**SHIPPED, MAIN: head + end + b'<!DOCTYPE x SYSTEM "' + url + b'">' + rest},
        {**SHIPPED, MAIN: head + end + b'<?xml-stylesheet type="text/xsl" href="' + url + b'"?>' + rest},
        changed(b"<bpmn:process", b'<bpmn:import namespace="x" location="%s" importType="%s" /><bpmn:process'
                % (url, import_type)),
        changed(b"<bpmn:process", b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="%s" /><bpmn:process'
                % url),
        changed(b"</bpmn:process>", b'<bpmn:serviceTask id="e" name="x" implementation="%s" /></bpmn:process>' % url),
        changed(b"</bpmn:process>", b'<bpmn:callActivity id="e" name="x" calledElement="%s" /></bpmn:process>' % url),
        changed(b"<bpmn:definitions", b'<bpmn:definitions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                b'xsi:schemaLocation="x %s"' % url),
        {**SHIPPED, "forms/ticket_handling/accept_ticket.json": b'{"type": "object", "$ref": "%s"}' % url},
    ]  # fmt: skip
    for files in hostile:
        assert deploy(client, files).status_code in (201, 422)
    assert listener.visitors == 0


def test_no_address_in_an_ordinary_request_is_fetched(working_office: Office, listener: Listener) -> None:
    client = working_office.login("intake1")
    ticket = {"title": listener.url, "content": listener.url, "address": listener.url, "caller_name": listener.url}
    assert client.post("/tickets", json={**ticket, "caller_phone": "13800000000"}).status_code == 201
    for name in ("search", "q", "callback", "url", "next"):
        client.get("/tickets", params={name: listener.url})
    spoofed = {"Host": listener.url.removeprefix("http://"), "X-Forwarded-Host": "evil", "Referer": listener.url}
    client.get("/tickets", headers=spoofed)
    assert listener.visitors == 0
