"""The inbox: what I have, what my groups were offered, soonest due first, in few statements."""

from __future__ import annotations

from typing import Any

import pytest

from engine import user_tasks
from engine.errors import Forbidden, InvalidInput
from engine.paging import Page
from hotline import inbox
from hotline.inbox import InboxRow
from tests.counting import counted
from tests.hotline.ticket_office import ACCEPTED, LEAD, TicketOffice


def listed(desk: TicketOffice, login: str, **wanted: Any) -> Page[InboxRow]:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return inbox.list_page(tx, person, **wanted)


def claim(desk: TicketOffice, login: str, task_id: str) -> None:
    with desk.runtime.write(desk.principal(login).actor) as tx:
        user_tasks.claim(tx, task_id)


def test_a_line_tells_step_ticket_group_time_left_and_light(desk: TicketOffice) -> None:
    number = desk.dispatched(title="王小明反映堆物", supervision="city", recheck=True)
    [row] = listed(desk, "area_zhenguang_a", scope="groups").items
    assert (row.ticket_number, row.name, row.group_label) == (number, "联系来电人", "真光片区 经办人")
    assert (row.title, row.address, row.marks) == ("王**反映堆物", "真光路1001弄12号", ("复", "市督办"))
    assert (row.state_label, row.matter_class_label) == ("办理中", "复杂")
    assert (row.light, row.remaining) == ("green", "剩 1 个工作日 8 小时")
    assert "1个工作日" in row.due_text
    assert (row.assignee, row.mine, row.may_act) == (None, False, True)


def test_a_claimed_task_moves_to_mine_and_stays_visible_to_the_group(desk: TicketOffice) -> None:
    number = desk.dispatched()
    task = desk.task(number, "record_contact_attempt", LEAD)
    claim(desk, "area_zhenguang_a", task.id)
    [mine] = listed(desk, "area_zhenguang_a", scope="mine").items
    assert (mine.user_task_id, mine.mine, mine.may_act) == (task.id, True, True)
    [theirs] = listed(desk, "area_zhenguang_b", scope="groups").items
    assert (theirs.assignee_name, theirs.may_act) == (mine.assignee_name, False)
    assert listed(desk, "area_zhenguang_b", scope="mine").items == []


def test_soonest_due_first_then_the_oldest_page_by_page(desk: TicketOffice) -> None:
    urgent_later = []
    for phone, matter_class in (("13800000001", "complex"), ("13800000002", "urgent"), ("13800000003", "inquiry")):
        number = desk.enter(caller_phone=None, address=phone)
        desk.do(number, "accept_ticket", ACCEPTED | {"matter_class": matter_class})
        urgent_later.append(number)
    complex_, urgent, inquiry = urgent_later
    page = listed(desk, "intake1", scope="groups")
    assert [row.ticket_number for row in page.items] == [urgent, inquiry, complex_]
    second = listed(desk, "intake1", scope="groups", limit=1, offset=1)
    assert ([row.ticket_number for row in second.items], second.total) == ([inquiry], 3)
    assert listed(desk, "intake1", scope="groups", limit=5, offset=9).total == 3


def test_search_finds_number_title_and_address_within_the_scope(desk: TicketOffice) -> None:
    first = desk.enter(title="飞线充电", address="铜川路1266弄")
    second = desk.enter(title="跨门经营", address="真光路1288弄", number="PT20260302000777")
    for term, numbers in (("飞线", [first]), ("1288弄", [second]), ("000777", [second]), ("没有", []), ("%", [])):
        assert [row.ticket_number for row in listed(desk, "intake1", scope="groups", search=term).items] == numbers
    assert listed(desk, "area_zhenguang_a", scope="groups", search="飞线").items == []


def test_all_open_tasks_are_for_those_who_see_every_ticket(desk: TicketOffice) -> None:
    desk.dispatched()
    assert listed(desk, "street_leader", scope="all").total == 2
    with pytest.raises(Forbidden):
        listed(desk, "area_zhenguang_a", scope="all")
    with pytest.raises(InvalidInput):
        listed(desk, "area_zhenguang_a", scope="everything")


def test_counts_and_overdue(desk: TicketOffice) -> None:
    number = desk.dispatched()
    claim(desk, "area_zhenguang_a", desk.task(number, "record_contact_attempt", LEAD).id)
    person = desk.principal("area_zhenguang_a")
    with desk.runtime.read(person.actor) as tx:
        assert inbox.counts(tx, person) == {"mine": 1, "groups": 1, "overdue": 0}
    desk.runtime.clock.advance(days=5)  # type: ignore[attr-defined]
    with desk.runtime.read(person.actor) as tx:
        assert inbox.counts(tx, person) == {"mine": 1, "groups": 1, "overdue": 1}
    [row] = listed(desk, "area_zhenguang_a", scope="mine", overdue=True).items
    assert (row.light, row.remaining[:2]) == ("red", "超时")


def test_a_page_costs_three_statements_however_long_it_is(desk: TicketOffice) -> None:
    for phone in range(4):
        desk.enter(caller_phone=f"1380000000{phone}")
    person = desk.principal("intake1")
    with counted(desk.runtime.database.engine) as count, desk.runtime.read(person.actor) as tx:
        assert len(inbox.list_page(tx, person, scope="groups").items) == 4
    assert len(count.selects) <= 3, count.statements
