"""Every right is asked for where it is due: who has all others is refused, who has only this one is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select, update

from engine import process_definitions
from engine.transaction import SYSTEM, Runtime
from hotline import roles, sessions
from hotline.roles import PERMISSIONS, Role
from hotline.tables import attachment, membership, person
from tests.security.rights import ALSO, CHANGES_OF_THE_TICKET, OF_THE_GROUP, OF_THE_TICKET, OPEN, RIGHTS, Door, doors
from tests.security.routes import operations
from tests.server import LiveServer
from tests.web.story import Story, principal
from web.application import ROUTERS
from web.session import COOKIE

NOTHING = "00000000-0000-4000-8000-000000000000"
ALL = frozenset(PERMISSIONS)
SAFE = ("GET",)
FILE = ("a.txt", b"a", "text/plain")
FORMS: dict[Door, dict[str, object]] = {  # what a page must be sent to get as far as the right
    ("POST", "/tickets/new"): {"data": {"title": "甲", "content": "乙"}},
    ("POST", "/tickets/import"): {"files": {"file": FILE}},
    ("POST", "/tickets/{number}/caller"): {"data": {"reason": "回电核实"}},
    ("POST", "/tickets/{number}/attachments"): {"files": {"files": FILE}},
    ("POST", "/user-tasks/{task_id}/attachments"): {"files": {"_file": FILE}},
    ("POST", "/api/tickets/{number}/attachments"): {"files": {"files": FILE}},
    ("POST", "/api/ticket-imports"): {"files": {"file": FILE}},
    ("POST", "/api/process-definitions"): {"files": {"files": FILE}},
    ("POST", "/api/process-definitions/check"): {"files": {"files": FILE}},
    ("PUT", "/api/user-tasks/{task_id}/draft"): {"json": {"data": {}}},
    ("POST", "/api/user-tasks/{task_id}/complete"): {"json": {"data": {}}},
    ("POST", "/api/tickets/{number}/caller-reveals"): {"json": {"reason": "回电核实"}},
    ("POST", "/api/tickets/{number}/reclassify"): {
        "json": {"matter_class": "urgent", "reason": "核实后改判", "version": 1}
    },
    ("POST", "/api/tickets/{number}/links"): {
        "json": {"linked_number": NOTHING, "kind": "same_matter", "reason": "同一诉求"}
    },
    ("DELETE", "/api/tickets/{number}/links/{linked_number}"): {"params": {"reason": "不是同一诉求"}},
    ("POST", "/api/user-tasks/{task_id}/assign"): {"json": {"assignee": "intake2", "reason": "原办理人外出"}},
    ("POST", "/api/user-tasks/{task_id}/move-department"): {
        "json": {"department_id": "office_service", "reason": "职责不符"}
    },
    ("POST", "/tickets/{number}/reclassify"): {"data": {"matter_class": "urgent", "reason": "改判", "version": "1"}},
    ("PUT", "/api/people/{person_id}/absence"): {"json": {"until": "2026-03-09T09:00:00+08:00"}},
}


class Visitor:
    """A person of no group whose rights change from one request to the next."""

    def __init__(self, server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.monkeypatch = server, monkeypatch
        with server.runtime.write(SYSTEM) as tx:
            me = principal(tx, "auditor").person.id
            tx.connection.execute(update(membership).where(membership.c.person_id == me).values(role="visitor"))
            self.monkeypatch.setitem(roles.ROLES, "visitor", Role("visitor", "访客", ALL))
            token = sessions.open_session(tx, me, "127.0.0.1", "test")
        self.client = httpx.Client(base_url=server.url, headers={"Origin": server.url}, trust_env=False, timeout=30)
        self.client.cookies.set(COOKIE, token, domain="127.0.0.1")
        self.real = self._real(Story(server))

    def _real(self, story: Story) -> dict[str, str]:
        [task] = story.open()
        with self.server.runtime.read(SYSTEM) as tx:
            kept = tx.connection.execute(select(attachment.c.id)).scalars().first()
            other = tx.connection.execute(select(person.c.id).where(person.c.login == "intake1")).scalar_one()
            definition = process_definitions.list_latest(tx)[0]
        return {
            "number": story.number,
            "task_id": task.id,
            "instance_id": task.instance_id,
            "attachment_id": str(kept),
            "person_id": other,
            "definition_id": definition.id,
            "process_key": definition.key,
            "department_id": "office_service",
            "verb": "suspend",
            "ids": "2-2",
        }

    def status(self, door: Door, rights: Collection[str], *, real: bool = True) -> int:
        """What a request is answered that a person with these rights makes; about something real or about nothing."""
        self.monkeypatch.setitem(roles.ROLES, "visitor", Role("visitor", "访客", frozenset(rights)))
        method, path = door
        for name in [each.partition("}")[0] for each in path.split("{")[1:]]:
            known = self.real.get(name, NOTHING)
            path = path.replace(f"{{{name}}}", known if real or name == "verb" else NOTHING)
        sent = FORMS.get(door, {"json": {}} if path.startswith("/api/") and method in ("POST", "PUT") else {})
        return self.client.request(method, path, **sent).status_code  # type: ignore[arg-type]


@pytest.fixture
def visitor(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """On the whole product: pages and API."""
    found = Visitor(live_server, monkeypatch)
    yield found
    found.client.close()


def wrong(expected: Callable[[int], bool], answers: dict[Door, int]) -> dict[Door, int]:
    """The answers that are not as expected."""
    return {door: status for door, status in answers.items() if not expected(status)}


def all_doors(runtime: Runtime) -> set[Door]:
    """As they are built."""
    pages = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    built = {(method, f"/api{path}") for method, path, _ in operations(runtime)}
    return built | {(method, route.path) for route in pages for method in route.methods}


def test_each_right_is_asked_for_and_no_other_and_no_door_is_forgotten(visitor: Visitor) -> None:
    listed = [door for text in (*RIGHTS.values(), *OPEN.values()) for door in doors(text)]
    listed = [(method, path.partition("?")[0]) for method, path in [*listed, *OF_THE_TICKET]]
    assert len(listed) == len(set(listed))
    assert {*listed, *OF_THE_GROUP} == all_doors(visitor.server.runtime)
    asked = [(right.split(), door) for right, text in RIGHTS.items() for door in doors(text)]
    refused = {door: visitor.status(door, ALL - {*rights}) for rights, door in asked}
    assert wrong(lambda status: status == 403, refused) == {}
    for position in range(2):
        enough = {
            door: visitor.status(door, {rights[position], ALSO.get(door, "")}, real=door[0] in SAFE)
            for rights, door in asked
            if position < len(rights)
        }
        assert wrong(lambda status: status not in (401, 403, 405, 500), enough) == {}


def test_a_ticket_is_hidden_from_who_may_not_see_it_and_its_work_from_other_groups(visitor: Visitor) -> None:
    hidden = ALL - {"ticket.view_all", "instance.view"}  # its own tickets: none
    hiding = [*OF_THE_TICKET, *CHANGES_OF_THE_TICKET]
    assert wrong(lambda status: status == 404, {door: visitor.status(door, hidden) for door in hiding}) == {}
    seen = {door: visitor.status(door, {"ticket.view_all"}) for door in OF_THE_TICKET if door[0] in SAFE}
    assert wrong(lambda status: status == 200, seen) == {}
    assert wrong(lambda status: status == 403, {door: visitor.status(door, ALL) for door in OF_THE_GROUP}) == {}


def test_what_is_open_is_so_without_any_right_and_lists_are_empty_then(visitor: Visitor) -> None:
    open_doors = [door for text in OPEN.values() for door in doors(text) if door[0] in SAFE]
    assert wrong(lambda status: status in (200, 303), {door: visitor.status(door, ()) for door in open_doors}) == {}
    assert visitor.client.get("/api/tickets").json()["total"] == 0
    for page in ("/tickets", "/inbox", "/inbox?scope=groups", "/notices"):
        assert visitor.real["number"] not in visitor.client.get(page).text
    assert visitor.client.get("/inbox?scope=all").status_code == 403
    assert visitor.client.get("/api/user-tasks", params={"scope": "all"}).status_code == 403
