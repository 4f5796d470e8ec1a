"""What endpoints ask for: a unit of work to read or to write in, a permission, a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from api.work import SignedInWork
from engine.transaction import Actor, Runtime
from hotline.access import Principal, may, require

LARGEST_PAGE = 200
ANONYMOUS = Actor("anonymous", "未登录")


async def current_runtime(request: Request) -> Runtime:
    """As runtime_of, for endpoints: FastAPI runs a plain function in another thread."""
    return runtime_of(request)


async def current_principal(request: Request) -> Principal:
    """As principal_of, for endpoints."""
    return principal_of(request)


def runtime_of(request: Request) -> Runtime:
    """The running system this application was built for."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def principal_of(request: Request) -> Principal:
    """Who asks; authentication.py let nobody through without one."""
    principal: Principal = request.state.principal
    return principal


async def _read(request: Request) -> SignedInWork:
    return _begun(request, SignedInWork(runtime_of(request), principal_of(request), writes=False))


async def _write(request: Request) -> SignedInWork:
    key = getattr(request.state, "idempotency_key", None)
    return _begun(request, SignedInWork(runtime_of(request), principal_of(request), writes=True, key=key))


def _begun(request: Request, work: SignedInWork) -> SignedInWork:
    """The route ends it, also when the endpoint is never reached."""
    request.state.work = work
    return work


Read = Annotated[SignedInWork, Depends(_read)]
Write = Annotated[SignedInWork, Depends(_write)]
CurrentRuntime = Annotated[Runtime, Depends(current_runtime)]
CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True)
class Paging:
    """Which part of a list is wanted."""

    limit: int
    offset: int


async def _paging(
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="每页条数")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="跳过的条数")] = 0,
) -> Paging:
    return Paging(limit, offset)


Paged = Annotated[Paging, Depends(_paging)]


def permission(*names: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets through only those who hold one of the permissions."""

    async def check(request: Request) -> None:
        principal = principal_of(request)
        if not any(may(principal, name) for name in names):
            require(principal, names[0])

    return check
