"""The least a client can do: one connection, prepared bytes out, one JSON answer in; it shares the machine's cores."""

from __future__ import annotations

import socket
from typing import Any

import orjson


class Client:
    """Keeps one connection to one server process."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._left = b""

    def post(self, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Status, headers (lower case) and decoded answer."""
        head = f"POST {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        while b"\r\n\r\n" not in self._left:
            self._left += self._receive()
        raw, _, rest = self._left.partition(b"\r\n\r\n")
        status_line, *lines = raw.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers["content-length"])
        while len(rest) < length:
            rest += self._receive()
        self._left = rest[length:]
        return int(status_line.split()[1]), headers, orjson.loads(rest[:length] or b"null")

    def _receive(self) -> bytes:
        received = self._socket.recv(65_536)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
