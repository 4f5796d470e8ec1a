"""The caller's data: masked wherever it stands, shown only on purpose and on record."""

from __future__ import annotations

import threading
from collections.abc import Callable

import orjson
import pytest
from sqlalchemy import text

from engine.errors import Forbidden, InvalidInput, NotFound, Refused
from engine.transaction import SYSTEM
from hotline import caller, tickets
from hotline.access import principal_for
from tests.hotline.office import person_called
from tests.hotline.ticket_office import ACCEPTED, TicketOffice


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("打 13812345678 找我", "打 138****5678 找我"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678。", "138****5678。"),
        ("+86 13812345678", "+86****5678"),
        ("电话：１３８１２３４５６７８", "电话：138****5678"),
        ("021-52850123", "021****0123"),
        ("(021)52850123", "021****0123"),
        ("座机52850123", "座机52****23"),
        ("身份证310107196001011234", "身份证310****1234"),
        ("单号20260302，编号PT20260302000123", "单号20260302，编号PT20260302000123"),
        ("真光路1001弄12号301室", "真光路1001弄12号301室"),
    ],
)
def test_numbers_of_persons_are_masked_in_free_text(told: str, shown: str) -> None:
    assert caller.mask_text(told) == shown


def test_the_callers_own_name_is_masked_in_free_text() -> None:
    assert caller.mask_text("王小明反映，请联系王小明", "王小明") == "王**反映，请联系王**"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138-1234-5678", "13812345678"),
        ("+8613812345678", "13812345678"),
        ("(021) 5285 0123", "02152850123"),
        ("52850123转808", "52850123转808"),
        ("", None),
    ],
)
def test_phones_are_kept_in_one_form_so_that_they_can_be_compared(typed: str, kept: str | None) -> None:
    assert caller.normal_phone(typed) == kept


def test_a_text_that_is_no_phone_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput) as refused:
        caller.normal_phone("138abc45678")
    assert "138abc45678" not in refused.value.message


@pytest.mark.clause("A6-5")
def test_no_page_data_carries_the_callers_name_or_number(desk: TicketOffice) -> None:
    number = desk.dispatched(title="王小明13812345678反映堆物", content="王小明，138 1234 5678，三楼堆物")
    for login in ("intake1", "area_zhenguang_a", "auditor"):
        found = desk.ticket(number, login)
        assert (found.caller.name, found.caller.phone) == ("王**", "138****5678")
        shown = f"{found.title}{found.content}"
        assert "王小明" not in shown
        assert "5678" in shown
        assert "1234" not in shown


@pytest.mark.clause("A6-5")
def test_the_process_never_learns_who_called(desk: TicketOffice) -> None:
    number = desk.enter(title="王小明13812345678反映堆物")
    started = next(entry for entry in desk.trail(number) if entry.action == "instance.started")
    assert started.detail["variables"]["title"] == "王**138****5678反映堆物"
    with desk.runtime.read(SYSTEM) as tx:
        trail = tx.connection.execute(text("SELECT detail FROM audit_entry")).scalars().all()
    assert not any("王小明" in detail or "12345678" in detail for detail in trail)


@pytest.mark.clause("A6-5")
def test_looking_at_the_caller_is_allowed_to_those_who_take_part_and_is_recorded(desk: TicketOffice) -> None:
    number = desk.dispatched()
    person = desk.principal("area_zhenguang_a")
    with desk.runtime.write(person.actor) as tx:
        shown = tickets.reveal_caller(tx, person, number, "二级先行联系")
    assert (shown.name, shown.phone) == ("王小明", "13812345678")
    [entry] = [entry for entry in desk.trail(number) if entry.action == "caller_viewed"]
    assert (entry.actor, entry.clause, entry.detail) == ("area_zhenguang_a", "A6-5", {"reason": "二级先行联系"})


@pytest.mark.clause("A6-5")
def test_who_needs_not_know_is_not_shown_the_caller(desk: TicketOffice) -> None:
    number = desk.dispatched()
    for login in ("auditor", "street_leader"):
        person = desk.principal(login)
        with desk.runtime.write(person.actor) as tx, pytest.raises(Forbidden):
            tickets.reveal_caller(tx, person, number)
    stranger = desk.principal("enforcement_team_a")
    with desk.runtime.write(stranger.actor) as tx, pytest.raises(NotFound):
        tickets.reveal_caller(tx, stranger, number)
    program = principal_for(person_called(desk.runtime, "area_zhenguang_a"), scopes=frozenset({"ticket.view", "tasks"}))
    with desk.runtime.write(program.actor) as tx, pytest.raises(Forbidden):
        tickets.reveal_caller(tx, program, number)


@pytest.mark.clause("3.2.1-8")
def test_the_caller_of_a_confidential_ticket_is_hidden_from_departments_altogether(desk: TicketOffice) -> None:
    number = desk.dispatched(confidential=True)
    assert desk.ticket(number, "intake1").caller.phone == "138****5678"
    hidden = desk.ticket(number, "area_zhenguang_a").caller
    assert hidden.hidden
    assert "王" not in orjson.dumps([hidden.name, hidden.phone]).decode()
    person = desk.principal("area_zhenguang_a")
    with desk.runtime.write(person.actor) as tx, pytest.raises(Refused) as refused:
        tickets.reveal_caller(tx, person, number)
    assert refused.value.clause == "3.2.1-8"
    assert "caller_viewed" not in [entry.action for entry in desk.trail(number)]


def test_a_phone_is_searched_whole_and_only_by_those_who_may_see_callers(desk: TicketOffice) -> None:
    number = desk.dispatched(title="请回电13812345678")
    confidential = desk.dispatched(confidential=True, caller_phone="13900000000")

    def found(login: str, term: str) -> list[str]:
        person = desk.principal(login)
        with desk.runtime.read(person.actor) as tx:
            return [each.number for each in tickets.list_page(tx, person, search=term).items]

    assert found("intake1", "138-1234-5678") == [number]
    assert found("area_zhenguang_a", "13812345678") == [number]
    assert found("intake1", "13900000000") == [confidential]
    assert found("area_zhenguang_a", "13900000000") == []
    assert found("auditor", "13812345678") == []
    for part in ("1381234567", "12345678", "81234"):
        assert found("intake1", part) == []


def test_looking_while_the_ticket_moves_neither_fails_nor_breaks_the_chain(desk: TicketOffice) -> None:
    number = desk.enter()
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def at_once(action: Callable[[], object]) -> None:
        start.wait()
        try:
            action()
        except Exception as error:
            failures.append(error)

    def look() -> None:
        person = desk.principal("intake2")
        for _ in range(3):
            with desk.runtime.write(person.actor) as tx:
                tickets.reveal_caller(tx, person, number)

    actions: list[Callable[[], object]] = [look, look, look, lambda: desk.do(number, "accept_ticket", ACCEPTED)]
    threads = [threading.Thread(target=at_once, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [entry.action for entry in desk.trail(number)].count("caller_viewed") == 9
