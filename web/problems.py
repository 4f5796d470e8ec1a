"""Errors as pages: what happened, and what to do next."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MinhuError,
    NotFound,
    Refused,
    TooManyAttempts,
    Unauthenticated,
    UnreadableState,
)
from hotline.access import PasswordChangeDue
from web.assets import AssetsMissing
from web.rendering import is_htmx, redirect, render
from web.session import forget, recognize

logger = logging.getLogger(__name__)

KINDS: dict[type[MinhuError], tuple[int, str]] = {
    NotFound: (404, "没有找到"),
    Forbidden: (403, "没有权限"),
    TooManyAttempts: (429, "尝试次数过多"),
    Conflict: (409, "已被他人处理"),
    UnreadableState: (409, "状态无法读取"),
    InvalidInput: (422, "填写有误"),
    Refused: (422, "不符合规定"),
}
HTTP_ERRORS = {
    404: ("没有这个页面", "地址可能已变更或输入有误，请从导航重新进入。"),
    405: ("不支持的操作", "请返回上一页，用页面上的按钮操作。"),
    413: ("内容过大", "提交的内容超过大小限制，请减少附件后重试。"),
}
UNBUILT = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>页面资源未构建</title>'
    "<h1>页面资源尚未构建</h1><p>请在项目目录运行 <code>make run</code>，它会安装并构建页面所需的文件，"
    "然后刷新本页。数据没有受到影响。</p></html>"
)


def page(request: Request, status: int, title: str, message: str, clause: str | None = None) -> Response:
    """The error page, or for htmx the same words in place."""
    template = "errors/_error.html" if is_htmx(request) else "errors/error.html"
    context = {"status": status, "title": title, "message": message, "clause_id": clause}
    try:
        return render(request, template, context, status=status)
    except AssetsMissing:
        return HTMLResponse(UNBUILT, 503)


def status_of(error: MinhuError) -> int:
    """The HTTP status that fits one of our own errors."""
    if isinstance(error, Unauthenticated):
        return 401
    return next((KINDS[kind][0] for kind in type(error).__mro__ if kind in KINDS), 500)


def of_error(request: Request, error: MinhuError) -> Response:
    """The page of one of our own errors; without a session it is the login page."""
    if isinstance(error, Unauthenticated):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = "/login" if request.method != "GET" else f"/login?next={quote(wanted)}"
        response = redirect(request, target if not is_htmx(request) else "/login")
        forget(response)
        return response
    status, title = next((KINDS[kind] for kind in type(error).__mro__ if kind in KINDS), (500, "系统内部错误"))
    return page(request, status, title, error.message, error.clause)


def answer(request: Request, error: Exception) -> Response | None:
    """The page for an error that is part of normal life; None for a defect."""
    match error:
        case PasswordChangeDue():
            return redirect(request, "/password")
        case MinhuError():
            return of_error(request, error)
        case AssetsMissing():
            return HTMLResponse(UNBUILT, 503)
        case RequestValidationError():
            return page(request, 422, "请求有误", "地址或提交的内容不完整，请返回上一页重试。")
        case OperationalError(connection_invalidated=True) | InterfaceError(connection_invalidated=True):
            logger.warning("database lost: %s", error)
            return page(request, 503, "连接中断", "不能确定本次操作是否已经生效，请刷新后核对，没有生效再重做一次。")
        case OperationalError() | InterfaceError() | PoolTimeout():
            logger.warning("database busy: %s", error)
            return page(request, 503, "系统繁忙", "本次操作没有生效，请稍后重试。")
        case IntegrityError():
            logger.warning("integrity error: %s", error)
            return page(request, 409, "数据已变化", "刚刚有人修改了同一内容，本次操作没有生效，请刷新后重试。")
        case HTTPException():
            title, message = HTTP_ERRORS.get(error.status_code, ("请求失败", "请返回上一页重试。"))
            return page(request, error.status_code, title, message)
    return None


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as error:
                response = answer(request, error)
                if response is None:
                    raise
                return response

        return guarded


def page_router() -> APIRouter:
    """A router for pages: errors are pages too, and nothing of it is in the API's description."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


class UnexpectedErrors:
    """What nobody expected is logged under a number and never shown."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            number = secrets.token_hex(4)
            logger.exception("unexpected error %s: %s %s", number, scope["method"], scope["path"])
            text = f"本次操作没有生效。请把编号 {number} 告诉系统管理员。"
            await page(Request(scope), 500, "系统内部错误", text)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Addresses that no route knows."""

    @app.exception_handler(HTTPException)
    def _unknown(request: Request, error: Exception) -> Response:
        recognize(request)
        response = answer(request, error)
        assert response is not None
        return response
