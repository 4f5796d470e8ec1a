"""Rows of a spreadsheet a platform exported: .xlsx or .csv, bounded in size, formulas taken as text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import load_workbook

from engine.errors import InvalidInput
from hotline import office_data

FILE = "import_columns.yaml"
MEGABYTE = 1024 * 1024
Cell = Any  # str, int, float, bool, datetime, date, time or None
_OLE = b"\xd0\xcf\x11\xe0"
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # how exports keep leading zeros in a .csv


def rows(content: bytes) -> list[Sequence[Cell]]:
    """All rows of the first sheet; raises InvalidInput when this is no such file or it is too large."""
    limits = office_data.read(FILE)["limits"]
    if len(content) > limits["megabytes"] * MEGABYTE:
        raise _refused(f"文件有 {len(content) / MEGABYTE:.1f}M，不得大于 {limits['megabytes']}M，请分批导出")
    if content.startswith(b"PK\x03\x04"):
        return _bounded(_workbook_rows(content), limits)
    if content.startswith(_OLE):
        raise _refused("这是旧版 .xls 文件，请在 Excel 中另存为 .xlsx 后再导入")
    return _bounded(_csv_rows(content), limits)


def _bounded(found: Iterable[Sequence[Cell]], limits: dict[str, int]) -> list[Sequence[Cell]]:
    kept = []
    for row in found:
        if len(row) > limits["columns"] and any(c is not None for c in row[limits["columns"] :]):
            raise _refused(f"表格超过 {limits['columns']} 列，不像是平台导出的工单表，请检查")
        kept.append(row[: limits["columns"]])
        if len(kept) > limits["rows"] + 20:  # a few lines of heading are allowed
            raise _refused(f"表格超过 {limits['rows']} 行，请按日期分批导出")
    return kept


def _workbook_rows(content: bytes) -> Iterator[Sequence[Cell]]:
    _check_package(content)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # exports often state a wrong size
        yield from sheet.iter_rows(values_only=True)
    except InvalidInput:
        raise
    except Exception as error:  # openpyxl raises whatever the damage happens to cause
        raise _refused("表格文件已损坏，无法读取，请重新导出") from error


def _check_package(content: bytes) -> None:
    """No zip bomb, no document type declaration (entities) in any part."""
    limits = office_data.read(FILE)["limits"]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > limits["parts"] or unpacked > limits["unpacked_megabytes"] * MEGABYTE:
                raise _refused("表格解压后过大，已拒绝；请确认是平台导出的文件")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(package.read(part))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refused("不是有效的 .xlsx 文件，请重新导出") from error


def _check_part(xml: bytes) -> None:
    wide = xml.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"))
    if wide or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise _refused("表格含有不安全的内容，已拒绝；请用 Excel 打开后另存为 .xlsx")


def _csv_rows(content: bytes) -> Iterator[Sequence[Cell]]:
    text = _decoded(content)
    first_lines = "\n".join(text.splitlines()[:5])
    delimiter = max(",\t;", key=first_lines.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_EXCEL_TEXT.sub(r"\1", cell.strip()) for cell in row]
    except csv.Error as error:
        raise _refused("CSV 文件的引号或分隔符有误，请重新导出或另存为 .xlsx") from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without mark, else the GB encodings Chinese Excel writes."""
    if b"\x00" in content:
        raise _refused("不是 .xlsx 或 .csv 文件，请从平台导出表格后再导入")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused("CSV 文件的编码无法识别，请用 Excel 打开后另存为“CSV UTF-8”或 .xlsx")


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, {"file": message})
