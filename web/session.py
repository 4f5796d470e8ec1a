"""Who is at the browser: the session cookie becomes a Principal, or the login page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from engine.errors import Unauthenticated
from engine.transaction import Actor, Runtime
from hotline import notices, sessions
from hotline.access import Principal
from web.rendering import is_htmx

COOKIE = "minhu_session"
ANONYMOUS = Actor("anonymous", "未登录")


class PasswordChangeRequired(Exception):
    """The first login, or the first after a reset: nothing else opens before a new password is set."""


def runtime_of(request: Request) -> Runtime:
    """The running system this application was built for."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def signed_in(request: Request) -> Principal:
    """The person behind the cookie, whatever state the password is in."""
    token = request.cookies.get(COOKIE)
    if not token:
        raise Unauthenticated("请先登录。")
    with runtime_of(request).read(ANONYMOUS) as tx:
        principal = sessions.principal_of(tx, token)
        request.state.principal = principal
        if request.method == "GET" and not is_htmx(request):
            request.state.unread = notices.unread_count(tx, principal)
    return principal


def current_principal(request: Request) -> Principal:
    """The person behind the cookie, ready to work."""
    principal = signed_in(request)
    if principal.person.must_change_password:
        raise PasswordChangeRequired
    return principal


CurrentRuntime = Annotated[Runtime, Depends(runtime_of)]
CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
SignedIn = Annotated[Principal, Depends(signed_in)]


def remember(request: Request, response: Response, token: str) -> None:
    """Hand the session to the browser: out of reach of scripts and of other sites."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="lax", secure=request.app.state.secure_cookies, path="/"
    )


def forget(response: Response) -> None:
    """Take the session back."""
    response.delete_cookie(COOKIE, path="/")
