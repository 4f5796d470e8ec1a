"""流程干预: an instance with its tokens on the diagram, and every verb behind a form that asks for the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from engine import (
    cancellation,
    incidents,
    modifications,
    participants,
    paths,
    process_definitions,
    process_instance_rows,
    suspension,
)
from engine.errors import Conflict, InvalidInput, MinhuError, NotFound
from engine.process_instance_rows import ProcessInstance
from engine.spiff.modification import Instruction
from engine.transaction import Transaction
from hotline import ticket_process, ticket_scope
from hotline.access import Principal, may, require
from web.diagram_tabs import process_names, steps, tabs
from web.diagrams import open_tasks, paths_by_process
from web.intervention_choices import choices, unpack, unpack_leaving
from web.problems import page_router
from web.rendering import Flash, is_htmx, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PERMISSION = "instance.intervene"
STATES = {"active": "进行中", "suspended": "已挂起", "completed": "已结束", "cancelled": "已终止"}


class InterventionForm(BaseModel):
    """What any of the forms sends."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    cancel: list[str] = []
    before: str = ""
    after: str = ""
    element: str = ""
    item: str = ""
    leaving: str = ""


def _adjust(tx: Transaction, instance_id: str, form: InterventionForm) -> None:
    instructions = [Instruction("cancel", *unpack(value, "cancel")) for value in form.cancel]
    if form.before:
        instructions.append(Instruction("start_before", *unpack(form.before, "before")))
    if form.after:
        instructions.append(Instruction("start_after", *unpack(form.after, "after")))
    if not instructions:
        raise InvalidInput("请选择要取消或开始的环节", {"cancel": "请选择要取消或开始的环节"})
    modifications.modify(tx, instance_id, instructions, form.reason)


def _return(tx: Transaction, instance_id: str, form: InterventionForm) -> None:
    process_key, element_id, user_task_id = unpack(form.element, "element")
    modifications.return_to(tx, instance_id, process_key, element_id, form.reason, user_task_id=user_task_id)


def _add(tx: Transaction, instance_id: str, form: InterventionForm) -> None:
    process_key, element_id, user_task_id = unpack(form.element, "element")
    if not form.item.strip():
        raise InvalidInput("请选择参与者", {"item": "请选择参与者"})
    participants.add(
        tx, instance_id, process_key, element_id, form.item.strip(), form.reason, user_task_id=user_task_id
    )


def _remove(tx: Transaction, instance_id: str, form: InterventionForm) -> None:
    (process_key, element_id, user_task_id), item = unpack_leaving(form.leaving)
    participants.remove(tx, instance_id, process_key, element_id, form.reason, item=item, user_task_id=user_task_id)


VERBS: dict[str, tuple[str, str, Callable[[Transaction, str, InterventionForm], object]]] = {  # title, done, verb
    "suspend": ("挂起流程", "流程已挂起", lambda tx, i, form: suspension.suspend(tx, i, form.reason)),
    "resume": ("恢复流程", "流程已恢复", lambda tx, i, form: suspension.resume(tx, i, form.reason)),
    "cancel": ("终止流程", "流程已终止", lambda tx, i, form: cancellation.cancel(tx, i, form.reason)),
    "adjust": ("调整环节", "环节已调整", _adjust),
    "return": ("退回", "已退回", _return),
    "add-participant": ("加签", "已加签", _add),
    "remove-participant": ("减签", "已减签", _remove),
}


@router.get("/process-instances/{instance_id}")
def instance_page(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, instance_id: str) -> Response:
    """The instance: state, open incidents, tokens, diagram, buttons."""
    require(principal, PERMISSION)
    with runtime.read(principal.actor) as tx:
        instance = process_instance_rows.get(tx, instance_id)
        taken, names = paths.path(tx, instance), process_names(tx, instance)
        context = {
            "instance": instance,
            "name": names.get(instance.definition_key, instance.definition_key),
            "state": STATES[instance.state],
            "choices": choices(tx, instance),
            "incidents": incidents.list_page(tx, instance_id=instance.id).items,
            "may_retry": may(principal, "incident.manage"),
            "ticket_visible": _sees_ticket(tx, principal, instance),
            "tabs": tabs(instance, names, taken, open_tasks(tx, instance)),
            "others": [each for each in ticket_process.instances(tx, instance.business_key) if each.id != instance.id],
            "definitions": {each.key: each.name for each in process_definitions.list_latest(tx)},
            "states": STATES,
            "steps": steps(tx, taken, names),
        }
    return render(request, "interventions/instance.html", context)


@router.get("/process-instances/{instance_id}/path")
def instance_path(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, instance_id: str) -> Response:
    """Visits and taken flows by process, for the diagram island."""
    require(principal, PERMISSION)
    with runtime.read(principal.actor) as tx:
        found = paths_by_process(tx, process_instance_rows.get(tx, instance_id))
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.get("/process-instances/{instance_id}/{verb}")
def ask(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, instance_id: str, verb: str
) -> Response:
    """The form of a verb."""
    require(principal, PERMISSION)
    _known(verb)
    with runtime.read(principal.actor) as tx:
        return _form(request, tx, instance_id, verb, InterventionForm(), None)


@router.post("/process-instances/{instance_id}/{verb}")
def intervene(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    instance_id: str,
    verb: str,
    form: Annotated[InterventionForm, Form()],
) -> Response:
    """Do it, or show the form again with what is wrong."""
    require(principal, PERMISSION)
    _, done, act = VERBS[_known(verb)]
    try:
        with runtime.write(principal.actor) as tx:
            act(tx, instance_id, form)
    except (InvalidInput, Conflict) as error:
        with runtime.read(principal.actor) as tx:
            return _form(request, tx, instance_id, verb, form, error)
    return redirect(request, f"/process-instances/{instance_id}", Flash(done))


def _known(verb: str) -> str:
    if verb not in VERBS:
        raise NotFound("没有这种干预方式，请从流程干预页面操作")
    return verb


def _sees_ticket(tx: Transaction, principal: Principal, instance: ProcessInstance) -> bool:
    try:
        ticket_scope.find(tx, principal, instance.business_key)
    except NotFound:
        return False
    return True


def _form(
    request: Request,
    tx: Transaction,
    instance_id: str,
    verb: str,
    form: InterventionForm,
    error: MinhuError | None,
) -> Response:
    instance = process_instance_rows.get(tx, instance_id)
    fields = error.fields if isinstance(error, InvalidInput) else {}
    shown = dict.fromkeys(InterventionForm.model_fields, "") | {
        name: text for name, text in fields.items() if name in InterventionForm.model_fields
    }
    context = {
        "instance": instance,
        "verb": verb,
        "title": VERBS[verb][0],
        "values": form,
        "choices": choices(tx, instance),
        "errors": shown,
        "problem": error.message if error is not None and not any(shown.values()) else "",
    }
    template = "interventions/_form.html" if is_htmx(request) else "interventions/form.html"
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    return render(request, template, context, status=status)
