"""Import of the district platform's table: upload, report per row, earlier imports, template."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import File, Request, Response, UploadFile

from engine.errors import InvalidInput
from hotline import import_batches, ticket_import, ticket_template
from hotline.access import Principal, require
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EARLIER_SHOWN = 20


@router.get("/tickets/import")
def import_page(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal) -> Response:
    """The upload form and earlier imports."""
    return _page(request, runtime, principal)


@router.get("/tickets/import/template")
def template(request: Request, principal: CurrentPrincipal) -> Response:
    """An empty table with the headings that are understood."""
    require(principal, "ticket.import")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(ticket_template.NAME)}"}
    return Response(ticket_template.template(), media_type=SPREADSHEET, headers=headers)


@router.post("/tickets/import")
def import_file(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Import the table and show what became of each row."""
    if file is None or not file.filename:
        return _page(request, runtime, principal, "请先选择要导入的表格")
    content = file.file.read()
    try:
        with runtime.write(principal.actor) as tx:
            report = ticket_import.import_file(tx, principal, file.filename, content)
    except InvalidInput as error:
        return _page(request, runtime, principal, error.message)
    return redirect(request, f"/tickets/import/{report.id}", Flash(f"导入完成：{report.summary}"))


@router.get("/tickets/import/{batch_id}")
def import_report(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, batch_id: str) -> Response:
    """What became of each row of an import."""
    with runtime.read(principal.actor) as tx:
        batch = import_batches.get(tx, principal, batch_id)
    outcomes = ticket_import.OUTCOMES
    return render(request, "tickets/import_report.html", {"batch": batch, "outcomes": outcomes})


def _page(request: Request, runtime: CurrentRuntime, principal: Principal, problem: str = "") -> Response:
    require(principal, "ticket.import")
    with runtime.read(principal.actor) as tx:
        batches = import_batches.recent(tx, principal, EARLIER_SHOWN)
    context = {"batches": batches, "problem": problem}
    return render(request, "tickets/import.html", context, status=422 if problem else 200)
