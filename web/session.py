"""Who is at the browser: the session cookie becomes a Principal, or the login page."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Request, Response

from engine.errors import MinhuError, Unauthenticated
from engine.transaction import Runtime
from hotline import notices, sessions
from hotline.access import Principal
from web.rendering import is_htmx

COOKIE = "minhu_session"


def runtime_of(request: Request) -> Runtime:
    """The running system this application was built for."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def _principal(request: Request, *, to_change_password: bool) -> Principal:
    token = request.cookies.get(COOKIE)
    if not token:
        raise Unauthenticated("请先登录。")
    runtime = runtime_of(request)
    principal = sessions.authenticate(runtime, token, to_change_password=to_change_password)
    request.state.principal = principal
    if request.method == "GET" and not is_htmx(request):
        with runtime.read(principal.actor) as tx:
            request.state.unread = notices.unread_count(tx, principal)
    return principal


def current_principal(request: Request) -> Principal:
    """The person behind the cookie, ready to work."""
    return _principal(request, to_change_password=False)


def with_any_password(request: Request) -> Principal:
    """The person behind the cookie, even when a new password is due."""
    return _principal(request, to_change_password=True)


def recognize(request: Request) -> None:
    """Where no route asks who is there: the page of an unknown address has the navigation of who is logged in."""
    with suppress(MinhuError):
        with_any_password(request)


CurrentRuntime = Annotated[Runtime, Depends(runtime_of)]
CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
WithAnyPassword = Annotated[Principal, Depends(with_any_password)]


def remember(request: Request, response: Response, token: str) -> None:
    """Hand the session to the browser: out of reach of scripts and of other sites."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.app.state.secure_cookies, path="/")


def forget(response: Response) -> None:
    """Take the session back."""
    response.delete_cookie(COOKIE, path="/")
