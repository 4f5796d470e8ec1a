"""异常: what failed and waits, what is suspended, and the way to any instance by its number."""

from __future__ import annotations

from fastapi import Request, Response

from engine import incidents, process_definitions, process_instance_rows
from engine.errors import MinhuError, NotFound
from engine.process_instance_rows import SUSPENDED
from hotline.access import may, require
from web.interventions import STATES
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

PAGE_SIZE = 50


@router.get("/incidents")
def incident_list(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, number: str = "", offset: int = 0
) -> Response:
    """Open incidents, newest first; with a number, straight to its instance, or to choose from when it has several."""
    require(principal, "incident.manage")
    intervenes = may(principal, "instance.intervene")
    problem, found = "", []
    with runtime.read(principal.actor) as tx:
        if number.strip() and intervenes:
            found = process_instance_rows.list_page(tx, business_key=number.strip(), limit=PAGE_SIZE).items
            if len(found) == 1:
                return redirect(request, f"/process-instances/{found[0].id}")
            problem = "" if found else f"没有编号为 {number.strip()} 的流程，请核对编号"
        context = {
            "page": incidents.list_page(tx, limit=PAGE_SIZE, offset=max(offset, 0)),
            "suspended": process_instance_rows.list_page(tx, state=SUSPENDED, limit=PAGE_SIZE),
            "page_url": lambda offset: f"/incidents?offset={offset}",
            "intervenes": intervenes,
            "number": number,
            "found": found,
            "names": {each.key: each.name for each in process_definitions.list_latest(tx)},
            "states": STATES,
            "problem": problem,
        }
    return render(request, "incidents/list.html", context, status=404 if problem else 200)


@router.post("/incidents/{incident_id}/retry")
def retry(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, incident_id: str) -> Response:
    """Try it again now and say how it went."""
    require(principal, "incident.manage")
    try:
        with runtime.write(principal.actor) as tx:
            incidents.retry(tx, incident_id)
            after = incidents.get(tx, incident_id)
    except NotFound:
        raise
    except MinhuError as error:
        return redirect(request, "/incidents", Flash(f"没有成功：{error.message}", "bad"))
    back = f"/process-instances/{after.instance_id}" if may(principal, "instance.intervene") else "/incidents"
    if after.resolved_at is None:
        return redirect(request, back, Flash(f"仍然失败：{after.message}", "bad"))
    return redirect(request, back, Flash("重试成功，流程已继续"))
