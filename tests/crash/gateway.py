"""The outside: counts what it was sent by idempotency key, and at times refuses or hangs up after taking it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway(ThreadingHTTPServer):
    """Listens on a port of its own; `taken` says how often each key was taken."""

    daemon_threads = True

    def __init__(self, seed_number: int, trouble: float = 0.2) -> None:
        self.trouble = trouble  # of all posts: half refused, half taken without an answer
        self.answering = threading.Event()  # cleared: whoever posts waits
        self.answering.set()
        self.arrived: list[str] = []  # keys, answered or not
        self.taken: Counter[str] = Counter()
        self.chance = random.Random(seed_number)
        self.guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is what we are here for."""


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.arrived.append(self.headers["Idempotency-Key"])
        self.server.answering.wait()
        with self.server.guard:
            mood = self.server.chance.random()
            if mood > self.server.trouble / 2:
                self.server.taken[self.headers["Idempotency-Key"]] += 1
        if not self.server.trouble / 2 < mood < self.server.trouble:  # between: taken, but the sender never learns
            self.send_response(204 if mood > self.server.trouble / 2 else 503)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
