"""Attachments 附件: always downloaded, never shown inline."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Response

from api.dependencies import Read
from api.route import Route
from hotline import attachments

router = APIRouter(prefix="/attachments", tags=["附件"], route_class=Route)


@router.get(
    "/{attachment_id}/content",
    summary="下载附件",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def download(attachment_id: str, work: Read) -> Response:
    attachment, content = attachments.open_content(work.tx, work.principal, attachment_id)
    disposition = f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}"
    return Response(content, media_type=attachment.content_type, headers={"Content-Disposition": disposition})
