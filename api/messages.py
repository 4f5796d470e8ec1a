"""Messages 消息 from outside, each taken once."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.dependencies import Write, permission
from api.route import Route
from api.schemas.messages import Correlation, Message
from engine import messages

router = APIRouter(prefix="/messages", tags=["消息"], route_class=Route)


@router.post(
    "",
    response_model=Correlation,
    summary="投递消息：早到的等待，重复的忽略",
    dependencies=[Depends(permission("message.correlate"))],
)
def correlate(message: Message, work: Write) -> dict[str, bool]:
    correlated = messages.correlate(work.tx, message.name, message.business_key, message.id, message.payload)
    return {"correlated": correlated}
