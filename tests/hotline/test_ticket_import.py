"""Tables from the district platform: new tickets start, known ones are updated, one bad row stops no other."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from engine.errors import Forbidden, InvalidInput
from engine.tables import process_instance
from engine.transaction import SYSTEM
from engine.working_days import SHANGHAI
from hotline import import_batches, ticket_import, ticket_template
from hotline.tables import import_batch, ticket
from hotline.ticket_import import ImportReport
from tests.hotline.ticket_office import TicketOffice

HEADINGS = [
    *("工单编号", "来电时间", "来电人", "联系电话", "诉求地址", "标题", "诉求内容", "工单类型"),
    *("紧急程度", "来源", "办理时限", "复/重", "督办", "保密", "匿名"),
]
RUBBISH = "门口路边有建筑垃圾和生活垃圾混堆，已经一周无人清理，气味很大，请尽快派人处理并告知处理结果"
ROWS: list[list[Any]] = [
    [
        *("PT2026022700101", datetime(2026, 2, 27, 9, 12), "王建国", "13817620001", "真光路1001弄12号"),  # noqa: DTZ001
        *("楼道堆物", "楼道堆放纸箱", "投诉", "一般", "12345市民热线", "2026-03-06", "", "", "否", "否"),
    ],
    [
        *("PT2026022700102", "2026/2/27 10:05", "李秀兰", 13916550012, "真光路1288弄"),
        *("跨门经营", "水果店占道", "投诉", "", "", "2026年3月6日 18时", "", "区督办", "", ""),
    ],
    [
        *("PT2026022700103", 46080.4375, "", "", "南石一路50弄"),
        *("", RUBBISH, "随申拍", "", "随申拍", 46087, "", "", "", "是"),
    ],
    [
        *("【复】PT2026022700104", "2026-02-27 13:00:00", "周晓梅", "021-52850123", "武宁路2288弄"),
        *("【复】疑似群租", "隔间出租", "投诉", "紧急", "", "", "复", "", "是", ""),
    ],
]


def sheet(rows: Sequence[Sequence[Any]] = ROWS, headings: Sequence[Any] = HEADINGS, above: int = 0) -> bytes:
    """An .xlsx as the platform writes it."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for _ in range(above):
        page.append(["真如镇街道工单导出"])
    page.append(list(headings))
    for row in rows:
        page.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def table(*rows: Sequence[str], headings: str = "工单编号,诉求内容,联系电话,来电时间") -> bytes:
    """A .csv in UTF-8."""
    return "\r\n".join([headings, *(",".join(row) for row in rows)]).encode()


def load(desk: TicketOffice, content: bytes, name: str = "工单.xlsx", login: str = "intake1") -> ImportReport:
    person = desk.principal(login)
    with desk.runtime.write(person.actor) as tx:
        return ticket_import.import_file(tx, person, name, content)


def count(desk: TicketOffice, table: Any) -> int:
    with desk.runtime.read(SYSTEM) as tx:
        return tx.connection.scalar(select(func.count()).select_from(table)) or 0


def outcomes(report: ImportReport) -> list[str]:
    return [row.outcome for row in report.rows]


def test_a_platform_table_becomes_tickets_whose_process_has_started(desk: TicketOffice) -> None:
    report = load(desk, sheet(above=2))
    assert report.summary == "新增 4 件，更新 0 件，未变 0 件，错误 0 行"
    assert [row.line for row in report.rows] == [4, 5, 6, 7]
    assert count(desk, process_instance) == 4
    first, second, third, fourth = (desk.ticket(row.number) for row in report.rows)
    assert first.reported_at == datetime(2026, 2, 27, 9, 12, tzinfo=SHANGHAI)
    assert first.district_due_at == datetime(2026, 3, 6, 23, 59, 59, tzinfo=SHANGHAI)
    assert first.content == "楼道堆放纸箱\n（平台标注：工单类型：投诉；紧急程度：一般）"
    assert (second.supervision, second.caller.phone) == ("district", "139****0012")
    assert second.district_due_at == datetime(2026, 3, 6, 18, 0, tzinfo=SHANGHAI)
    assert (third.kind, third.anonymous, third.source) == ("suishenpai", True, "随申拍")
    assert third.title == RUBBISH[:40] + "…"
    assert third.reported_at == datetime(2026, 2, 27, 10, 30, tzinfo=SHANGHAI)
    assert (fourth.number, fourth.title) == ("PT2026022700104", "疑似群租")
    assert fourth.marks == ("复", "保密")


