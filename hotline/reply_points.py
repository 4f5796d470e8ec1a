"""答复要点: a short draft from the ticket's own data, with the contact and reply times that 3.1.1-9 asks for."""

from __future__ import annotations

from datetime import datetime

from engine.transaction import Transaction
from engine.working_days import SHANGHAI
from hotline import ticket_scope, ticket_view
from hotline.access import Principal
from hotline.closing_facts import ClosingFacts, Report, closing_facts

LONGEST_PART = 300  # characters of a department's own words: the draft is to be brief (附件6-3)
CLAUSES = "3.1.1-9,3.3-15"


def draft(tx: Transaction, principal: Principal, number: str) -> str:
    """Sentences to start from; NotFound outside the person's scope."""
    row = ticket_scope.find(tx, principal, number)
    facts = closing_facts(tx, number)
    title = ticket_view.masked(row, row.title).rstrip("。")
    parts = [f"您反映的“{title}”问题，", _first_contact(facts)]
    if facts.quick_close_reply:
        parts.append(f"{_short(facts.quick_close_reply)}。")
    parts += [_of_department(report) for report in facts.reports]
    if facts.replied_at:
        parts.append(f"{clock(facts.replied_at)}已将处理结果答复来电人。")
    return "".join(parts)


def _first_contact(facts: ClosingFacts) -> str:
    if facts.first_contact_at is None:
        return "因无联系电话未能先行联系。"
    if facts.contact_remark:
        return f"城运中心于{clock(facts.first_contact_at)}先行联系，{facts.contact_remark}。"
    return f"城运中心于{clock(facts.first_contact_at)}与来电人进行了先行联系。"


def _of_department(report: Report) -> str:
    words = report.words
    contact = f"于{clock(report.contact_at)}先行联系，" if report.contact_at else ""
    found = f"经核实，情况{words['fact_finding']}：" if words.get("fact_finding") else ""
    process = words.get("handling_process", "")
    result = f"处理结果：{words['handling_result']}。" if words.get("handling_result") else ""
    return f"{report.department}{contact}{found}{_short(process)}。{result}"


def _short(text: str) -> str:
    text = " ".join(text.split()).rstrip("。；;.")
    return text if len(text) <= LONGEST_PART else text[:LONGEST_PART] + "……"


def clock(moment: datetime) -> str:
    """3月2日10时05分"""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"
