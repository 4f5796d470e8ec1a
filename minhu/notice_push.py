"""Posts notices to the office's own gateway (NOTICE_PUSH_URL), such as one for short messages."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

import orjson

from engine.outbox import Delivery

TIMEOUT_SECONDS = 10
SUCCESS = range(200, 300)


class NotTaken(Exception):
    """The gateway answered something other than success."""


def adapter(url: str) -> Callable[[Delivery], None]:
    """POST of JSON with the delivery's id as Idempotency-Key; redirects are not followed. Raises when not taken."""
    address = urlsplit(url)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection

    def push(delivery: Delivery) -> None:
        document = {"business_key": delivery.business_key, **delivery.payload}
        headers = {"Content-Type": "application/json", "Idempotency-Key": delivery.id}
        connection = kind(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", path, orjson.dumps(document), headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if status not in SUCCESS:
            raise NotTaken(f"answered {status}")

    return push
