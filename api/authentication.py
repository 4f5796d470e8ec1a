"""Deny by default: nothing under /api is reached without a session or a token, save a short list."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.dependencies import ANONYMOUS
from api.problems import of_database, of_error
from api.route import SAFE_METHODS
from engine.errors import Forbidden, MinhuError, Unauthenticated
from engine.transaction import Runtime
from hotline import api_tokens, sessions
from hotline.access import Principal

COOKIE = "minhu_session"
PUBLIC = frozenset(
    {
        ("GET", "/openapi.json"),
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("POST", "/sessions"),
    }
)
WITH_ANY_PASSWORD = frozenset(  # where a person goes whose first password has to be changed
    {("GET", "/sessions/me"), ("PUT", "/sessions/me/password"), ("DELETE", "/sessions/me")}
)


class Authentication:
    """Puts the principal on the request, or answers 401 before a byte of the body is parsed."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app = app
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there are no websockets here
            return
        request = Request(scope)
        try:
            if (request.method, _path(request)) in PUBLIC:
                refuse_foreign_page(request, by_cookie=False)
            else:
                request.state.principal = await run_in_threadpool(self.principal, request)
        except MinhuError as error:
            await of_error(error)(scope, receive, send)
            return
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            await of_database(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def principal(self, request: Request) -> Principal:
        """Who asks; a token that is sent counts, even when a cookie would be valid too."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        cookie = request.cookies.get(COOKIE)
        if kind:
            if kind.lower() != "bearer" or not token.strip():
                raise Unauthenticated("Authorization 请求头应为“Bearer 接口令牌”，请检查后重试")
            with self.runtime.glance(ANONYMOUS) as tx:
                return api_tokens.principal_of(tx, token.strip())
        if cookie:
            refuse_foreign_page(request, by_cookie=True)
            anyhow = (request.method, _path(request)) in WITH_ANY_PASSWORD
            return sessions.authenticate(self.runtime, cookie, to_change_password=anyhow)
        raise Unauthenticated("请先登录，或在 Authorization 请求头中提供接口令牌")


def _path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def refuse_foreign_page(request: Request, *, by_cookie: bool) -> None:
    """A browser sends our cookie for any page, but it names the page: only our own may change things."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin") or request.headers.get("referer")
    if origin is None and not by_cookie:
        return
    if origin is None or urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise Forbidden("请求不是从本系统的页面发出的，已被拒绝。请回到本系统页面重新操作")
