"""Templates to answers: the environment, what every page gets, flash messages, redirects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from engine.working_days import SHANGHAI, Deadline
from web.assets import Assets
from web.clauses import clause_groups
from web.navigation import active_item, navigation

FLASH_COOKIE = "flash"
FLASH_SECONDS = 60
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Flash:
    """One message for the next page; tone: good, warn, bad or nothing."""

    text: str
    tone: str = "good"


def local_time(moment: datetime | str | None, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """The office's wall clock."""
    if not moment:
        return ""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(SHANGHAI).strftime(pattern)


def weekday(moment: datetime) -> str:
    """周一 to 周日, as the office's calendar has it."""
    return "周" + WEEKDAYS[moment.astimezone(SHANGHAI).weekday()]


def file_size(size: int) -> str:
    """Bytes for people."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, size // 1024)} KB"


def explain(explanation: Mapping[str, Any]) -> str:
    """The stored explanation of a deadline as one paragraph."""
    return Deadline.from_json(dict(explanation)).explanation


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "local_time": local_time,
        "weekday": weekday,
        "file_size": file_size,
        "explain": explain,
        "clause_groups": clause_groups,
    }
    environment.globals |= {"assets": Assets(), "navigation": navigation, "active_item": active_item}
    return environment


templates = _environment()


def is_htmx(request: Request) -> bool:
    """Whether only a part of the page is wanted; a page restored from history wants all of it."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page or a part of one; parts (names with a leading underscore) leave the flash message waiting."""
    is_part = template.rpartition("/")[2].startswith("_")
    flash = None if is_part else _waiting_flash(request)
    shell = {
        "request": request,
        "principal": getattr(request.state, "principal", None),
        "unread": getattr(request.state, "unread", 0),
        "flash": flash,
    }
    html = templates.get_template(template).render(shell | dict(context or {}))
    response = HTMLResponse(html, status, dict(headers or {}))
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Vary", "HX-Request")
    if flash:
        response.delete_cookie(FLASH_COOKIE)
    return response


def redirect(request: Request, url: str, flash: Flash | None = None) -> Response:
    """Send the browser on after a post; a request made by htmx is told in its own way."""
    response: Response
    response = Response(headers={"HX-Redirect": url}) if is_htmx(request) else RedirectResponse(url, 303)
    response.headers["Cache-Control"] = "no-store"
    if flash:
        text = quote(json.dumps(asdict(flash), ensure_ascii=False))
        response.set_cookie(FLASH_COOKIE, text, max_age=FLASH_SECONDS, httponly=True, samesite="lax")
    return response


def _waiting_flash(request: Request) -> Flash | None:
    raw = request.cookies.get(FLASH_COOKIE)
    if not raw:
        return None
    try:
        found = json.loads(unquote(raw))
        return Flash(str(found["text"]), str(found["tone"]))
    except (ValueError, KeyError, TypeError):
        return None
