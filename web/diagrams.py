"""Diagrams for the browser: the author's XML of a version, and the path a ticket has taken on it."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from engine import paths, process_definitions, user_tasks
from engine.process_instance_rows import ProcessInstance
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from hotline import persons, ticket_process, tickets
from web.problems import page_router
from web.rendering import local_time
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

UNCHANGING = "private, max-age=31536000, immutable"  # a version's files never change
MOST_OPEN_TASKS = 500
STATES = {"done": "已完成", "active": "办理中", "cancelled": "已取消"}


@router.get("/process-definitions/{definition_id}/diagrams/{process_key}")
def diagram(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, definition_id: str, process_key: str
) -> Response:
    """The diagram as its author wrote it; the regulation's procedure is no secret to those who work by it."""
    with runtime.read(principal.actor) as tx:
        content = process_definitions.bpmn(tx, definition_id, process_key)
    return Response(content, media_type="application/xml", headers={"Cache-Control": UNCHANGING})


@router.get("/tickets/{number}/path")
def path(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """Visits and taken flows by process, for the diagram island."""
    with runtime.read(principal.actor) as tx:
        tickets.get(tx, principal, number)
        found: dict[str, Any] = {}
        for instance in shown_instances(tx, number):
            found = paths_by_process(tx, instance) | found
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def shown_instances(tx: Transaction, number: str) -> list[ProcessInstance]:
    """Those whose diagrams a ticket's page shows: its handling, and the newest instance of every other process."""
    found: dict[str, ProcessInstance] = {}
    for instance in ticket_process.instances(tx, number):
        found.setdefault(instance.definition_key, instance)
    return list(found.values())


def paths_by_process(tx: Transaction, instance: ProcessInstance) -> dict[str, Any]:
    """Process key → visits (element, name, state, count, at, actor, overdue) in order, and flows."""
    taken = paths.path(tx, instance)
    late = _overdue(tx, instance)
    names = persons.names(tx, {visit.actor for visit in taken.visits})
    found: dict[str, Any] = {}
    for visit in sorted(taken.visits, key=lambda each: each.last_at):
        found.setdefault(visit.process_key, {"visits": [], "flows": []})["visits"].append(
            {
                "element": visit.element_id,
                "name": visit.name,
                "state": visit.state,
                "count": visit.count,
                "at": local_time(visit.last_at),
                "actor": names.get(visit.actor, ""),
                "overdue": visit.state == "active" and (visit.process_key, visit.element_id) in late,
            }
        )
    for process_key, flow in sorted(taken.flows):
        found.setdefault(process_key, {"visits": [], "flows": []})["flows"].append(flow)
    return found


def open_tasks(tx: Transaction, instance: ProcessInstance) -> list[UserTask]:
    """What waits for somebody in one instance, without those of others under the same number."""
    return user_tasks.list_page(tx, actor_scope="all", instance_id=instance.id, limit=MOST_OPEN_TASKS).items


def _overdue(tx: Transaction, instance: ProcessInstance) -> set[tuple[str, str]]:
    tasks = open_tasks(tx, instance)
    return {(task.process_key, task.element_id) for task in tasks if task.due_at and task.due_at < tx.now}
