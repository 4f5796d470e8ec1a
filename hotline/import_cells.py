"""Cells of a platform's table as fields of a ticket: headings by synonym, dates, marks, yes and no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.errors import InvalidInput
from engine.working_days import SHANGHAI
from hotline import office_data
from hotline.ticket_file import FILE, Cell

FIRST_EXCEL_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates have no zone
EXCEL_DATES = (20_000, 80_000)  # serials of the years 1954 to 2119
EXACT_DIGITS = 15  # of a number in a spreadsheet; more are lost
END_OF_DAY = time(23, 59, 59)
HEADING_ROWS = 10  # lines of title above the headings at most
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)
_TIMESTAMP = re.compile(
    r"(?P<year>20[0-9]{2}|19[0-9]{2})[-/.年]?(?P<month>[0-9]{1,2})[-/.月]?(?P<day>[0-9]{1,2})日?"
    r"(?:[T ]*(?P<hour>[0-9]{1,2})[:时点]?(?P<minute>[0-9]{2})?[:分]?(?P<second>[0-9]{2})?(?:\.[0-9]+)?秒?)?"
)
_SEPARATORS = re.compile(r"[、,，;；/|+\s]+")
_MARK = re.compile(r"^\s*[【\[（(]([^】\]）)]{1,8})[】\]）)]\s*")


class CellError(InvalidInput):
    """One cell that cannot be read; names its field."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message, {name: message})


@dataclass(frozen=True)
class Headings:
    """Where the headings stand, field → column index and text, and headings nobody knows."""

    row: int
    columns: dict[str, int]
    texts: dict[str, str]
    unknown: list[str]


def headings(rows: Sequence[Sequence[Cell]]) -> Headings:
    """The line that knows most columns; raises InvalidInput when a required one is missing."""
    best = Headings(0, {}, {}, [])
    for index, row in enumerate(rows[:HEADING_ROWS]):
        found = _headings(index, row)
        if len(found.columns) > len(best.columns):
            best = found
    missing = [label(name) for name in office_data.read(FILE)["required"] if name not in best.columns]
    if missing:
        message = f"表格缺少必需的列：{'、'.join(missing)}。请用平台导出的原表，或下载导入模板对照列名"
        raise InvalidInput(message, {"file": message})
    return best


def _headings(index: int, row: Sequence[Cell]) -> Headings:
    known = _synonyms()
    found = Headings(index, {}, {}, [])
    for position, cell in enumerate(row):
        heading = text(cell)
        name = known.get(normal_heading(heading))
        if name and name not in found.columns:
            found.columns[name], found.texts[name] = position, heading
        elif heading:
            found.unknown.append(heading)
    return found


def _synonyms() -> dict[str, str]:
    columns: Mapping[str, list[str]] = office_data.read(FILE)["columns"]
    return {normal_heading(synonym): name for name, synonyms in columns.items() for synonym in synonyms}


def normal_heading(heading: str) -> str:
    """A heading without spaces, stars and remarks in brackets."""
    heading = unicodedata.normalize("NFKC", heading)
    return re.sub(r"\(.*?\)|[\s*:]", "", heading)


def label(name: str) -> str:
    """The usual Chinese heading of a field."""
    names: list[str] = office_data.read(FILE)["columns"].get(name, [name])
    return names[0]


