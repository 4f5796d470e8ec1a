"""The result for the district platform: text to copy, and everything in one file."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request, Response

from hotline import attachments, result_pack, tickets
from web.problems import page_router
from web.rendering import render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()


@router.get("/tickets/{number}/result")
def result_page(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """答复要点 and the full text, each ready to copy."""
    with runtime.read(principal.actor) as tx:
        context = {
            "ticket": tickets.get(tx, principal, number),
            "text": result_pack.text(tx, principal, number),
            "files": attachments.list_for(tx, principal, number),
        }
    return render(request, "tickets/result.html", context)


@router.post("/tickets/{number}/result.zip")
def download(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """Text, list and attachments in one file; the download is on record, so it is no GET."""
    with runtime.write(principal.actor) as tx:
        name, content = result_pack.pack(tx, principal, number)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)
