"""AB roles: while one handler is away the other has the work at once; nobody's task is stranded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import audit, process_definitions, process_instances, user_tasks
from engine.audit import AuditEntry
from engine.errors import Forbidden, InvalidInput
from engine.transaction import SYSTEM, Runtime
from hotline import people
from hotline.absences import HandOver
from hotline.access import principal_for
from hotline.people import Membership
from tests.conftest import FakeClock
from tests.engine import diagrams
from tests.hotline.office import open_office, person_called, principal, trail

FORM = '{"title": "处置", "type": "object", "properties": {}, "additionalProperties": false}'.encode()
DIAGRAM = diagrams.document(
    "matter",
    diagrams.start(),
    diagrams.user_task("handle_matter", "${group}"),
    diagrams.end(),
    diagrams.flows("start", "handle_matter", "end"),
)


def office_with(runtime: Runtime, **holders: str) -> None:
    """One open task per business key, offered to the group and claimed by the person: key="group login"."""
    open_office(runtime)
    with runtime.write(SYSTEM) as tx:
        files = diagrams.files(("matter", DIAGRAM), forms={"matter/handle_matter": FORM})
        process_definitions.deploy(tx, files, "test")
    for key, holder in holders.items():
        group, login = holder.split()
        with runtime.write(SYSTEM) as tx:
            process_instances.start(tx, "matter", key, {"group": group})
            [task] = user_tasks.list_page(tx, actor_scope="all", business_key=key).items
            user_tasks.assign(tx, task.id, login, "测试")


def assignee(runtime: Runtime, key: str) -> str | None:
    with runtime.read(SYSTEM) as tx:
        [task] = user_tasks.list_page(tx, actor_scope="all", business_key=key).items
    return task.assignee


def send_away(runtime: Runtime, login: str, by: str | None = None, days: float = 3) -> HandOver:
    doer, absentee = principal(runtime, by or login), person_called(runtime, login)
    with runtime.write(doer.actor) as tx:
        return people.set_absence(tx, doer, absentee.id, tx.now + timedelta(days=days))


def last_entry(runtime: Runtime, key: str) -> AuditEntry:
    with runtime.read(SYSTEM) as tx:
        return audit.entries(tx, audit.instance_stream(key))[-1]


@pytest.mark.clause("2-2")
def test_b_has_the_open_tasks_of_a_at_once_with_the_reason_in_the_ticket(runtime: Runtime) -> None:
    office_with(runtime, one="office_safety office_safety_a", two="office_safety office_safety_a")
    result = send_away(runtime, "office_safety_a")
    assert {task.business_key: task.to_login for task in result.moved} == {
        "one": "office_safety_b",
        "two": "office_safety_b",
    }
    assert result.left == ()
    assert assignee(runtime, "one") == assignee(runtime, "two") == "office_safety_b"
    entry = last_entry(runtime, "one")
    assert entry.actor == "office_safety_a"
    assert "缺岗至2026-03-05 09:00" in entry.detail["reason"]
    assert "AB角互补，条款 2-2" in entry.detail["reason"]
    [noted] = trail(runtime, "absence_set")
    assert noted.clause == "2-2"
    assert noted.detail["moved"] == {task.task_id: "office_safety_b" for task in result.moved}


@pytest.mark.clause("2-2")
def test_a_has_the_tasks_of_b_when_b_is_away(runtime: Runtime) -> None:
    office_with(runtime, one="area_beishi area_beishi_b")
    send_away(runtime, "area_beishi_b")
    assert assignee(runtime, "one") == "area_beishi_a"


@pytest.mark.clause("2-2")
def test_each_task_goes_to_the_other_handler_of_its_own_department(runtime: Runtime) -> None:
    office_with(runtime, one="office_safety office_safety_a", two="youth_league office_safety_a")
    admin, both = principal(runtime, "administrator"), person_called(runtime, "office_safety_a")
    with runtime.write(admin.actor) as tx:
        b = person_called(runtime, "youth_league_b")
        people.set_handlers(tx, admin, "youth_league", both.id, b.id)
    send_away(runtime, "office_safety_a")
    assert (assignee(runtime, "one"), assignee(runtime, "two")) == ("office_safety_b", "youth_league_b")


@pytest.mark.clause("2-2")
def test_what_nobody_can_take_over_stays_and_is_named(runtime: Runtime) -> None:
    office_with(runtime, one="area_beishi area_beishi_a", two="property_06 property_06_a")
    send_away(runtime, "area_beishi_b")
    result = send_away(runtime, "area_beishi_a")
    assert result.moved == ()
    [left] = result.left
    assert left.business_key == "one"
    assert "也不在岗" in left.reason
    [left] = send_away(runtime, "property_06_a").left
    assert left.reason == "所在部门没有另一角"
    assert assignee(runtime, "two") == "property_06_a"


def test_unclaimed_and_finished_tasks_are_not_touched(runtime: Runtime) -> None:
    office_with(runtime, one="office_safety office_safety_a", two="office_safety office_safety_a")
    a = principal(runtime, "office_safety_a")
    with runtime.write(a.actor) as tx:
        [done] = user_tasks.list_page(tx, actor_scope="all", business_key="one").items
        user_tasks.complete(tx, done.id, {})
        [open_task] = user_tasks.list_page(tx, actor_scope="all", business_key="two").items
        user_tasks.unclaim(tx, open_task.id)
    assert send_away(runtime, "office_safety_a") == HandOver()
    assert assignee(runtime, "two") is None


def test_an_absence_ends_by_itself_or_by_hand(runtime: Runtime, clock: FakeClock) -> None:
    office_with(runtime)
    send_away(runtime, "office_safety_a", days=1)
    assert person_called(runtime, "office_safety_a").absent_at(clock())
    clock.advance(days=1)
    assert not person_called(runtime, "office_safety_a").absent_at(clock())
    send_away(runtime, "office_safety_a")
    a = principal(runtime, "office_safety_a")
    with runtime.write(a.actor) as tx:
        people.set_absence(tx, a, a.person.id, None)
    assert person_called(runtime, "office_safety_a").absent_until is None
    assert [entry.clause for entry in trail(runtime, "absence_ended")] == ["2-2"]


def test_an_absence_must_end_in_the_future(runtime: Runtime) -> None:
    office_with(runtime)
    with pytest.raises(InvalidInput, match="晚于现在"):
        send_away(runtime, "office_safety_a", days=0)


@pytest.mark.parametrize("by", ["office_safety_a", "office_safety_head", "administrator"])
def test_oneself_ones_head_or_an_administrator_may_note_an_absence(runtime: Runtime, by: str) -> None:
    office_with(runtime, one="office_safety office_safety_a")
    send_away(runtime, "office_safety_a", by=by)
    assert assignee(runtime, "one") == "office_safety_b"


@pytest.mark.parametrize("by", ["office_safety_b", "youth_league_head", "leader4", "intake1", "auditor"])
def test_nobody_else_may_move_a_persons_work(runtime: Runtime, by: str) -> None:
    office_with(runtime, one="office_safety office_safety_a")
    with pytest.raises(Forbidden, match="只能登记本人"):
        send_away(runtime, "office_safety_a", by=by)
    assert assignee(runtime, "one") == "office_safety_a"
    assert person_called(runtime, "office_safety_a").absent_until is None


def test_the_head_of_an_area_notes_absences_of_the_committees_below(runtime: Runtime) -> None:
    office_with(runtime)
    send_away(runtime, "committee_01_a", by="area_zhenguang_head")
    with pytest.raises(Forbidden):
        send_away(runtime, "committee_21_a", by="area_zhenguang_head")


def test_a_token_without_the_tasks_scope_moves_no_work_not_even_ones_own(runtime: Runtime) -> None:
    office_with(runtime)
    narrow = principal_for(person_called(runtime, "office_safety_a"), scopes=frozenset({"ticket.view"}))
    with runtime.write(narrow.actor) as tx, pytest.raises(Forbidden):
        people.set_absence(tx, narrow, narrow.person.id, tx.now + timedelta(days=1))


def test_disabling_a_handler_hands_over_and_otherwise_gives_back_to_the_group(runtime: Runtime) -> None:
    office_with(
        runtime,
        one="office_safety office_safety_a",
        two="property_06 property_06_a",
        three="office_safety_head office_safety_head",
    )
    admin = principal(runtime, "administrator")
    for login in ("office_safety_a", "property_06_a", "office_safety_head"):
        with runtime.write(admin.actor) as tx:
            people.disable(tx, admin, person_called(runtime, login).id)
    assert [assignee(runtime, key) for key in ("one", "two", "three")] == ["office_safety_b", None, None]
    assert "账号已停用，任务退回候选组" in last_entry(runtime, "two").detail["reason"]


def test_who_leaves_a_department_leaves_its_tasks_to_the_group(runtime: Runtime) -> None:
    office_with(runtime, one="office_safety office_safety_a", two="youth_league office_safety_a")
    admin, mover = principal(runtime, "administrator"), person_called(runtime, "office_safety_a")
    with runtime.write(admin.actor) as tx:
        people.set_memberships(tx, admin, mover.id, [Membership("youth_league", "handler")])
    assert assignee(runtime, "one") is None
    assert assignee(runtime, "two") == "office_safety_a"
    assert "岗位已调整" in last_entry(runtime, "one").detail["reason"]
