"""Changes by hand, each with its reason: another class, another handler, another department."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, Request, Response
from pydantic import BaseModel, ConfigDict

from engine import user_tasks
from engine.errors import Conflict, InvalidInput, MinhuError, NotFound, Refused
from engine.transaction import Transaction
from hotline import office_data, organisation, reassignment, reclassification, tickets
from hotline.access import Principal, require
from hotline.roles import HANDLING_KINDS
from web.problems import page_router
from web.rendering import Flash, is_htmx, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

MOST_OPEN_TASKS = 100
BACK_TO_GROUP = "-"
DERIVED_CLASSES = ("recheck", "suishenpai")  # these follow from a ticket's marks and kind


class ReclassifyForm(BaseModel):
    """What the form sends; `version` is the ticket's as it was shown."""

    model_config = ConfigDict(extra="forbid")

    matter_class: str = ""
    reason: str = ""
    version: int = 0


class ReassignForm(BaseModel):
    """A task to another person (or back to its group), or a department's work to another department."""

    model_config = ConfigDict(extra="forbid")

    user_task_id: str = ""
    assignee: str = ""
    department_id: str = ""
    reason: str = ""


@router.get("/tickets/{number}/reclassify")
def ask_class(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """The form for another class."""
    require(principal, "ticket.revise")
    with runtime.read(principal.actor) as tx:
        return _reclassify_form(request, tx, principal, number, ReclassifyForm(), None)


@router.post("/tickets/{number}/reclassify")
def reclassify(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    number: str,
    form: Annotated[ReclassifyForm, Form()],
) -> Response:
    """Another class, with new limits from the decision table."""
    try:
        with runtime.write(principal.actor) as tx:
            ticket = reclassification.reclassify(tx, principal, number, form.matter_class, form.reason, form.version)
    except (InvalidInput, Conflict, Refused) as error:
        with runtime.read(principal.actor) as tx:
            return _reclassify_form(request, tx, principal, number, form, error)
    return redirect(request, f"/tickets/{number}", Flash(f"已调整为“{ticket.matter_class_label}”，时限已重新计算"))


@router.get("/tickets/{number}/reassign")
def ask_handler(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """The open steps with the people each may be handed to."""
    require(principal, "task.reassign")
    with runtime.read(principal.actor) as tx:
        return _reassign_form(request, tx, principal, number, ReassignForm(), None)


@router.post("/tickets/{number}/reassign")
def reassign(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    number: str,
    form: Annotated[ReassignForm, Form()],
) -> Response:
    """Hand a step over, or move a department's work."""
    try:
        with runtime.write(principal.actor) as tx:
            text = _reassign(tx, principal, number, form)
    except (InvalidInput, Conflict, Refused) as error:
        with runtime.read(principal.actor) as tx:
            return _reassign_form(request, tx, principal, number, form, error)
    return redirect(request, f"/tickets/{number}", Flash(text))


def _reassign(tx: Transaction, principal: Principal, number: str, form: ReassignForm) -> str:
    require(principal, "task.reassign")
    tickets.get(tx, principal, number)
    if user_tasks.get(tx, form.user_task_id).business_key != number:
        raise NotFound("该工单没有这个步骤，请刷新页面")
    if form.department_id:
        reassignment.move_department(tx, principal, form.user_task_id, form.department_id, form.reason)
        return f"已改由{organisation.get(tx, form.department_id).name}承办"
    if not form.assignee:
        raise InvalidInput("请选择新的办理人", {"assignee": "请选择新的办理人"})
    login = None if form.assignee == BACK_TO_GROUP else form.assignee
    task = reassignment.reassign(tx, principal, form.user_task_id, login, form.reason)
    return f"“{task.name}”已退回组内" if login is None else f"“{task.name}”已改派"


def _problem(error: MinhuError | None) -> dict[str, Any]:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return {
        "errors": {"matter_class": "", "reason": "", "assignee": "", "department": "", **fields},
        "problem": error.message if error is not None and not fields else "",
        "conflict": isinstance(error, Conflict),
    }


def _status(error: MinhuError | None) -> int:
    if error is None:
        return 200
    return 409 if isinstance(error, Conflict) else 422


def _reclassify_form(
    request: Request,
    tx: Transaction,
    principal: Principal,
    number: str,
    form: ReclassifyForm,
    error: MinhuError | None,
) -> Response:
    ticket = tickets.get(tx, principal, number)
    context = {
        "ticket": ticket,
        "classes": _classes(),
        "values": form,
        # a conflict is answered with what holds now, so that the person can look and decide again
        "version": ticket.version if error is None else form.version,
        **_problem(error),
    }
    template = "tickets/_reclassify.html" if is_htmx(request) else "tickets/reclassify.html"
    return render(request, template, context, status=_status(error))


def _classes() -> dict[str, str]:
    known: dict[str, str] = office_data.read("ticket_fields.yaml")["matter_class"]
    return {name: label for name, label in known.items() if name not in DERIVED_CLASSES}


def _reassign_form(
    request: Request,
    tx: Transaction,
    principal: Principal,
    number: str,
    form: ReassignForm,
    error: MinhuError | None,
) -> Response:
    ticket = tickets.get(tx, principal, number)
    open_tasks = user_tasks.list_page(tx, actor_scope="all", business_key=number, limit=MOST_OPEN_TASKS).items
    groups = organisation.group_labels(tx)
    context = {
        "ticket": ticket,
        "tasks": [
            {
                "task": task,
                "groups": "、".join(groups.get(group, group) for group in task.candidate_groups),
                "candidates": {person.login: person.name for person in reassignment.candidates(tx, principal, task.id)},
                "movable": task.process_key == reassignment.DEPARTMENT_PROCESS,
            }
            for task in open_tasks
        ],
        "departments": {each.id: each.name for each in organisation.all_departments(tx, HANDLING_KINDS)},
        "back_to_group": BACK_TO_GROUP,
        "values": form,
        **_problem(error),
    }
    template = "tickets/_reassign.html" if is_htmx(request) else "tickets/reassign.html"
    return render(request, template, context, status=_status(error))
