"""The page of a user task: fill in, save a draft, upload, submit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from starlette.datastructures import FormData, UploadFile

from engine import user_tasks
from engine.errors import Conflict, InvalidInput, MinhuError
from engine.process_instances import Step
from engine.transaction import Runtime
from hotline import attachments, failed_steps, organisation
from hotline.access import Principal
from hotline.attachments import Upload
from web import decision_preview, forms, task_page
from web.posted import Posted, text
from web.problems import page_router, status_of
from web.rendering import Flash, local_time, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

TEMPLATE = "user_tasks/task.html"


@router.get("/user-tasks/{task_id}")
def show(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str) -> Response:
    with runtime.read(principal.actor) as tx:
        context = task_page.context(tx, principal, task_id)
    return render(request, TEMPLATE, context)


@router.post("/user-tasks/{task_id}")
def submit(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str, posted: Posted
) -> Response:
    """Complete the task: on to the inbox, or back to the form with every message in its place."""
    data: dict[str, Any] = {}
    try:
        data = _answers(runtime, principal, task_id, posted)
        with runtime.write(principal.actor) as tx:
            task_page.find(tx, principal, task_id)
            step = user_tasks.complete(tx, task_id, data)
            labels = organisation.group_labels(tx)
    except InvalidInput as error:
        errors = error.fields or {"": error.message}
        with runtime.read(principal.actor) as tx:
            context = task_page.context(tx, principal, task_id, data=data, errors=errors)
        return render(request, TEMPLATE, context, status=422)
    except Conflict as error:
        with runtime.read(principal.actor) as tx:
            context = task_page.context(tx, principal, task_id, data=data, conflict=error.message)
        return render(request, TEMPLATE, context, status=409)
    failed = failed_steps.told(step)
    return redirect(request, "/inbox", Flash(failed, "bad") if failed else Flash(_done(step, labels)))


def _answers(runtime: Runtime, principal: Principal, task_id: str, posted: FormData) -> dict[str, Any]:
    """The posted form as data; files that came with it (script off) are stored first and become their ids."""
    with runtime.read(principal.actor) as tx:
        task, ticket = task_page.find(tx, principal, task_id)
        schema = task_page.schema_of(tx, task)
    data = forms.coerce(schema, posted)
    for name in forms.file_fields(schema):
        uploads = _uploads(posted.getlist(name))
        if uploads:
            with runtime.write(principal.actor) as tx:
                stored = attachments.add(tx, principal, ticket.number, uploads, task_id)
            data[name] = [*data.get(name, []), *(each.id for each in stored)]
    return data


def _uploads(values: Iterable[Any]) -> list[Upload]:
    files = [value for value in values if isinstance(value, UploadFile) and value.filename]
    return [Upload(file.filename or "", file.file.read()) for file in files]


def _done(step: Step, labels: dict[str, str]) -> str:
    """已提交, and where the ticket goes from here."""
    if step.ended:
        return f"已提交，工单 {step.instance.business_key} 已办结。"
    following = [
        f"{task.name}（{'、'.join(labels.get(group, group) for group in task.candidate_groups) or task.assignee}）"
        for task in step.opened
    ]
    return f"已提交，工单 {step.instance.business_key} 下一步：{'、'.join(following)}。" if following else "已提交。"


@router.post("/user-tasks/{task_id}/draft")
def save_draft(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str, posted: Posted
) -> Response:
    """Keep what was typed; the answer is the line beside the button."""
    try:
        with runtime.write(principal.actor) as tx:
            task, _ticket = task_page.find(tx, principal, task_id)
            user_tasks.save_draft(tx, task_id, forms.coerce(task_page.schema_of(tx, task), posted))
            now = tx.now
    except MinhuError as error:
        return PlainTextResponse(f"草稿未保存：{error.message}", status_of(error))
    return PlainTextResponse(f"草稿已保存 {local_time(now, '%H:%M')}")


@router.post("/user-tasks/{task_id}/attachments")
def upload(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str, posted: Posted
) -> Response:
    """One file of a form, sent as soon as it was chosen; the answer is its line in the list."""
    try:
        with runtime.write(principal.actor) as tx:
            task, ticket = task_page.find(tx, principal, task_id)
            stored = attachments.add(tx, principal, ticket.number, _uploads(posted.getlist("_file")), task.id)
    except MinhuError as error:
        return Response(status_code=status_of(error), headers={"X-Message": quote(error.message)})
    if not stored:
        return Response(status_code=422, headers={"X-Message": quote("请选择文件")})
    return render(request, "user_tasks/_stored_file.html", {"name": text(posted, "_field"), "file": stored[0]})


@router.post("/user-tasks/{task_id}/decision")
def preview(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, task_id: str, posted: Posted
) -> Response:
    """What the responsibility list makes of the answers so far."""
    with runtime.read(principal.actor) as tx:
        task, _ticket = task_page.find(tx, principal, task_id)
        data = forms.coerce(task_page.schema_of(tx, task), posted)
        by_list = data.get("dispatch_basis") == "list"
        if not by_list or not (data.get("item_number") or data.get("committee_scope")):
            return Response()
        names = organisation.names(tx)
        variables = user_tasks.context(tx, task_id)
        found = decision_preview.preview(tx, task, variables, data, names)
    return render(request, "user_tasks/_decision.html", {"preview": found})
