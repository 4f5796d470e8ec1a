"""Everything the page of a user task shows: its form, the ticket beside it, what was said before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import process_definitions, user_tasks
from engine.transaction import Transaction
from engine.user_task_rows import COMPLETED, CREATED, UserTask
from engine.working_days import SHANGHAI
from hotline import attachments, lights, organisation, persons, tickets
from hotline.access import Principal, may
from hotline.ticket_view import Ticket
from web import decision_preview, filled_forms, forms, sent_back
from web.rendering import local_time
from web.wordings import wording

NO_FORM: forms.Schema = {"title": "", "properties": {}}


def find(tx: Transaction, principal: Principal, task_id: str) -> tuple[UserTask, Ticket]:
    """The task and its ticket; NotFound when the ticket lies outside the person's scope."""
    task = user_tasks.get(tx, task_id)
    return task, tickets.get(tx, principal, task.business_key)


def schema_of(tx: Transaction, task: UserTask) -> forms.Schema:
    """The task's form; without one it has no fields."""
    return process_definitions.form(tx, task.definition_id, task.process_key, task.form_key) or NO_FORM


def context(
    tx: Transaction,
    principal: Principal,
    task_id: str,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    conflict: str = "",
) -> dict[str, Any]:
    """The template's names; `data` is what came back with a refused submission."""
    task, ticket = find(tx, principal, task_id)
    may_act = task.state == CREATED and user_tasks.may_act(principal.actor, task)
    labels = organisation.group_labels(tx)
    people = persons.names(tx, {name for name in (task.assignee, task.completed_by) if name})
    shown = {
        "task": task,
        "ticket": ticket,
        "open": task.state == CREATED,
        "may_act": may_act,
        "conflict": _who_was_faster(task, people, conflict) if conflict else "",
        "closed_text": _closed(task, people),
        "countdown": lights.countdown(tx.runtime.working_days, tx.now, task.due_at, task.due_explanation),
        "groups": "、".join(labels.get(group, group) for group in task.candidate_groups) or "指定办理人",
        "assignee_name": people.get(task.assignee or "", task.assignee or ""),
        "attachments": attachments.of_ticket(tx, ticket.number),
        "may_reveal": may(principal, "caller.view") and not ticket.caller.hidden,
        "sent_back": [],
    }
    return shown | (_form(tx, task, ticket, data, errors or {}) if task.state == CREATED else {})


def _form(
    tx: Transaction,
    task: UserTask,
    ticket: Ticket,
    data: Mapping[str, Any] | None,
    errors: Mapping[str, str],
) -> dict[str, Any]:
    schemas = filled_forms.schemas(tx, task)
    schema = schemas.get((task.process_key, task.form_key or ""), NO_FORM)
    catalogues = filled_forms.catalogues_of(tx, task, schemas)
    variables = user_tasks.context(tx, task.id)
    names = organisation.names(tx)
    values = data if data is not None else task.draft or _first_values(schema, variables, ticket)
    return {
        "sections": forms.sections(schema, values, catalogues, errors),
        "labels": forms.labels(schema),
        "errors": errors,
        "description": schema.get("description", ""),
        "draft_saved": data is None and task.draft is not None,
        "stored": catalogues.get("ticket_attachments", {}),
        "limits": limits(tx, task.id),
        "wording": wording(task, ticket, variables, next((names.get(g, "") for g in task.candidate_groups), "")),
        "sent_back": sent_back.reasons(task, variables, schemas),
        "attempts": variables.get("attempts") or [],
        "attempt_labels": forms.options_of(schema.get("properties", {}).get("time_slot", {}), {})
        | forms.options_of(schema.get("properties", {}).get("contact_result", {}), {}),
        "filled": [
            *filled_forms.of_process(task, schemas, variables, catalogues),
            *filled_forms.of_reports(schemas, variables, catalogues, names),
        ],
        "preview_fields": sorted(decision_preview.inputs(tx, task, schema)),
    }


def limits(tx: Transaction, task_id: str) -> dict[str, Any]:
    """How many files and how large (3.3-4), for the checks the browser makes before sending."""
    on = tx.now.astimezone(SHANGHAI).date()
    rules = tx.runtime.working_days.rules
    return {
        "url": f"/user-tasks/{task_id}/attachments",
        "count": int(str(rules.rule("attachment_max_count", on).value)),
        "megabytes": int(str(rules.rule("attachment_max_megabytes", on).value)),
    }


def _first_values(schema: forms.Schema, variables: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """What may stand in the form at first: answers of an earlier round, the place the address lies in."""
    properties = schema.get("properties", {})
    values = {name: variables[name] for name in properties if schema.get("x-prefill") and name in variables}
    place = organisation.place_of(ticket.address) if ticket.address else None
    known = {"areas": place.area_id, "committees": place.committee_id} if place else {}
    for name, part in properties.items():
        if part.get("x-options") in known:
            values.setdefault(name, known[part["x-options"]])
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _closed(task: UserTask, people: Mapping[str, str]) -> str:
    if task.state == COMPLETED:
        who = people.get(task.completed_by or "", task.completed_by or "")
        return f"{who} 已于 {local_time(task.completed_at)} 办完。"
    return "流程已从别处继续（时限到期、撤回或重新交办），这一步不再需要办理。"


def _who_was_faster(task: UserTask, people: Mapping[str, str], message: str) -> str:
    if task.state == COMPLETED:
        return f"{_closed(task, people)}您填写的内容没有记入工单。"
    if task.assignee:
        return f"{people.get(task.assignee, task.assignee)} 已认领此任务，由其办理；您填写的内容没有记入工单。"
    return message
