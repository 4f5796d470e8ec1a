"""Coming in, going out, and a new password."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from engine.errors import InvalidInput, TooManyAttempts, Unauthenticated
from hotline import sessions
from web.posted import Posted, text
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import COOKIE, CurrentRuntime, WithAnyPassword, forget, remember

router = page_router()

HOME = "/inbox"


@router.get("/")
def home() -> Response:
    return RedirectResponse(HOME, 303)


@router.get("/login")
def show(request: Request, next: str = HOME) -> Response:
    return render(request, "login.html", {"next": own_address(next), "login": "", "error": ""})


@router.post("/login")
def log_in(request: Request, runtime: CurrentRuntime, posted: Posted) -> Response:
    login, target = text(posted, "login"), own_address(text(posted, "next"))
    password = posted.get("password", "")
    assert isinstance(password, str)
    try:
        token = sessions.log_in(runtime, login, password, _address(request), _browser(request))
    except (Unauthenticated, TooManyAttempts) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 401
        context = {"next": target, "login": login, "error": error.message}
        return render(request, "login.html", context, status=status)
    response = redirect(request, target)
    remember(request, response, token)
    return response


@router.post("/logout")
def log_out(request: Request, runtime: CurrentRuntime, principal: WithAnyPassword) -> Response:
    with runtime.write(principal.actor) as tx:
        sessions.log_out(tx, request.cookies[COOKIE])
    response = redirect(request, "/login")
    forget(response)
    return response


@router.get("/password")
def show_password(request: Request, principal: WithAnyPassword) -> Response:
    return render(request, "password.html", {"forced": principal.person.must_change_password, "errors": {}})


@router.post("/password")
def change_password(request: Request, runtime: CurrentRuntime, principal: WithAnyPassword, posted: Posted) -> Response:
    old, new, again = (str(posted.get(name, "")) for name in ("old_password", "new_password", "again"))
    try:
        if new != again:
            raise InvalidInput("两次输入不一致", {"again": "两次输入的新密码不一致，请重新输入。"})
        token = sessions.change_password(runtime, principal, old, new, _address(request), _browser(request))
    except InvalidInput as error:
        errors = error.fields or {"new_password": error.message}
    except TooManyAttempts as error:
        errors = {"old_password": error.message}
    else:
        response = redirect(request, HOME, Flash("密码已修改，其他地方的登录已全部退出。"))
        remember(request, response, token)
        return response
    context = {"forced": principal.person.must_change_password, "errors": errors}
    return render(request, "password.html", context, status=422)


def own_address(target: str) -> str:
    """Where to go after the login: an address of ours, nothing a stranger put into the link."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\", "/login", "/logout"))
    return target if plain and target.isprintable() else HOME


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _browser(request: Request) -> str:
    return request.headers.get("user-agent", "")
