"""An empty table with the headings the import knows, to fill in by hand."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from hotline import import_cells, office_data
from hotline.ticket_file import FILE

NAME = "工单导入模板.xlsx"
_EXAMPLE = {
    "number": "PT20260227000101",
    "title": "小区楼道堆物影响通行",
    "content": "来电人反映真光路1001弄12号楼道堆放杂物，影响居民通行，要求清理。",
    "caller_name": "王小明",
    "caller_phone": "13800001234",
    "address": "真光路1001弄12号",
    "reported_at": "2026-02-27 09:15",
    "district_due_at": "2026-03-10 23:59",
    "source": "12345市民热线",
    "marks": "复、市督办",
    "anonymous": "否",
    "confidential": "否",
}


def template() -> bytes:
    """The template as an .xlsx file: headings, one example, and a sheet that explains the columns."""
    columns: dict[str, list[str]] = office_data.read(FILE)["columns"]
    required = office_data.read(FILE)["required"]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "工单"
    sheet.append([f"{import_cells.label(name)}{'*' if name in required else ''}" for name in columns])
    sheet.append([_EXAMPLE.get(name, "") for name in columns])
    for position in range(1, len(columns) + 1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = 18
        for row in range(1, 501):  # long numbers stay text when typed
            sheet[f"{letter}{row}"].number_format = "@"
        sheet[f"{letter}1"].font = Font(bold=True)
    notes = book.create_sheet("填写说明")
    notes.append(["列", "也可写作", "说明"])
    for name, synonyms in columns.items():
        notes.append([synonyms[0], "、".join(synonyms[1:]), "必填" if name in required else ""])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
