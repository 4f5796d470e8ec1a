"""Departments: heads, A and B handlers, and what is vacant (clauses 2-2, 2-4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response

from engine.errors import Conflict, InvalidInput
from engine.transaction import Transaction
from hotline import organisation, people
from hotline.access import Principal, may, require
from hotline.people import Person
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

EVERYBODY = 10_000


@router.get("/people/departments")
def department_list(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal) -> Response:
    """Every department that must be staffed, with its head, A, B and faults."""
    with runtime.read(principal.actor) as tx:
        everybody = people.list_page(tx, principal, active=True, limit=EVERYBODY).items
        faults: dict[str, list[organisation.Fault]] = {}
        for fault in organisation.faults(tx):
            faults.setdefault(fault.department_id, []).append(fault)
        departments = organisation.all_departments(tx, organisation.STAFFED_KINDS)
        context = {
            "departments": departments,
            "kinds": organisation.kind_labels(),
            "faults": faults,
            "holders": _holders(everybody),
            "now": tx.now,
            "may_manage": may(principal, "people.manage"),
        }
    return render(request, "people/departments.html", context)


def _holders(everybody: list[Person]) -> dict[tuple[str, str], list[Person]]:
    """(department, head | A | B) → who."""
    holders: dict[tuple[str, str], list[Person]] = {}
    for person in everybody:
        for post in person.memberships:
            key = post.handler_rank if post.role == "handler" else post.role
            if key in ("A", "B", "head"):
                holders.setdefault((post.department_id, key), []).append(person)
    return holders


@router.get("/people/departments/{department_id}")
def department_page(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, department_id: str
) -> Response:
    """Choose the two handlers."""
    require(principal, "people.manage")
    with runtime.read(principal.actor) as tx:
        return _page(request, tx, principal, department_id)


@router.post("/people/departments/{department_id}")
def set_handlers(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    department_id: str,
    handler_a: Annotated[str, Form()] = "",
    handler_b: Annotated[str, Form()] = "",
) -> Response:
    """Name A and B."""
    try:
        with runtime.write(principal.actor) as tx:
            people.set_handlers(tx, principal, department_id, handler_a or None, handler_b or None)
    except (InvalidInput, Conflict) as error:
        with runtime.read(principal.actor) as tx:
            return _page(request, tx, principal, department_id, error.message)
    return redirect(request, "/people/departments", Flash("已更新 A、B 角"))


def _page(request: Request, tx: Transaction, principal: Principal, department_id: str, problem: str = "") -> Response:
    department = organisation.get(tx, department_id)
    everybody = people.list_page(tx, principal, active=True, limit=EVERYBODY).items
    holders = _holders(everybody)
    context = {
        "department": department,
        "choices": {person.id: f"{person.name}（{person.login}）" for person in everybody if not person.program},
        "handler_a": next((person.id for person in holders.get((department_id, "A"), [])), ""),
        "handler_b": next((person.id for person in holders.get((department_id, "B"), [])), ""),
        "problem": problem,
    }
    return render(request, "people/department.html", context, status=422 if problem else 200)
