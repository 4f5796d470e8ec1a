"""Notices to the person's groups; reading is one click."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from hotline import notices, organisation
from web.posted import Posted, texts
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 30


@router.get("/notices")
def show(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    unread: bool = False,
) -> Response:
    with runtime.read(principal.actor) as tx:
        page = notices.list_for(tx, principal, unread_only=unread, limit=PAGE_SIZE, offset=offset)
        labels = organisation.group_labels(tx) if page.items else {}
    context = {
        "page": page,
        "labels": labels,
        "only_unread": unread,
        "url": lambda start: f"/notices?offset={start}" + ("&unread=true" if unread else ""),
    }
    return render(request, "notices/notices.html", context)


@router.post("/notices/read")
def mark_read(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, posted: Posted) -> Response:
    """Those named, or all."""
    wanted = texts(posted, "notice")
    with runtime.write(principal.actor) as tx:
        count = notices.mark_read(tx, principal, wanted or None)
    target = texts(posted, "ticket")
    if target:
        return redirect(request, f"/tickets/{target[0]}")
    return redirect(request, "/notices", Flash(f"已将 {count} 条通知标为已读。") if count else None)
