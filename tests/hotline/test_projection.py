"""The ticket's row follows the process, step by step, in the step's own transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine import messages, process_definitions, process_instances, timers, user_tasks
from engine.errors import InvalidInput, NotFound
from engine.transaction import SYSTEM
from engine.working_days import SHANGHAI
from hotline import ticket_process, ticket_states
from hotline.tables import notice, ticket, ticket_department
from tests.counting import counted
from tests.engine.conftest import form
from tests.engine.diagrams import document, end, files, flows, service_task, start, user_task
from tests.hotline.ticket_office import ACCEPTED, CLOSED, CO, DISPATCHED, LEAD, REACHED, SATISFIED, TicketOffice


def roles(desk: TicketOffice, number: str) -> dict[str, str]:
    with desk.runtime.read(SYSTEM) as tx:
        rows = tx.connection.execute(select(ticket_department).where(ticket_department.c.ticket_number == number))
        return {row.group_id: row.role for row in rows}


def test_the_state_is_told_by_the_open_steps_from_entry_to_closing(desk: TicketOffice) -> None:
    number = desk.enter()
    seen = [desk.ticket(number).state_label]

    def then(element: str, data: dict[str, Any], group: str | None = None) -> None:
        desk.do(number, element, data, group)
        seen.append(desk.ticket(number).state_label)

    then("accept_ticket", ACCEPTED)
    then("record_contact_attempt", REACHED)
    then("dispatch_ticket", DISPATCHED)
    desk.handled(number, LEAD)
    seen.append(desk.ticket(number).state_label)  # the co-handler still works
    desk.handled(number, CO)
    seen.append(desk.ticket(number).state_label)
    for task in desk.open_tasks(number):
        with desk.runtime.write(desk.principal("reviewer").actor) as tx:
            user_tasks.complete(tx, task.id, {"review_decision": "pass"})
    seen.append(desk.ticket(number).state_label)
    then("record_callback", SATISFIED)
    then("close_ticket", CLOSED)
    assert seen == ["待受理", "先行联系", "待派单", "办理中", "办理中", "待审核", "待回访", "待办结", "已办结"]
    closed = desk.ticket(number)
    assert (closed.satisfaction_label, closed.resolution_label, closed.on_time) == ("满意", "已解决", True)
    assert closed.reply_points == CLOSED["reply_points"]
    assert closed.closed_at == desk.runtime.clock()


@pytest.mark.clause("3.2.1-3")
def test_acceptance_sets_the_class_and_a_limit_that_explains_itself(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", ACCEPTED)
    found = desk.ticket(number)
    assert found.matter_class_label == "复杂"
    assert found.due_at == datetime(2026, 3, 11, 23, 59, 59, tzinfo=SHANGHAI)
    assert "2026年3月2日" in found.due_text
    assert "3.2.1-3" in found.due_text


@pytest.mark.clause("3.1.2-1")
def test_a_suishenpai_limit_runs_in_natural_days_from_the_report(desk: TicketOffice) -> None:
    reported = datetime(2026, 2, 27, 20, 0, tzinfo=SHANGHAI)
    number = desk.enter(kind="suishenpai", reported_at=reported)
    desk.do(number, "accept_ticket", ACCEPTED)
    found = desk.ticket(number)
    assert found.due_at == datetime(2026, 3, 4, 23, 59, 59, tzinfo=SHANGHAI)
    assert found.remaining == "剩 2 天 14 小时"


@pytest.mark.clause("2-4")
def test_dispatch_names_the_lead_its_head_and_who_takes_part(desk: TicketOffice) -> None:
    number = desk.dispatched()
    found = desk.ticket(number)
    assert (found.lead_name, found.area_name) == ("真光片区", "真光片区")
    assert found.responsible_person == desk.principal("area_zhenguang_head").person.name
    assert found.dispatched_at == desk.runtime.clock()
    assert roles(desk, number) == {"center_intake": "step", LEAD: "lead", CO: "co"}


@pytest.mark.clause("3.0-2")
def test_guiding_and_enforcing_departments_take_part_without_a_task(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", ACCEPTED)
    desk.do(number, "record_contact_attempt", REACHED)
    listed = {"dispatch_decision": "dispatch", "dispatch_basis": "list", "item_number": "17", "area": LEAD}
    desk.do(number, "dispatch_ticket", listed)
    assert roles(desk, number)["enforcement_team"] == "enforce"
    assert desk.ticket(number, "enforcement_team_a").item_number == 17
    assert all("enforcement_team" not in task.candidate_groups for task in desk.open_tasks(number))


@pytest.mark.clause("3.3-14")
def test_an_unsatisfied_caller_brings_the_ticket_back_with_a_limit_of_its_own(desk: TicketOffice) -> None:
    number = desk.dispatched()
    desk.reviewed(number)
    told = {"satisfaction": "dissatisfied", "resolution": "unresolved", "dissatisfied_content": "没清干净"}
    desk.do(number, "record_callback", told | {"rework_departments": [LEAD]})
    found = desk.ticket(number)
    assert (found.state_label, found.rework_count, found.satisfaction_label) == ("办理中", 1, "不满意")
    assert found.due_explanation is not None
    assert (found.due_explanation["rule"], found.due_explanation["amount"]) == ("rework", 3)


@pytest.mark.parametrize(
    ("acceptance", "state"),
    [
        ({"acceptance": "refuse", "refusal_category": "military", "refusal_reason": "部队管辖"}, "不予受理"),
        ({"acceptance": "return_to_platform", "platform_return_reason": "地址不详"}, "待办结"),
    ],
)
def test_what_is_not_accepted_gets_no_limit(desk: TicketOffice, acceptance: dict[str, str], state: str) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", acceptance)
    found = desk.ticket(number)
    assert (found.state_label, found.due_at, found.accepted_at) == (state, None, None)


def test_a_returned_ticket_ends_as_returned(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", {"acceptance": "return_to_platform", "platform_return_reason": "地址不详"})
    told = {"return_category": "incomplete", "return_reason": "地址不详", "caller_informed": "not_possible"}
    desk.do(number, "record_platform_return", told)
    assert desk.ticket(number).state_label == "已退市平台"


def test_a_withdrawn_ticket_ends_as_withdrawn_and_keeps_what_was_known(desk: TicketOffice) -> None:
    number = desk.dispatched()
    with desk.runtime.write(SYSTEM) as tx:
        assert messages.correlate(tx, "withdrawn", number, "m1", {})
    found = desk.ticket(number)
    assert (found.state_label, found.is_open, found.lead_id, found.on_time) == ("已撤回", False, LEAD, None)


def test_supervision_of_an_overdue_ticket_does_not_change_its_state(desk: TicketOffice) -> None:
    number = desk.dispatched()
    desk.runtime.clock.advance(days=20)  # type: ignore[attr-defined]
    timers.fire_due(desk.runtime)
    assert any(task.element_id == "supervise_overdue" for task in desk.open_tasks(number))
    found = desk.ticket(number)
    assert (found.state_label, found.light) == ("办理中", "red")


def test_a_refused_step_changes_neither_process_nor_ticket(desk: TicketOffice) -> None:
    number = desk.enter()
    before = desk.ticket(number)
    with pytest.raises(InvalidInput):
        desk.do(number, "accept_ticket", {"acceptance": "accept"})
    assert desk.ticket(number) == before


def test_a_step_costs_few_statements_on_the_offices_side(desk: TicketOffice) -> None:
    number = desk.dispatched()
    with counted(desk.runtime.database.engine) as count:
        desk.do(number, "record_contact_attempt", REACHED, LEAD)
    ours = [each for each in count.statements if "ticket_department" in each or "ticket SET" in each]
    assert len(ours) == 2, ours
    assert not [each for each in count.selects if "FROM ticket" in each]


def test_every_user_task_and_every_end_of_the_main_process_has_a_state(desk: TicketOffice) -> None:
    known = ticket_states.labels()
    unchanged = ticket_states.unchanged()
    with desk.runtime.read(SYSTEM) as tx:
        definition = process_definitions.latest(tx, "ticket_handling")
        for key in process_definitions.process_keys(tx, definition.id):
            diagram = process_definitions.diagram(tx, definition.id, key)
            for element in diagram.elements.values():
                if element.type == "userTask" and f"{key}/{element.id}" not in unchanged:
                    assert ticket_states.state_of(key, element.id) in known, element.id
                if element.type == "endEvent" and key == element.scope == "ticket_handling":
                    final = ticket_states.state_of(key, element.id)
                    assert final in ticket_states.final() or element.id == "end_overdue_supervised", element.id


def test_a_process_beside_the_handling_lets_its_groups_see_the_ticket_and_its_notices_name_it(
    desk: TicketOffice,
) -> None:
    number = desk.enter()
    tell = service_task("tell", """${notify(['center_head'], '督办', '请督促', '6-3')}""", "told")
    body = (start(), tell, user_task("urge", "office_business_a"), end("e1"), flows("start", "tell", "urge", "e1"))
    before = desk.ticket(number)
    with desk.runtime.write(SYSTEM) as tx:
        urging = files(("urging", document("urging", *body)), forms={"urging/urge": form()})
        process_definitions.deploy(tx, urging, "test")
        for key in (number, "no-ticket"):
            process_instances.start(tx, "urging", key, {})
        assert set(tx.connection.execute(select(notice.c.ticket_number)).scalars()) == {number, None}
        assert ticket_process.instance(tx, number).definition_key == "ticket_handling"
    assert roles(desk, number)["office_business_a"] == "step"
    assert desk.ticket(number) == before


def test_a_process_that_is_no_tickets_is_left_alone(desk: TicketOffice) -> None:
    with desk.runtime.write(SYSTEM) as tx:
        start = {"ticket_number": "X", "title": "", "address": "", "has_phone": True, "rework_round": 0}
        more = {"limit_rule": "class_limit_complex", "limit_start": tx.now.astimezone(SHANGHAI).isoformat()}
        opened = {"callback_opened_at": more["limit_start"], "departments": [], "reports": []}
        process_instances.start(tx, "callback", "X", start | more | opened)
        assert tx.connection.execute(select(ticket)).all() == []
    with pytest.raises(NotFound):
        desk.ticket("X")
