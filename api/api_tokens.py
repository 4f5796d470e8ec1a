"""API tokens 访问令牌 for programs: shown once, stored hashed."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from api.dependencies import Read, Write, permission
from api.route import SHOWN_ONCE, Route
from api.schemas.api_tokens import ApiToken, IssuedToken, NewToken
from hotline import api_tokens

router = APIRouter(
    prefix="/api-tokens",
    tags=["访问令牌"],
    route_class=Route,
    dependencies=[Depends(permission("token.manage"))],
)


@router.get("", response_model=list[ApiToken], summary="全部令牌（不含令牌本身）")
def list_tokens(work: Read) -> object:
    return api_tokens.list_all(work.tx, work.principal)


@router.post(
    "",
    status_code=201,
    response_model=IssuedToken,
    summary="签发令牌；令牌本身只显示这一次",
    openapi_extra=SHOWN_ONCE,
)
def issue(token: NewToken, work: Write) -> object:
    return api_tokens.issue(work.tx, work.principal, **dict(token))


@router.delete("/{token_id}", status_code=204, summary="吊销令牌", response_class=Response)
def revoke(token_id: str, work: Write) -> None:
    api_tokens.revoke(work.tx, work.principal, token_id)
