"""Signals 信号 to all process instances that wait for them."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.dependencies import Read, permission
from api.route import Route
from api.schemas.signals import Broadcast, Signal
from engine import signals

router = APIRouter(prefix="/signals", tags=["信号"], route_class=Route)


@router.post(
    "",
    response_model=Broadcast,
    summary="发送信号：此刻等待它的流程各自收到，之后才等待的收不到",
    dependencies=[Depends(permission("instance.intervene"))],
)
def send(signal: Signal, work: Read) -> object:
    """Each instance in a transaction of its own; the id, not an Idempotency-Key, keeps repetitions harmless."""
    return signals.send(work.runtime, work.principal.actor, signal.id, signal.name, signal.payload)
