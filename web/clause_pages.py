"""The text behind a clause chip: in a dialog, or as a page where script is off."""

from __future__ import annotations

from fastapi import Request, Response

from engine.errors import NotFound
from web.clauses import clause, clause_ids
from web.problems import page_router
from web.rendering import is_htmx, render
from web.session import CurrentPrincipal

router = page_router()


@router.get("/clauses/{ids}")
def show(request: Request, ids: str, _principal: CurrentPrincipal) -> Response:
    """One clause, or several with commas."""
    found = [known for known in map(clause, clause_ids(ids)) if known]
    if not found:
        raise NotFound("条款库里没有这一条，请核对编号。")
    template = "clauses/_clauses.html" if is_htmx(request) else "clauses/clauses.html"
    return render(request, template, {"clauses": found})
