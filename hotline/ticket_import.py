"""Tickets from the district platform's table: new ones start their process, known ones are updated, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Row, insert, select, update

from engine import audit, key_locks
from engine.errors import Conflict, InvalidInput, MinhuError
from engine.transaction import Transaction, new_id
from hotline import import_cells, office_data, ticket_file, ticket_states, tickets
from hotline.access import Principal, require
from hotline.import_cells import CellError, Headings
from hotline.new_ticket import NewTicket, checked
from hotline.tables import import_batch, ticket

CREATED, UPDATED, UNCHANGED, ERROR = "created", "updated", "unchanged", "error"
OUTCOMES = {CREATED: "新增", UPDATED: "更新", UNCHANGED: "未变", ERROR: "错误"}
BATCH = 500
DERIVED_TITLE = 40  # characters of the content when the table has no title
PLATFORM_FIELDS = (  # what the platform may still change; the kind decides limits and stays
    "title",
    "content",
    "source",
    "caller_name",
    "caller_phone",
    "address",
    "anonymous",
    "confidential",
    "recheck",
    "reassigned",
    "supervision",
    "reported_at",
    "district_due_at",
)


@dataclass(frozen=True)
class RowReport:
    """What became of one line of the table; `column` and `message` say what to correct."""

    line: int
    number: str
    outcome: str
    changes: list[str] = field(default_factory=list)
    column: str = ""
    message: str = ""

    @property
    def outcome_label(self) -> str:
        """新增, 更新, 未变 or 错误."""
        return OUTCOMES[self.outcome]


@dataclass(frozen=True)
class ImportReport:
    """What became of the whole file."""

    id: str
    file_name: str
    rows: list[RowReport]
    ignored_columns: list[str]

    def count(self, outcome: str) -> int:
        """How many rows ended like this."""
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def summary(self) -> str:
        """新增 3 件，更新 1 件，未变 0 件，错误 1 行"""
        counted = [f"{OUTCOMES[o]} {self.count(o)} 件" for o in (CREATED, UPDATED, UNCHANGED)]
        return "，".join([*counted, f"错误 {self.count(ERROR)} 行"])


@dataclass(frozen=True)
class _Line:
    """One line read from the table: a ticket as the platform knows it, or what is wrong with it."""

    line: int
    number: str
    headings: Headings
    new: NewTicket | None = None
    given: frozenset[str] = frozenset()  # fields the line fills in; the others are no news
    marked_number: bool = False
    error: InvalidInput | None = None


def import_file(tx: Transaction, principal: Principal, file_name: str, content: bytes) -> ImportReport:
    """Import one table; raises InvalidInput when the file as a whole cannot be used."""
    require(principal, "ticket.import")
    lines, ignored = _read(content)
    known = _known_tickets(tx, lines)
    seen: dict[str, int] = {}
    rows = [_import_line(tx, line, known, seen) for line in lines]
    report = ImportReport(new_id(), file_name[:200], rows, ignored)
    _store(tx, report)
    return report


def _read(content: bytes) -> tuple[list[_Line], list[str]]:
    table = ticket_file.rows(content)
    headings = import_cells.headings(table)
    lines = [
        _line(number, row, headings)
        for number, row in enumerate(table[headings.row + 1 :], start=headings.row + 2)
        if any(import_cells.text(cell) for cell in row)
    ]
    most = office_data.read(ticket_file.FILE)["limits"]["rows"]
    if not lines:
        raise InvalidInput("表格中没有工单，请检查是否选错了文件", {"file": "没有数据行"})
    if len(lines) > most:
        raise InvalidInput(f"表格有 {len(lines)} 行，不得超过 {most} 行，请分批导出", {"file": "行数过多"})
    return lines, headings.unknown


def _line(position: int, row: Sequence[Any], headings: Headings) -> _Line:
    cells = {name: row[at] if at < len(row) else None for name, at in headings.columns.items()}
    line = _Line(position, import_cells.text(cells["number"]), headings)
    try:
        number, number_marks = import_cells.without_marks(import_cells.identifier(cells["number"], "number"))
        if not number:
            raise CellError("number", "编号不能为空，否则再次导入会重复，请补上平台上的编号")
        given = import_cells.fields(cells) | number_marks
        if "content" not in given:
            raise CellError("content", "请填写诉求内容")
        title, title_marks = import_cells.without_marks(given.get("title", ""))
        given |= title_marks | {"content": given["content"] + import_cells.kept_in_content(cells)}
        named = frozenset(given)
        given["title"] = title or shortened(given["content"])
        new = NewTicket(number=number, **given)
    except InvalidInput as error:
        return replace(line, error=error)
    return replace(line, number=number, new=new, given=named, marked_number=bool(number_marks))


def shortened(content: str) -> str:
    """The beginning of a text, to serve as a title."""
    first = content.split("\n", 1)[0]
    return first if len(first) <= DERIVED_TITLE else first[:DERIVED_TITLE] + "…"


def _known_tickets(tx: Transaction, lines: Iterable[_Line]) -> dict[str, Row[Any]]:
    """Rows of every number the table mentions, in a few statements."""
    numbers = {n for line in lines if line.new for n in (line.number, *line.new.earlier_numbers)}
    numbers |= {number + suffix for number in numbers for suffix in _suffixes().values()}
    wanted = sorted(numbers)
    return {
        row.number: row
        for start in range(0, len(wanted), BATCH)
        for row in tx.connection.execute(select(ticket).where(ticket.c.number.in_(wanted[start : start + BATCH])))
    }


def _suffixes() -> dict[str, str]:
    return dict(office_data.read(ticket_file.FILE)["suffixes"])


def _import_line(tx: Transaction, line: _Line, known: dict[str, Row[Any]], seen: dict[str, int]) -> RowReport:
    """One line in its own savepoint: a bad one does not stop the others."""
    if line.new is None:
        assert line.error is not None
        return _error(line, line.error)
    new = _as_ours(line.new, line.marked_number, known)
    assert new.number is not None
    if new.number in seen:
        message = f"编号与第 {seen[new.number]} 行相同，已按第 {seen[new.number]} 行导入"
        return _error(line, CellError("number", message))
    savepoint = tx.connection.begin_nested()
    try:
        report = _create_or_update(tx, replace(line, new=new, number=new.number), known.get(new.number))
        savepoint.commit()
    except MinhuError as error:
        savepoint.rollback()
        return _error(line, error)
    seen[new.number] = line.line
    return report


def _as_ours(new: NewTicket, marked_number: bool, known: Mapping[str, Row[Any]]) -> NewTicket:
    """A closed ticket sent again as 复 or 重 under its old number is a new ticket after the old one."""
    assert new.number is not None
    earlier = tuple(number for number in new.earlier_numbers if number in known)
    row = known.get(new.number)
    mark = next((mark for mark in _suffixes() if getattr(new, mark)), None)
    if row is not None and mark and not getattr(row, mark):
        sent_again = row.number + _suffixes()[mark]
        if marked_number or row.state in ticket_states.final() or sent_again in known:
            return replace(new, number=sent_again, earlier_numbers=(row.number, *earlier))
    return replace(new, earlier_numbers=earlier)


def _create_or_update(tx: Transaction, line: _Line, row: Row[Any] | None) -> RowReport:
    assert line.new is not None
    if row is None:
        return RowReport(line.line, tickets.enter(tx, line.new), CREATED)
    changed = _changes(line, checked(line.new, tx.now), row)
    if not changed:
        return RowReport(line.line, row.number, UNCHANGED)
    labels = [import_cells.label(name) for name in changed]
    key_locks.hold(tx, row.number)
    updated = tx.connection.execute(
        update(ticket)
        .where(ticket.c.number == row.number, ticket.c.version == row.version)
        .values(**changed, version=row.version + 1)
    )
    if updated.rowcount != 1:
        raise Conflict("该工单正被他人办理，请稍后重新导入此行")
    audit.append(tx, audit.instance_stream(row.number), "ticket_updated", clause="3.0-1", detail={"changes": labels})
    return RowReport(line.line, row.number, UPDATED, labels)


def _changes(line: _Line, tidy: NewTicket, row: Row[Any]) -> dict[str, Any]:
    """Platform fields that differ; what the table leaves empty is kept."""
    values = {name: getattr(tidy, name) for name in PLATFORM_FIELDS if name in line.given}
    return {name: value for name, value in values.items() if value != getattr(row, name)}


def _error(line: _Line, error: MinhuError) -> RowReport:
    names = list(error.fields) if isinstance(error, InvalidInput) else []
    columns = [line.headings.texts.get(name) or import_cells.label(name) for name in names]
    return RowReport(line.line, line.number, ERROR, column="、".join(columns), message=error.message)


def _store(tx: Transaction, report: ImportReport) -> None:
    document = {"ignored_columns": report.ignored_columns, "rows": [asdict(row) for row in report.rows]}
    tx.connection.execute(
        insert(import_batch).values(
            id=report.id,
            file_name=report.file_name,
            imported_at=tx.now,
            imported_by=tx.actor.id,
            report=orjson.dumps(document).decode(),
        )
    )
    counts = {outcome: report.count(outcome) for outcome in OUTCOMES}
    audit.append(tx, f"import/{report.id}", "tickets_imported", detail={"file": report.file_name, **counts})
