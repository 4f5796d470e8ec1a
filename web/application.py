"""Puts the pages into an application: static files, middleware, routers."""

from __future__ import annotations

from fastapi import FastAPI

from engine.transaction import Runtime
from web import (
    api_tokens,
    attachments,
    audit,
    clause_pages,
    definition_upload,
    departments,
    diagrams,
    inbox,
    incidents,
    interventions,
    login,
    notices,
    people,
    person_page,
    problems,
    process_definitions,
    result_pack,
    ticket_changes,
    ticket_import,
    ticket_page,
    tickets,
    user_tasks,
)
from web.security import SameOrigin, SecurityHeaders
from web.session import COOKIE
from web.static_files import HashedFiles

ROUTERS = [
    login.router,
    inbox.router,
    user_tasks.router,
    notices.router,
    clause_pages.router,
    ticket_import.router,  # fixed addresses stand before /tickets/{number} and /people/{person_id}
    tickets.router,
    ticket_page.router,
    ticket_changes.router,
    result_pack.router,
    diagrams.router,
    interventions.router,
    incidents.router,
    attachments.router,
    departments.router,
    people.router,
    person_page.router,
    api_tokens.router,
    definition_upload.router,
    process_definitions.router,
    audit.router,
]


def install(app: FastAPI, runtime: Runtime, *, secure_cookies: bool = False) -> None:
    """Everything a browser needs; `secure_cookies` where the office serves over https."""
    app.state.runtime = runtime
    app.state.secure_cookies = secure_cookies
    app.mount("/static", HashedFiles())
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    # the last one added is the outermost
    app.add_middleware(problems.UnexpectedErrors)
    app.add_middleware(SameOrigin, session_cookie=COOKIE)
    app.add_middleware(SecurityHeaders)
