"""Login sessions 会话: coming in, who am I, a new password, going out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.authentication import COOKIE
from api.dependencies import CurrentPrincipal, CurrentRuntime, Write
from api.route import Route
from api.schemas.sessions import Login, Me, PasswordChange
from engine.errors import Forbidden
from hotline import sessions
from hotline.access import Principal

router = APIRouter(prefix="/sessions", tags=["会话"], route_class=Route)


def _origin(request: Request) -> tuple[str, str]:
    """Address and browser, as they are kept with a session."""
    return (request.client.host if request.client else "", request.headers.get("user-agent", ""))


def _session_only(principal: CurrentPrincipal) -> Principal:
    if principal.session is None:
        raise Forbidden("访问令牌没有会话，请本人登录后操作")
    return principal


Origin = Annotated[tuple[str, str], Depends(_origin)]


@router.post("", status_code=201, response_model=Me, summary="登录：成功后以 Cookie 保持会话")
def log_in(login: Login, request: Request, response: Response, runtime: CurrentRuntime, origin: Origin) -> object:
    token = sessions.log_in(runtime, login.login, login.password.get_secret_value(), *origin)
    _remember(request, response, token)
    return sessions.authenticate(runtime, token, to_change_password=True)


@router.get("/me", response_model=Me, summary="当前身份：人员、岗位、权限、候选组")
def me(principal: CurrentPrincipal) -> object:
    return principal


@router.put("/me/password", response_model=Me, summary="修改本人密码；其他会话随之失效")
def change_password(
    change: PasswordChange,
    request: Request,
    response: Response,
    runtime: CurrentRuntime,
    principal: Annotated[Principal, Depends(_session_only)],
    origin: Origin,
) -> object:
    old, new = change.old_password.get_secret_value(), change.new_password.get_secret_value()
    token = sessions.change_password(runtime, principal, old, new, *origin)
    _remember(request, response, token)
    return sessions.authenticate(runtime, token)


@router.delete(
    "/me", status_code=204, summary="退出登录", dependencies=[Depends(_session_only)], response_class=Response
)
def log_out(request: Request, response: Response, work: Write) -> None:
    sessions.log_out(work.tx, request.cookies[COOKIE])
    response.delete_cookie(COOKIE, path="/")


def _remember(request: Request, response: Response, token: str) -> None:
    """Out of reach of scripts and of other sites."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.app.state.secure_cookies, path="/")
