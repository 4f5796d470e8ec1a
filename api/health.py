"""Liveness and readiness, for the reverse proxy and whoever watches."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text

from api.dependencies import ANONYMOUS, CurrentRuntime
from api.route import Route
from api.schemas.health import Health

router = APIRouter(prefix="/health", tags=["健康检查"], route_class=Route)


@router.get("/live", response_model=Health, summary="进程是否在运行")
def live() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", response_model=Health, summary="数据库是否可用；不可用时答 503")
def ready(runtime: CurrentRuntime) -> dict[str, str]:
    with runtime.read(ANONYMOUS) as tx:
        tx.connection.execute(text("SELECT 1"))
    return {"status": "ok"}