def test_the_same_file_again_changes_nothing(desk: TicketOffice) -> None:
    load(desk, sheet())
    before = [desk.ticket(row[0].removeprefix("【复】")).version for row in ROWS]
    report = load(desk, sheet())
    assert outcomes(report) == ["unchanged"] * 4
    assert [desk.ticket(row[0].removeprefix("【复】")).version for row in ROWS] == before
    assert count(desk, ticket) == 4
    assert count(desk, import_batch) == 2


def test_a_changed_row_updates_platform_fields_and_never_the_process(desk: TicketOffice) -> None:
    load(desk, sheet())
    number = ROWS[0][0]
    desk.do(number, "accept_ticket", {"acceptance": "accept", "matter_class": "complex"})
    changed = [[*ROWS[0][:3], "13900001111", *ROWS[0][4:10], "2026-03-09 12:00", *ROWS[0][11:]], *ROWS[1:]]
    report = load(desk, sheet(changed))
    assert outcomes(report) == ["updated", "unchanged", "unchanged", "unchanged"]
    assert report.rows[0].changes == ["联系电话", "办理时限"]
    found = desk.ticket(number)
    assert found.caller.phone == "139****1111"
    assert found.district_due_at == datetime(2026, 3, 9, 12, 0, tzinfo=SHANGHAI)
    assert found.state == "first_contact"
    [entry] = [entry for entry in desk.trail(number) if entry.action == "ticket_updated"]
    assert entry.detail == {"changes": ["联系电话", "办理时限"]}


def test_what_the_table_leaves_empty_is_kept(desk: TicketOffice) -> None:
    load(desk, sheet())
    report = load(
        desk,
        sheet(
            [["PT2026022700102", "跨门经营", "水果店占道\n（平台标注：工单类型：投诉）"]],
            ["工单编号", "标题", "诉求内容"],
        ),
    )
    assert outcomes(report) == ["unchanged"]
    assert desk.ticket("PT2026022700102").supervision == "district"


@pytest.mark.parametrize(
    ("cell", "column", "message"),
    [
        (("PT1", "堆物", "13812345678", "上周三"), "来电时间", "不是能识别的日期时间"),
        (("PT1", "堆物", "1381234", "2026-13-02"), "来电时间", "不是能识别的日期时间"),
        (("PT1", "堆物", "电话不详", "2026-03-01"), "联系电话", "不是一个有效的电话号码"),
        (("PT1", "", "13812345678", "2026-03-01"), "诉求内容", "请填写"),
        (("", "堆物", "13812345678", "2026-03-01"), "工单编号", "编号不能为空"),
        (("2.02603E+15", "堆物", "13812345678", "2026-03-01"), "工单编号", "丢失末尾几位"),
        (("ZR202603020001", "堆物", "13812345678", "2026-03-01"), "工单编号", "由本系统生成"),
        (("PT1", "堆物", "13812345678", "2026-03-09"), "来电时间", "不能晚于现在"),
    ],
)
def test_a_bad_row_is_explained_by_column_and_stops_no_other(
    desk: TicketOffice, cell: Sequence[str], column: str, message: str
) -> None:
    report = load(desk, table(cell, ("PT2", "积水", "", "2026-03-01 08:00")), "工单.csv")
    assert outcomes(report) == ["error", "created"]
    bad = report.rows[0]
    assert (bad.line, bad.column) == (2, column)
    assert message in bad.message
    assert count(desk, ticket) == 1


def test_yes_and_no_columns_take_no_other_word(desk: TicketOffice) -> None:
    report = load(
        desk, table(("PT1", "堆物", "大概"), ("PT2", "积水", "是"), headings="工单编号,诉求内容,是否保密"), "a.csv"
    )
    assert [row.column for row in report.rows] == ["是否保密", ""]
    assert desk.ticket("PT2").confidential


