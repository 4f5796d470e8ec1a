"""Audit entries 审计记录: the chain of a ticket, and the proof that nobody touched it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import Paged, Read, permission
from api.route import Route
from api.schemas.audit_entries import AuditEntry, Verification
from api.schemas.model import Page
from engine import audit
from engine.errors import InvalidInput

router = APIRouter(
    prefix="/audit-entries", tags=["审计"], route_class=Route, dependencies=[Depends(permission("audit.view"))]
)


def _stream(
    ticket: Annotated[str | None, Query(max_length=100, description="工单编号")] = None,
    stream: Annotated[str | None, Query(max_length=160, description="其他审计链，如 people、definitions")] = None,
) -> str:
    if (ticket is None) == (stream is None):
        raise InvalidInput("请给出 ticket 或 stream 其中一个", {"ticket": "请给出 ticket 或 stream 其中一个"})
    return stream if ticket is None else audit.instance_stream(ticket)  # type: ignore[return-value]


Stream = Annotated[str, Depends(_stream)]


@router.get("", response_model=Page[AuditEntry], summary="一条审计链，自旧至新")
def list_entries(work: Read, stream: Stream, page: Paged) -> object:
    chain = audit.entries(work.tx, stream)
    shown = chain[page.offset : page.offset + page.limit]
    return {"items": shown, "total": len(chain), "limit": page.limit, "offset": page.offset}


@router.get("/verification", response_model=Verification, summary="核对审计链：被改动过则答 409")
def verify(work: Read, stream: Stream) -> object:
    return {"stream": stream, "entries": audit.verify(work.tx.connection, stream), "intact": True}
