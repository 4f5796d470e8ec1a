"""One ticket: facts, three due dates, open steps, timeline, diagram, files, linked tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response

from engine.errors import InvalidInput, Refused
from hotline import tickets
from hotline.access import may
from web.problems import page_router
from web.rendering import is_htmx, render
from web.session import CurrentPrincipal, CurrentRuntime
from web.ticket_details import view_of

router = page_router()

SHORTEST_REASON = 2


@router.get("/tickets/{number}")
def ticket_page(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """The page of a ticket in this person's scope."""
    with runtime.read(principal.actor) as tx:
        ticket = tickets.get(tx, principal, number)
        view = view_of(tx, principal, ticket)
    context = {"ticket": ticket, "view": view, "asking": False, "revealed": None, "reason": "", "problem": ""}
    return render(request, "tickets/ticket.html", context)


@router.get("/tickets/{number}/print")
def print_view(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str) -> Response:
    """Everything on paper, the caller masked."""
    with runtime.read(principal.actor) as tx:
        ticket = tickets.get(tx, principal, number)
        view = view_of(tx, principal, ticket)
        context = {"ticket": ticket, "view": view, "now": tx.now}
    return render(request, "print/ticket.html", context)


@router.get("/tickets/{number}/caller")
def ask_reason(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str, cancel: bool = False
) -> Response:
    """Why the caller's data is needed; or, cancelled, the masked form again."""
    return _caller(request, runtime, principal, number, asking=not cancel)


@router.post("/tickets/{number}/caller")
def reveal_caller(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    number: str,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Show the caller, on record with the reason (A6-5)."""
    if len(reason.strip()) < SHORTEST_REASON:
        return _caller(request, runtime, principal, number, asking=True, problem="请填写查看原因")
    try:
        with runtime.write(principal.actor) as tx:
            revealed = tickets.reveal_caller(tx, principal, number, reason)
    except (InvalidInput, Refused) as error:
        return _caller(request, runtime, principal, number, asking=True, reason=reason, problem=error.message)
    return _caller(request, runtime, principal, number, revealed=revealed)


def _caller(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    number: str,
    **shown: object,
) -> Response:
    with runtime.read(principal.actor) as tx:
        ticket = tickets.get(tx, principal, number)
    context = {
        "ticket": ticket,
        "may_reveal": may(principal, "caller.view") and not ticket.caller.hidden,
        "asking": False,
        "revealed": None,
        "reason": "",
        "problem": "",
        **shown,
    }
    template = "tickets/_caller.html" if is_htmx(request) else "tickets/caller.html"
    return render(request, template, context, status=422 if context["problem"] else 200)
