"""Access tokens for programs: issue (the secret is shown once), list, revoke."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Request, Response

from engine.errors import InvalidInput
from engine.transaction import Transaction
from hotline import api_tokens, people
from hotline.access import Principal, may, require
from hotline.api_tokens import IssuedToken
from hotline.roles import PERMISSIONS
from web.moments import end_of_day
from web.problems import page_router
from web.rendering import Flash, redirect, render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

MOST_PROGRAMS = 200


@router.get("/api-tokens")
def token_list(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal) -> Response:
    """Every token, and the form for a new one."""
    require(principal, "token.manage")
    with runtime.read(principal.actor) as tx:
        return _page(request, tx, principal)


@router.post("/api-tokens")
def issue(
    request: Request,
    runtime: CurrentRuntime,
    principal: CurrentPrincipal,
    name: Annotated[str, Form()] = "",
    person_id: Annotated[str, Form()] = "",
    scopes: Annotated[list[str], Form()] = [],  # noqa: B006 - read only
    expires_on: Annotated[str, Form()] = "",
) -> Response:
    """Issue a token and show its secret, once."""
    values = {"name": name, "person_id": person_id, "scopes": scopes, "expires_on": expires_on}
    try:
        with runtime.write(principal.actor) as tx:
            issued = api_tokens.issue(
                tx,
                principal,
                name=name,
                scopes=scopes,
                person_id=person_id or None,
                expires_at=end_of_day(expires_on, "expires_on"),
            )
    except InvalidInput as error:
        with runtime.read(principal.actor) as tx:
            return _page(request, tx, principal, values, error.fields or {"": error.message})
    with runtime.read(principal.actor) as tx:
        return _page(request, tx, principal, issued=issued)


@router.post("/api-tokens/{token_id}/revoke")
def revoke(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, token_id: str) -> Response:
    """End a token at once."""
    with runtime.write(principal.actor) as tx:
        api_tokens.revoke(tx, principal, token_id)
    return redirect(request, "/api-tokens", Flash("令牌已吊销"))


def _page(
    request: Request,
    tx: Transaction,
    principal: Principal,
    values: Mapping[str, object] | None = None,
    errors: dict[str, str] | None = None,
    issued: IssuedToken | None = None,
) -> Response:
    owners = {principal.person.id: f"{principal.person.name}（本人）"}
    if may(principal, "people.view"):
        page = people.list_page(tx, principal, active=True, limit=MOST_PROGRAMS * 10)
        owners |= {person.id: f"{person.name}（程序账号）" for person in page.items if person.program}
    context = {
        "tokens": api_tokens.list_all(tx, principal),
        "now": tx.now,
        "values": values or {"name": "", "person_id": principal.person.id, "scopes": [], "expires_on": ""},
        "errors": {"name": "", "scopes": "", "person_id": "", "expires_on": "", "expires_at": "", **(errors or {})},
        "problems": errors or {},
        "issued": issued,
        "owners": owners,
        "permissions": PERMISSIONS,
    }
    return render(request, "people/tokens.html", context, status=422 if errors else 200)
