"""Every error as problem+json (RFC 9457) with a Chinese title and detail."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.validation_messages import field_messages
from engine.audit import ChainBroken
from engine.errors import (
    Conflict,
    DefinitionRefused,
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

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"

KINDS: dict[type[MinhuError], tuple[int, str, str]] = {  # error -> status, type, title
    NotFound: (404, "not-found", "没有找到"),
    PasswordChangeDue: (403, "password-change-due", "请先修改密码"),
    Forbidden: (403, "forbidden", "没有权限"),
    Unauthenticated: (401, "unauthenticated", "请先登录"),
    TooManyAttempts: (429, "too-many-attempts", "尝试次数过多"),
    Conflict: (409, "conflict", "数据已变化"),
    UnreadableState: (409, "unreadable-state", "状态无法读取"),
    InvalidInput: (422, "invalid-input", "填写有误"),
    Refused: (422, "refused", "不符合规定"),
    ChainBroken: (409, "chain-broken", "审计链被改动"),
    DefinitionRefused: (422, "definition-refused", "流程定义未通过检查"),
}

HTTP_ERRORS = {  # what the framework itself answers
    400: ("bad-request", "请求无法解析", "请求的内容无法解析，请检查格式后重试"),
    404: ("not-found", "没有找到", "没有这个接口，请对照接口文档检查地址"),
    405: ("method-not-allowed", "不支持的操作", "这个地址不支持该操作，请对照接口文档检查请求方法"),
    413: ("content-too-large", "内容过大", "提交的内容超过大小限制，请缩小后重新提交"),
}


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> JSONResponse:
    """One problem document; members that are empty are left out."""
    document: dict[str, object] = {
        "type": f"urn:minhu:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    document.update({name: value for name, value in members.items() if value})
    return JSONResponse(document, status, dict(headers or {}), MEDIA_TYPE)


def of_error(error: MinhuError) -> JSONResponse:
    """The problem of one of our own errors; a subclass answers like its nearest listed ancestor."""
    for ancestor in type(error).__mro__:
        if ancestor in KINDS:
            status, kind, title = KINDS[ancestor]
            break
    else:
        logger.error("an error without a status of its own", exc_info=error)
        status, kind, title = 500, "internal", "系统内部错误"
    findings = [vars(finding) for finding in error.findings] if isinstance(error, DefinitionRefused) else None
    return problem(
        status,
        kind,
        title,
        error.message if not findings else f"流程定义有 {len(findings)} 处问题，未作任何更改",
        headers={"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None,
        clause=error.clause,
        fields=error.fields if isinstance(error, InvalidInput) else None,
        findings=findings,
    )


def of_validation(error: RequestValidationError) -> JSONResponse:
    """The problem of a request that does not fit its schema, field by field."""
    fields = field_messages(error.errors())
    detail = "；".join(f"{name}：{message}" for name, message in fields.items())
    return problem(422, "invalid-input", "填写有误", detail, fields=fields)


def of_http(error: HTTPException) -> JSONResponse:
    """The problem of an error raised by the framework, such as an unknown address."""
    kind, title, detail = HTTP_ERRORS.get(error.status_code, ("http", "请求失败", "请求无法完成，请检查后重试"))
    return problem(error.status_code, kind, title, detail, headers=error.headers)


def busy() -> JSONResponse:
    """The database could not take this transaction now; the same request may be sent again."""
    detail = "系统繁忙，本次操作没有生效，请稍后重试"
    return problem(503, "busy", "系统繁忙", detail, headers={"Retry-After": RETRY_SECONDS})


def interrupted() -> JSONResponse:
    """The connection to the database broke; when that was during the commit, nobody here knows how it ended."""
    detail = "与数据库的连接中断，不能确定本次操作是否已经生效。请用同一个幂等键重试，或查询核对后再重做"
    return problem(503, "interrupted", "连接中断", detail, headers={"Retry-After": RETRY_SECONDS})


def of_database(error: Exception) -> JSONResponse:
    """Busy, or interrupted."""
    logger.warning("database not available: %s", error)
    return interrupted() if isinstance(error, DBAPIError) and error.connection_invalidated else busy()


def unstorable() -> JSONResponse:
    """The database cannot hold a value, such as a NUL character or a number beyond its range."""
    return problem(422, "invalid-input", "填写有误", "提交的内容含有无法保存的字符或数值，请检查后重试")


def collided() -> JSONResponse:
    """Two transactions wrote the same unique row; ours was rolled back."""
    return problem(409, "conflict", "数据已变化", "数据刚刚被其他人修改，本次操作没有生效，请刷新后重试")


def install(app: FastAPI) -> None:
    """Answer every known error of the API's sub-application; the unknown ones are in unexpected_errors.py."""

    @app.exception_handler(MinhuError)
    async def _ours(_request: Request, error: Exception) -> Response:
        assert isinstance(error, MinhuError)
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return of_validation(error)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return of_http(error)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    async def _unavailable(_request: Request, error: Exception) -> Response:
        return of_database(error)

    @app.exception_handler(DataError)
    async def _unstorable(_request: Request, error: Exception) -> Response:
        logger.warning("value cannot be stored: %s", type(error).__name__)
        return unstorable()

    @app.exception_handler(IntegrityError)
    async def _collided(_request: Request, error: Exception) -> Response:
        logger.warning("integrity error: %s", error)
        return collided()
