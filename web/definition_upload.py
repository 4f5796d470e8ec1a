"""Checking and deploying a folder of process files from the browser; every finding with its file and section."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import UploadFile

from engine import process_definitions
from engine.errors import Finding, InvalidInput
from hotline.access import require
from hotline.uploaded_folder import files_of
from web.posted import Posted, text
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()


@router.get("/process-definitions/upload")
def upload_page(request: Request, principal: CurrentPrincipal) -> Response:
    """The form that takes a zip of processes/ and forms/."""
    require(principal, "definition.deploy")
    return _page(request)


@router.post("/process-definitions/upload")
def upload(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, posted: Posted) -> Response:
    """Check the folder; deploy it when that was asked for and nothing forbids it."""
    require(principal, "definition.deploy")
    uploads = [each for each in posted.getlist("files") if isinstance(each, UploadFile) and each.filename]
    if not uploads:
        return _page(request, problem="请先选择流程文件的压缩包（zip）")
    try:
        files = files_of(uploads)
    except InvalidInput as error:
        return _page(request, problem=error.message)
    with runtime.read(principal.actor) as tx:
        findings = process_definitions.check(tx, files)
    forbidden = any(finding.severity == "error" for finding in findings)
    if forbidden or text(posted, "action") != "deploy":
        return _page(request, checked={"count": len(files), "forbidden": forbidden, "files": _by_file(findings)})
    with runtime.write(principal.actor) as tx:
        made = process_definitions.deploy(tx, files, "页面部署")
    names = "、".join(f"{each.name}第 {each.version} 版" for each in made.definitions)
    return redirect(
        request, "/process-definitions", Flash(f"已部署：{names}" if names else "内容没有变化，未产生新版本")
    )


def _by_file(findings: list[Finding]) -> list[tuple[str, list[Finding]]]:
    ordered = sorted(findings, key=lambda each: (each.file, each.severity, each.element))
    return [(path, list(group)) for path, group in groupby(ordered, key=lambda each: each.file)]


def _page(request: Request, *, problem: str = "", checked: dict[str, Any] | None = None) -> Response:
    status = 422 if problem or (checked and checked["forbidden"]) else 200
    return render(request, "definitions/upload.html", {"problem": problem, "checked": checked}, status=status)