def text(cell: Cell) -> str:
    """A cell as the text a person sees; numbers without a decimal point, nothing as empty text."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return str(cell).replace("\x00", "").replace("_x000D_", "").strip().lstrip("'")


def identifier(cell: Cell, name: str) -> str:
    """A number used as a name; refused when the spreadsheet rounded it."""
    plain = text(cell)
    numeric = isinstance(cell, int | float) and not isinstance(cell, bool)
    if (numeric and len(plain) > EXACT_DIGITS) or _SCIENTIFIC.fullmatch(plain):
        raise CellError(name, f"“{plain}”已被表格软件改成数字而丢失末尾几位，请把该列设为文本格式后重新导出")
    return unicodedata.normalize("NFKC", plain)


def instant(cell: Cell, name: str, *, end_of_day: bool = False) -> datetime | None:
    """A date and time in Shanghai; a date alone is its beginning, or its end for a due date."""
    if text(cell) in office_data.read(FILE)["no"]:
        return None
    if isinstance(cell, str) and re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", cell.strip()):
        cell = float(cell)
    moment = _moment(cell)
    if moment is None:
        raise CellError(name, f"“{text(cell)}”不是能识别的日期时间，请写成 2026-03-02 09:30")
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min, SHANGHAI)
    moment = moment.replace(tzinfo=moment.tzinfo or SHANGHAI)
    if end_of_day and moment.astimezone(SHANGHAI).time() == time.min:
        return datetime.combine(moment.astimezone(SHANGHAI).date(), END_OF_DAY, SHANGHAI)
    return moment


def _due(cell: Cell, name: str) -> datetime | None:
    return instant(cell, name, end_of_day=True)


def _moment(cell: Cell) -> datetime | date | None:
    if isinstance(cell, date):  # a datetime is one too
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        first, last = EXCEL_DATES
        if first <= cell <= last:
            return FIRST_EXCEL_DAY + timedelta(seconds=round(cell * 86_400))
    match = _TIMESTAMP.fullmatch(unicodedata.normalize("NFKC", text(cell)))
    if match is None:
        return None
    parts = {name: int(value) for name, value in match.groupdict().items() if value is not None}
    try:
        return datetime(**parts) if "hour" in parts else date(**parts)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def yes(cell: Cell, name: str) -> bool:
    """Whether a mark is set; raises CellError for a word that is neither yes nor no."""
    answer = unicodedata.normalize("NFKC", text(cell)).lower()
    data = office_data.read(FILE)
    if answer in {str(word).lower() for word in data["yes"]}:
        return True
    if answer in {str(word).lower() for word in data["no"]}:
        return False
    raise CellError(name, f"“{text(cell)}”应写“是”或“否”")


def _supervision(cell: Cell, _name: str) -> str | None:
    """City, district or street, whichever character stands in the cell."""
    data = office_data.read(FILE)
    answer = text(cell)
    if answer.lower() in {str(word).lower() for word in data["no"]}:
        return None
    levels: dict[str, str] = data["supervision"]
    return next((level for sign, level in levels.items() if sign in answer), data["supervision_unnamed"])


def _earlier_numbers(cell: Cell, name: str) -> tuple[str, ...]:
    words = _SEPARATORS.split(identifier(cell, name))
    return tuple(number for number, _marks in map(without_marks, words) if number)


def _as_text(cell: Cell, _name: str) -> str:
    return text(cell)


_READERS: dict[str, Callable[[Cell, str], Any]] = {
    **dict.fromkeys(("title", "content", "source", "caller_name", "address"), _as_text),
    **dict.fromkeys(("recheck", "reassigned", "confidential", "anonymous"), yes),
    "caller_phone": identifier,
    "reported_at": instant,
    "district_due_at": _due,
    "supervision": _supervision,
    "earlier_numbers": _earlier_numbers,
}


def fields(cells: Mapping[str, Cell]) -> dict[str, Any]:
    """The fields of a ticket that a line fills in; raises CellError naming the first that cannot be read."""
    found = {name: read(cells[name], name) for name, read in _READERS.items() if text(cells.get(name))}
    data = office_data.read(FILE)
    telling = text(cells.get("ticket_type")) + found.get("source", "")
    if any(word in telling for word in data["suishenpai"]):
        found["kind"] = "suishenpai"
    return found | marks(text(cells.get("marks")))


def kept_in_content(cells: Mapping[str, Cell]) -> str:
    """What has no field of its own but matters at acceptance, as a last line of the content."""
    names = office_data.read(FILE)["kept_in_content"]
    kept = [f"{label(name)}：{text(cells[name])}" for name in names if text(cells.get(name))]
    return f"\n（平台标注：{'；'.join(kept)}）" if kept else ""


def marks(remark: str) -> dict[str, Any]:
    """Fields set by a remark such as 复、市督办; words nobody knows are passed over."""
    data = office_data.read(FILE)
    found: dict[str, Any] = {}
    for word in _SEPARATORS.split(unicodedata.normalize("NFKC", remark).strip()):
        found |= {name: True for name, words in data["marks"].items() if word in words}
        if data["supervision_word"] in word:
            found["supervision"] = _supervision(word, "supervision")
    return found


def without_marks(cell: str) -> tuple[str, dict[str, Any]]:
    """A number or title without leading 【复】, and the fields these set."""
    found: dict[str, Any] = {}
    while (match := _MARK.match(cell)) and (set_fields := marks(match[1])):
        found |= set_fields
        cell = cell[match.end() :]
    return cell.strip(), found
