"""Headers of every answer, and the check that a change comes from our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"  # makes the same check and answers it in its own way
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: browsers would then post with "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
}
CROSS_SITE = "已拦截：这次操作不是从本系统的页面发出的。请回到系统页面重新操作。"


class SecurityHeaders:
    """Adds the headers; a more specific answer may have set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class SameOrigin:
    """Refuses unsafe requests that another site made the browser send."""

    def __init__(self, app: ASGIApp, session_cookie: str) -> None:
        self.app = app
        self.session_cookie = session_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE_METHODS
            and not scope["path"].startswith(API)
            and not is_same_origin(Headers(scope=scope), self.session_cookie)
        ):
            await PlainTextResponse(CROSS_SITE, 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_same_origin(headers: Headers, session_cookie: str) -> bool:
    """Sec-Fetch-Site where the browser sends it; on plain http it does not, so Origin is compared with Host."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    source = headers.get("origin") or headers.get("referer")
    if source is not None:
        return urlsplit(source).netloc == headers.get("host")
    return session_cookie not in cookie_parser(headers.get("cookie", ""))  # no browser: a program with a token
