"""Attachments: downloads that can never run as a page, and uploads to a ticket."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import File, Request, Response, UploadFile

from engine.errors import InvalidInput
from hotline import attachments
from hotline.attachments import Attachment, Upload
from web.problems import page, page_router
from web.rendering import Flash, redirect
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

SHOWN_IN_PLACE = {"image/jpeg", "image/png", "image/webp", "audio/mpeg", "audio/wav", "audio/mp4", "video/mp4"}
HARMLESS = "default-src 'none'; sandbox"


@router.get("/attachments/{attachment_id}")
def attachment(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    attachment_id: str,
    inline: bool = False,
) -> Response:
    """A file to save; pictures and sound may be shown in place. Outside the scope it does not exist."""
    with runtime.read(principal.actor) as tx:
        found, content = attachments.open_content(tx, principal, attachment_id)
    headers = {
        "Content-Disposition": _disposition(found, inline and found.content_type in SHOWN_IN_PLACE),
        "Content-Security-Policy": HARMLESS,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{found.sha256}"',
        "Accept-Ranges": "bytes",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    part = _range(request.headers.get("range", ""), len(content))
    if part is None:
        return Response(content, headers=headers, media_type=found.content_type)
    first, last = part
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers, media_type=found.content_type)


@router.post("/tickets/{number}/attachments")
def add_attachments(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    number: str,
    files: Annotated[list[UploadFile], File()],
) -> Response:
    """Files for the ticket itself, such as what came with it from the platform."""
    uploads = [Upload(file.filename or "", file.file.read()) for file in files if file.filename]
    try:
        with runtime.write(principal.actor) as tx:
            added = attachments.add(tx, principal, number, uploads)
    except InvalidInput as error:
        return page(request, 422, "附件没有上传", error.message, error.clause)
    if not added:
        return redirect(request, f"/tickets/{number}#attachments", Flash("请先选择文件", "warn"))
    return redirect(request, f"/tickets/{number}#attachments", Flash(f"已上传 {len(added)} 个附件"))


def _disposition(found: Attachment, in_place: bool) -> str:
    kind = "inline" if in_place else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(found.name, safe='')}"


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a simple range; sound players ask for them to jump. Anything else: the whole."""
    unit, _, span = header.partition("=")
    start, dash, end = span.partition("-")
    if unit != "bytes" or not dash or not start.isdigit() or (end and not end.isdigit()):
        return None
    first, last = int(start), min(int(end) if end else size - 1, size - 1)
    return (first, last) if first <= last else None
