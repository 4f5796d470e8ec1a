"""The result to paste back into the district platform: text to copy, list of files, the files themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from engine import audit, key_locks
from engine.transaction import Transaction
from engine.working_days import SHANGHAI
from hotline import attachments, reply_points, ticket_scope, tickets
from hotline.access import Principal
from hotline.attachments import Attachment
from hotline.caller import mask_caller
from hotline.closing_facts import ClosingFacts, Report, closing_facts
from hotline.ticket_view import Ticket

RESULT, LIST, FOLDER = "结果.txt", "附件清单.txt", "附件"
LINE_END = "\r\n"  # the office's computers open the text in Notepad
_FINDINGS = {
    "fact_finding": "事实认定",
    "demand_finding": "诉求认定",
    "handling_result": "处理结果",
    "closing_determination": "办结认定",
}
_OF_REPORT = {
    **_FINDINGS,
    "handling_process": "办理过程",
    "basis": "处置依据",
    "reply_method": "回复方式",
    "reply_content": "回复内容",
    "responsible_person": "责任人",
    "responsible_phone": "联系电话",
}


def text(tx: Transaction, principal: Principal, number: str) -> str:
    """The copy-ready text; NotFound outside the person's scope."""
    ticket = tickets.get(tx, principal, number)
    row = ticket_scope.find(tx, principal, number)
    result = "\n".join(_lines(ticket, closing_facts(tx, number)))
    return mask_caller(result, row.caller_name, row.caller_phone)


def pack(tx: Transaction, principal: Principal, number: str) -> tuple[str, bytes]:
    """File name and content of the zip; the download is on record."""
    result = text(tx, principal, number)
    files = attachments.list_for(tx, principal, number)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(RESULT, _notepad(result.split("\n")))
        zipped.writestr(LIST, _notepad(_listing(files)))
        for position, each in enumerate(files, 1):
            zipped.writestr(f"{FOLDER}/{_member(position, each)}", attachments.read(each.sha256), zipfile.ZIP_STORED)
    key_locks.hold(tx, number)
    stream = audit.instance_stream(number)
    audit.append(tx, stream, "result_pack_downloaded", detail={"attachments": [each.sha256 for each in files]})
    return f"{number}_结果.zip", content.getvalue()


def _notepad(lines: Iterable[str]) -> bytes:
    return LINE_END.join(lines).encode("utf-8-sig")


def _member(position: int, each: Attachment) -> str:
    return f"{position:02d}_{each.name}"  # names were sanitized at upload


def _listing(files: list[Attachment]) -> Iterator[str]:
    yield f"附件共 {len(files)} 个"
    for position, each in enumerate(files, 1):
        uploaded = f"{each.uploaded_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        size = f"{max(1, each.size // 1024)} KB"
        yield f"{_member(position, each)}\t{each.kind_label}\t{size}\t{uploaded}\t{each.uploaded_by_name}"


def _lines(ticket: Ticket, facts: ClosingFacts) -> Iterator[str]:
    yield f"工单编号：{ticket.number}"
    yield f"工单状态：{ticket.state_label}"
    if ticket.lead_name:
        yield f"主办部门：{ticket.lead_name}"
    for name, label in _FINDINGS.items():
        if value := facts.words.get(name) or _of_lead(facts, name):
            yield f"{label}：{value}"
    if ticket.satisfaction_label:
        yield f"回访满意度：{ticket.satisfaction_label}"
    if ticket.resolution_label:
        yield f"解决情况：{ticket.resolution_label}"
    if facts.first_contact_at:
        yield f"先行联系时间：{reply_points.clock(facts.first_contact_at)}"
    if facts.replied_at:
        yield f"答复时间：{reply_points.clock(facts.replied_at)}"
    if ticket.reply_points:
        yield from ("", "【答复要点】", ticket.reply_points)
    for report in facts.reports:
        yield from _report(report)


def _of_lead(facts: ClosingFacts, name: str) -> str:
    return facts.reports[0].words.get(name, "") if facts.reports else ""


def _report(report: Report) -> Iterator[str]:
    yield from ("", f"【{report.department}（{'主办' if report.is_lead else '协办'}）结案报告】")
    if report.contact_at:
        yield f"先行联系时间：{reply_points.clock(report.contact_at)}"
    for name, label in _OF_REPORT.items():
        if report.words.get(name):
            yield f"{label}：{report.words[name]}"
    if report.reply_at:
        yield f"回复时间：{reply_points.clock(report.reply_at)}"
