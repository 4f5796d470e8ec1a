"""What service tasks of side procedures write down about a ticket, in the step's own transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from engine import process_definitions, process_instances
from engine.errors import DefinitionRefused, InvalidInput, NotFound
from engine.transaction import SYSTEM
from hotline import ticket_facts, ticket_links
from hotline.tables import ticket_fact, ticket_link
from tests.engine.diagrams import document, end, files, flows, service_task, start, user_task
from tests.hotline.ticket_office import LEAD, TicketOffice

RECORD = "${record_fact('contact_missed', {'department': department, 'hours': 25}, '3.2.1-6')}"
LINK = "${link_ticket(other, 'same_matter', '3.2.3-5')}"


def deploy(desk: TicketOffice, *expressions: str) -> None:
    """A side procedure that asks, then does this."""
    steps = [f"s{number}" for number in range(len(expressions))]
    parts = [service_task(step, expression) for step, expression in zip(steps, expressions, strict=True)]
    line = flows("start", "ask", *steps, "end")
    asking = user_task("ask", "center_intake").replace('camunda:formKey="ask"', "")
    with desk.runtime.write(SYSTEM) as tx:
        body = document("side", start(), asking, *parts, end(), line)
        process_definitions.deploy(tx, files(("side", body)), "test")


def run(desk: TicketOffice, number: str, **variables: Any) -> None:
    with desk.runtime.write(SYSTEM) as tx:
        process_instances.start(tx, "side", number, variables)
    desk.do(number, "ask", {})


def test_a_fact_is_kept_with_department_and_clause_and_told_in_the_audit(desk: TicketOffice) -> None:
    number = desk.dispatched()
    deploy(desk, RECORD)
    run(desk, number, department=LEAD)
    lead = desk.principal(f"{LEAD}_a")
    with desk.runtime.read(SYSTEM) as tx:
        [fact] = ticket_facts.list_for(tx, lead, number)
        with pytest.raises(NotFound):
            ticket_facts.list_for(tx, desk.principal("office_business_a"), number)
    assert (fact.kind, fact.label, fact.department) == ("contact_missed", "未按时先行联系", LEAD)
    assert (fact.detail, fact.clause, fact.at) == ({"hours": 25}, "3.2.1-6", desk.runtime.clock())
    caused = next(entry.detail["caused"] for entry in desk.trail(number) if "caused" in entry.detail)
    told = {"kind": "contact_missed", "department": LEAD, "detail": {"hours": 25}, "clause": "3.2.1-6"}
    assert caused == [{"effect": "record_fact", **told}]


def test_without_a_clause_that_of_the_kind_counts(desk: TicketOffice) -> None:
    number = desk.enter()
    deploy(desk, "${record_fact('return_refused')}")
    run(desk, number)
    with desk.runtime.read(SYSTEM) as tx:
        [fact] = ticket_facts.list_for(tx, desk.principal("intake1"), number)
    assert (fact.clause, fact.department, fact.detail) == ("3.2.3-6", None, {})


def test_tickets_are_linked_once_the_later_one_first(desk: TicketOffice) -> None:
    earlier = desk.enter(title="甲", caller_phone="13800000001", address="甲路1号")
    desk.runtime.clock.advance(hours=1)  # type: ignore[attr-defined]
    later = desk.enter(title="乙", caller_phone="13800000002", address="乙路2号")
    deploy(desk, LINK)
    run(desk, earlier, other=later)
    run(desk, later, other=earlier)
    with desk.runtime.read(SYSTEM) as tx:
        [row] = tx.connection.execute(select(ticket_link)).all()
        assert (row.ticket_number, row.linked_number, row.kind) == (later, earlier, "same_matter")
        assert "3.2.3-5" in row.reason
        assert [link.number for link in ticket_links.links(tx, desk.principal("intake1"), earlier)] == [later]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("${record_fact('no_such', {})}", "record_fact() 不认识“no_such”"),
        ("${link_ticket(other, 'friends')}", "link_ticket() 不认识“friends”"),
    ],
)
def test_the_gate_knows_the_kinds(desk: TicketOffice, expression: str, told: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        deploy(desk, expression)
    assert any(told in finding.message for finding in refused.value.findings)


@pytest.mark.parametrize(
    ("expression", "other"),
    [
        (LINK, "no-such-ticket"),
        (LINK, "itself"),
        ("${record_fact('return_refused', 'text')}", ""),
        ("${record_fact('return_refused', {'a': 1}, '1', '2')}", ""),
    ],
)
def test_what_cannot_be_written_down_is_an_incident_and_nothing_is_written(
    desk: TicketOffice, expression: str, other: str
) -> None:
    number = desk.enter()
    deploy(desk, "${record_fact('contact_missed')}", expression)
    run(desk, number, other=number if other == "itself" else other)
    with desk.runtime.read(SYSTEM) as tx:
        assert tx.connection.scalar(select(func.count()).select_from(ticket_link)) == 0
        assert tx.connection.scalar(select(func.count()).select_from(ticket_fact)) == 1  # of the step before, once
    assert [entry.action for entry in desk.trail(number)][-1] == "incident.created"


def test_what_is_no_ticket_has_no_facts(desk: TicketOffice) -> None:
    with desk.runtime.write(SYSTEM) as tx:
        body = document("p", start(), service_task("s", RECORD), end(), flows("start", "s", "end"))
        process_definitions.deploy(tx, files(("p", body)), "test")
    with pytest.raises(InvalidInput, match="不是工单"), desk.runtime.write(SYSTEM) as tx:
        process_instances.start(tx, "p", "no-ticket", {"department": LEAD})
