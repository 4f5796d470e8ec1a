"""Mounts the API as an application of its own under /api: own errors, own limits, own authentication."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from api import (
    api_tokens,
    attachments,
    audit_entries,
    health,
    incidents,
    interventions,
    messages,
    notices,
    people,
    problems,
    process_definitions,
    process_instances,
    sessions,
    signals,
    ticket_imports,
    tickets,
    user_tasks,
)
from api.authentication import COOKIE, Authentication
from api.body_limits import BodyLimits
from api.schemas.problems import Problem
from api.unexpected_errors import UnexpectedErrors
from engine.transaction import Runtime

NOUNS = (  # the busiest first: routes are tried in this order
    user_tasks,
    sessions,
    tickets,
    attachments,
    ticket_imports,
    process_instances,
    process_definitions,
    messages,
    signals,
    incidents,
    interventions,
    audit_entries,
    notices,
    people,
    api_tokens,
    health,
)
DESCRIPTION = """
真如镇街道“12345”市民服务热线工单办理系统的程序接口。

- 身份：浏览器会话，或请求头 `Authorization: Bearer 接口令牌`。
- 错误：一律为 `application/problem+json`（RFC 9457），`detail` 为中文说明，`fields` 指出字段，`clause` 指出条款。
- 幂等：会改变数据的请求可带 `Idempotency-Key`；同一个键的同一个请求只生效一次，再次发送得到第一次的答复。
- 分页：`limit`（最多 200）与 `offset`；时间一律带时区。
""".strip()

CREDENTIALS: dict[str, dict[str, str]] = {  # how authentication.py may be answered, by the name in the description
    "HTTPBearer": {"type": "http", "scheme": "bearer", "description": "访问令牌"},
    "APIKeyCookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "浏览器会话"},
}
PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "错误（RFC 9457），detail 为中文说明",
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
}


class Api(FastAPI):
    """Describes the credentials; as dependencies of every route they would be looked at once more per request."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            described = super().openapi()
            described["components"]["securitySchemes"] = CREDENTIALS
            for path in described["paths"].values():
                for operation in path.values():
                    operation["security"] = [{name: []} for name in CREDENTIALS]
            self.openapi_schema = described
        return self.openapi_schema


def install(app: FastAPI, runtime: Runtime, *, secure_cookies: bool = False) -> None:
    """Mount everything under /api; `secure_cookies` where the office serves over https."""
    app.mount("/api", create(runtime, secure_cookies=secure_cookies), name="api")


def create(runtime: Runtime, *, secure_cookies: bool = False) -> FastAPI:
    """The API as an ASGI application; interactive docs are off because they load scripts from abroad."""
    api = Api(
        title="工单办理系统接口",
        description=DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEM,
        middleware=[
            Middleware(UnexpectedErrors),
            Middleware(BodyLimits),
            Middleware(Authentication, runtime=runtime),
        ],
    )
    api.state.runtime = runtime
    api.state.secure_cookies = secure_cookies
    problems.install(api)
    for noun in NOUNS:
        api.include_router(noun.router)
    return api
