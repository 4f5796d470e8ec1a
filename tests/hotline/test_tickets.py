"""Tickets: entered in one transaction, numbered once, seen only within one's scope."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.tables import process_instance
from engine.transaction import SYSTEM
from hotline import ticket_links, tickets
from hotline.new_ticket import NewTicket
from hotline.tables import ticket
from tests.hotline.ticket_office import CO, LEAD, TicketOffice


def test_a_ticket_entered_at_the_office_gets_a_number_a_process_and_an_audit_entry(desk: TicketOffice) -> None:
    number = desk.enter()
    assert number == "ZR202603020001"
    assert [task.element_id for task in desk.open_tasks(number)] == ["accept_ticket"]
    assert [entry.action for entry in desk.trail(number)] == ["ticket_created", "instance.started"]
    assert desk.ticket(number).state_label == "待受理"


def test_the_platforms_number_is_kept_and_taken_only_once(desk: TicketOffice) -> None:
    assert desk.enter(number=" PT20260302000123 ") == "PT20260302000123"
    with pytest.raises(Conflict, match="PT20260302000123 已存在"):
        desk.enter(number="PT20260302000123")


def test_the_offices_own_series_cannot_be_typed_in(desk: TicketOffice) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.enter(number="ZR202603020007")
    assert "由本系统生成" in refused.value.fields["number"]


def test_tickets_entered_at_the_same_moment_get_different_numbers(desk: TicketOffice) -> None:
    numbers: list[str] = []
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def enter(phone: str) -> None:
        start.wait()
        try:
            numbers.append(desk.enter(caller_phone=phone))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=enter, args=(f"1380000000{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(numbers) == [f"ZR20260302000{n}" for n in range(1, 5)]


def test_a_failed_entry_leaves_nothing_behind(desk: TicketOffice) -> None:
    with pytest.raises(InvalidInput, match="前件编号 PT404404 不存在"):
        desk.enter(earlier_numbers=("PT404404",))
    with desk.runtime.read(SYSTEM) as tx:
        assert tx.connection.scalar(select(func.count()).select_from(ticket)) == 0
        assert tx.connection.scalar(select(func.count()).select_from(process_instance)) == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "  ", "请填写标题"),
        ("content", "", "请填写诉求内容"),
        ("title", "长" * 201, "标题不得超过 200 个字"),
        ("caller_phone", "没有", "不是一个有效的电话号码"),
        ("number", "工单 1", "应为 3—60 位字母"),
        ("kind", "other", "应为：热线工单、随申拍"),
        ("supervision", "nation", "应为：市督办、区督办、街镇督办"),
    ],
)
def test_what_does_not_fit_is_named_field_by_field(desk: TicketOffice, field: str, value: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.enter(**{field: value})
    assert set(refused.value.fields) == {field}
    assert message in refused.value.fields[field]


def test_a_call_cannot_lie_in_the_future_nor_its_limit_in_its_past(desk: TicketOffice) -> None:
    now = desk.runtime.clock()
    with pytest.raises(InvalidInput) as refused:
        desk.enter(reported_at=now + timedelta(hours=2), district_due_at=now)
    assert set(refused.value.fields) == {"reported_at", "district_due_at"}


def test_only_the_desk_enters_tickets(desk: TicketOffice) -> None:
    for login in ("area_zhenguang_a", "auditor", "reviewer"):
        person = desk.principal(login)
        with desk.runtime.write(person.actor) as tx, pytest.raises(Forbidden):
            tickets.create(tx, person, NewTicket("标题", "内容"))


def test_a_department_sees_a_ticket_from_the_moment_it_takes_part(desk: TicketOffice) -> None:
    number = desk.enter()
    for login in ("area_zhenguang_a", "area_zhenguang_head", "enforcement_team_a"):
        with pytest.raises(NotFound):
            desk.ticket(number, login)
    dispatched = desk.dispatched()
    for login in ("area_zhenguang_a", "area_zhenguang_b", "area_zhenguang_head", f"{CO}_a", "leader3"):
        assert desk.ticket(dispatched, login).lead_id == LEAD
    with pytest.raises(NotFound):
        desk.ticket(dispatched, "enforcement_team_a")


def test_outside_the_scope_a_ticket_is_answered_like_one_that_does_not_exist(desk: TicketOffice) -> None:
    number = desk.enter()
    answers = []
    for asked in (number, "ZR202603029999"):
        with pytest.raises(NotFound) as refused:
            desk.ticket(asked, "area_zhenguang_a")
        answers.append(refused.value.message.replace(asked, "编号"))
    assert answers[0] == answers[1]


def test_lists_hold_only_what_the_person_may_see(desk: TicketOffice) -> None:
    hidden, seen = desk.enter(), desk.dispatched(caller_phone="13800000001")
    expected = {"area_zhenguang_a": [seen], "enforcement_team_a": [], "street_leader": [seen, hidden]}
    for login, numbers in expected.items():
        person = desk.principal(login)
        with desk.runtime.read(person.actor) as tx:
            page = tickets.list_page(tx, person)
            assert [each.number for each in page.items] == numbers
            assert page.total == len(numbers)


def test_a_token_without_the_right_to_view_sees_nothing(desk: TicketOffice) -> None:
    from hotline.access import principal_for
    from tests.hotline.office import person_called

    number = desk.dispatched()
    program = principal_for(person_called(desk.runtime, "area_zhenguang_a"), scopes=frozenset({"tasks"}))
    with desk.runtime.read(program.actor) as tx:
        with pytest.raises(NotFound):
            tickets.get(tx, program, number)
        assert tickets.list_page(tx, program).items == []


def test_the_list_can_be_narrowed_and_sorted(desk: TicketOffice) -> None:
    now = desk.runtime.clock()
    first = desk.enter(title="飞线充电", address="铜川路1266弄", district_due_at=now + timedelta(days=9))
    second = desk.enter(title="群租", confidential=True, caller_phone=None, district_due_at=now + timedelta(days=2))
    third = desk.dispatched(caller_phone="13800000002", supervision="city")
    person = desk.principal("center_head")

    def listed(**wanted: object) -> list[str]:
        with desk.runtime.read(person.actor) as tx:
            return [each.number for each in tickets.list_page(tx, person, **wanted).items]  # type: ignore[arg-type]

    assert listed(search="飞线") == [first]
    assert listed(search="铜川路") == [first]
    assert listed(search=second[-6:]) == [second]
    assert listed(search="100%_") == []
    assert listed(state="handling") == [third]
    assert listed(state="open", matter_class="complex") == [third]
    assert listed(department=LEAD) == [third]
    assert listed(mark="confidential") == [second]
    assert listed(mark="supervision") == [third]
    assert listed(sort="due") == [second, first, third]
    assert listed(sort="received", limit=1, offset=1) == [second]
    assert listed(overdue=True) == []
    with pytest.raises(InvalidInput):
        listed(sort="caller_phone")
    with pytest.raises(InvalidInput):
        listed(mark="caller_phone")


def test_overdue_counts_from_the_platforms_limit(desk: TicketOffice) -> None:
    now = desk.runtime.clock()
    number = desk.enter(district_due_at=now + timedelta(hours=3))
    desk.runtime.clock.advance(hours=4)  # type: ignore[attr-defined]
    person = desk.principal("center_head")
    with desk.runtime.read(person.actor) as tx:
        [late] = tickets.list_page(tx, person, overdue=True).items
    assert (late.number, late.light, late.remaining) == (number, "red", "超时 1 小时")


@pytest.mark.clause("3.0-1")
def test_the_platforms_limit_stands_beside_ours_and_is_the_one_that_counts(desk: TicketOffice) -> None:
    now = desk.runtime.clock()
    number = desk.dispatched(district_due_at=now + timedelta(days=2))
    found = desk.ticket(number)
    assert found.counting_due_at == found.district_due_at == now + timedelta(days=2)
    assert found.due_at is not None
    assert found.due_at > found.counting_due_at
    assert "7个工作日" in found.due_text


def test_a_second_call_from_the_same_place_is_linked_and_counted(desk: TicketOffice) -> None:
    first = desk.enter()
    second = desk.enter(caller_phone="138-1234-5678")
    third = desk.enter(address="真光路1001弄12号", caller_phone="+86 13812345678", recheck=True)
    other = desk.enter(address="北石路200弄")
    with desk.runtime.read(SYSTEM) as tx:
        assert [ticket_links.prior_count(tx, number) for number in (first, second, third, other)] == [0, 1, 2, 0]
    person = desk.principal("center_head")
    with desk.runtime.read(person.actor) as tx:
        found = ticket_links.links(tx, person, second)
    assert [(link.number, link.kind, link.earlier) for link in found] == [
        (third, "recheck", False),
        (first, "same_matter", True),
    ]
    started = next(entry for entry in desk.trail(third) if entry.action == "instance.started")
    assert started.detail["variables"]["prior_count"] == 2


def test_a_marked_ticket_is_linked_to_the_callers_latest_one(desk: TicketOffice) -> None:
    desk.enter(address="北石路200弄")
    desk.runtime.clock.advance(minutes=1)  # type: ignore[attr-defined]
    latest = desk.enter(address="北石路288弄")
    marked = desk.enter(address="门牌不详", reassigned=True)
    person = desk.principal("center_head")
    with desk.runtime.read(person.actor) as tx:
        [link] = ticket_links.links(tx, person, marked)
    assert (link.number, link.kind_label) == (latest, "重新交办")


def test_tickets_are_linked_and_parted_by_hand_with_a_reason(desk: TicketOffice) -> None:
    first = desk.enter(caller_phone=None, caller_name=None, address=None)
    second = desk.enter(caller_phone="13900000000", address="别处")
    person = desk.principal("intake2")
    with desk.runtime.write(person.actor) as tx:
        with pytest.raises(InvalidInput):
            ticket_links.link(tx, person, first, second, "same_matter", " ")
        ticket_links.link(tx, person, first, second, "same_matter", "同一处堆物")
        with pytest.raises(Conflict):
            ticket_links.link(tx, person, second, first, "same_matter", "再来一次")
    [entry] = [entry for entry in desk.trail(second) if entry.action == "ticket_linked"]
    assert entry.detail == {"linked_number": first, "kind": "same_matter", "reason": "同一处堆物", "prior_count": 1}
    with desk.runtime.write(person.actor) as tx:
        ticket_links.unlink(tx, person, first, second, "核实为两件事")
        assert ticket_links.links(tx, person, first) == []
    stranger = desk.principal("area_zhenguang_a")
    with desk.runtime.write(stranger.actor) as tx, pytest.raises(Forbidden):
        ticket_links.link(tx, stranger, first, second, "same_matter", "不该成功")