def test_a_number_twice_in_one_file_is_taken_once(desk: TicketOffice) -> None:
    report = load(desk, table(("PT1", "堆物", "", ""), ("PT1", "积水", "", "")), "a.csv")
    assert outcomes(report) == ["created", "error"]
    assert "与第 2 行相同" in report.rows[1].message


def test_a_closed_ticket_sent_again_under_its_number_is_a_new_one_linked_to_it(desk: TicketOffice) -> None:
    load(desk, table(("PT1", "堆物", "13812345678", "2026-03-01")), "a.csv")
    desk.do(
        "PT1", "accept_ticket", {"acceptance": "refuse", "refusal_category": "military", "refusal_reason": "不属本辖区"}
    )
    again = table(("【复】PT1", "又堆物了", "13812345678", "2026-03-02 08:00"))
    assert [(row.outcome, row.number) for row in load(desk, again, "b.csv").rows] == [("created", "PT1-F")]
    assert desk.ticket("PT1").content == "堆物"
    assert desk.ticket("PT1-F").marks == ("复",)
    assert outcomes(load(desk, again, "b.csv")) == ["unchanged"]
    started = next(entry for entry in desk.trail("PT1-F") if entry.action == "instance.started")
    assert started.detail["variables"]["prior_count"] == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_files_are_read_in_the_encodings_excel_writes(desk: TicketOffice, encoding: str) -> None:
    content = '工单编号\t诉求内容\n="0012026"\t楼道“堆物”\n'.encode(encoding)
    assert [row.number for row in load(desk, content, "a.csv").rows] == ["0012026"]
    assert desk.ticket("0012026").content == "楼道“堆物”"


def test_formulas_are_text(desk: TicketOffice) -> None:
    load(desk, sheet([["PT1", '=HYPERLINK("http://x","堆物")']], ["工单编号", "诉求内容"]))
    assert desk.ticket("PT1").content.startswith("=HYPERLINK")


def test_a_table_without_the_needed_columns_is_refused_by_name(desk: TicketOffice) -> None:
    with pytest.raises(InvalidInput, match="缺少必需的列：诉求内容"):
        load(desk, table(("PT1", "堆物"), headings="工单编号,诉求"), "a.csv")


def test_unknown_columns_are_named(desk: TicketOffice) -> None:
    report = load(desk, table(("PT1", "堆物", "x"), headings="工单编号,诉求内容,天气"), "a.csv")
    assert report.ignored_columns == ["天气"]


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls"),
        (b"PK\x03\x04 broken", "不是有效的 .xlsx"),
        (zipped({"xl/workbook.xml": b"<a/>"}), "已损坏"),
        (zipped({"xl/workbook.xml": b"0" * 70_000_000}), "解压后过大"),
        (zipped({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "不安全的内容"),
        (b"\x00\x01\x02", "不是 .xlsx 或 .csv"),
        ("工单编号,诉求内容".encode(), "没有工单"),
        (b"x" * (10 * 1024 * 1024 + 1), "不得大于 10M"),
        (b"a\n" * 2_100, "超过 2000 行"),
    ],
)
def test_files_that_are_no_honest_tables_are_refused(desk: TicketOffice, content: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load(desk, content)
    assert count(desk, import_batch) == 0


def test_only_the_desk_imports(desk: TicketOffice) -> None:
    for login in ("area_zhenguang_a", "auditor"):
        with pytest.raises(Forbidden):
            load(desk, sheet(), login=login)


def test_the_report_can_be_read_again_later(desk: TicketOffice) -> None:
    report = load(desk, sheet(), "三月.xlsx")
    person = desk.principal("center_head")
    with desk.runtime.read(person.actor) as tx:
        [batch] = import_batches.recent(tx, person, 10)
        assert batch.report == report
        assert import_batches.get(tx, person, report.id).imported_by_name == "沈佳怡"


def test_the_template_can_be_filled_in_and_imported(desk: TicketOffice) -> None:
    report = load(desk, ticket_template.template())
    assert outcomes(report) == ["created"]
    assert desk.ticket(report.rows[0].number).marks == ("复", "市督办")
