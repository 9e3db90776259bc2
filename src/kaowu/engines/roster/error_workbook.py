"""Gives a file back with a red column 错误原因: what is wrong with each row, and what to do.

An .xlsx keeps its layout, colours and widths; only the column is added. Files
of other kinds, and very large ones, come back as an .xlsx with the same rows
in the same columns.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from kaowu.engines.roster.check import RosterCheck
from kaowu.engines.roster.workbook import Workbook

HEADING = "错误原因"
RED = "FFC00000"
PALE = "FFFDE9E7"
STYLED_UP_TO = 200_000
"""Cells. Above this, keeping the layout costs more memory and time than it is worth."""

Reasons = Mapping[str, Mapping[int, list[str]]]
"""What to say, by sheet and row; a row behind the last one holds what the file lacks."""
Headings = Mapping[str, set[int]]
"""The header rows by sheet."""


def write_error_workbook(original: bytes, check: RosterCheck, out: Path, workbook: Workbook) -> None:
    """Write a roster with the column to `out`, an .xlsx."""
    headings = {table.sheet: _heading_rows(check, table.sheet) for table in check.mapping.tables}
    write_reasons(original, workbook, headings, _reasons(check), out)


def write_reasons(
    original: bytes, workbook: Workbook, headings: Headings, reasons: Reasons, out: Path
) -> None:
    """Write a table with the column to `out`, an .xlsx."""
    cells = sum(len(row) for sheet in workbook for row in sheet.rows)
    if workbook.kind == "xlsx" and cells <= STYLED_UP_TO:
        try:
            _beside_their_layout(original, headings, out, reasons)
            return
        except Exception:
            out.unlink(missing_ok=True)
    _same_rows(workbook, headings, out, reasons)


def _reasons(check: RosterCheck) -> Reasons:
    """Sentences by sheet and row, rejections first."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for issue in sorted(check.issues, key=lambda issue: not issue.rejects):
        if issue.row is None or issue.sheet is None:
            continue
        mark = "" if issue.rejects else "（提示）"
        cause = issue.sentence.zh.partition("：")[2] or issue.sentence.zh
        where = f"{issue.column}：".replace("\n", "") if issue.column else ""
        found[issue.sheet][issue.row].append(f"{mark}{where}{cause}。{issue.remedy.zh}")
    return found


def _heading_rows(check: RosterCheck, sheet: str) -> set[int]:
    rows: set[int] = set()
    for table in check.mapping.tables:
        if table.sheet == sheet:
            rows |= {row for row in (*table.header_rows[-1:], *table.repeated_headers) if row > 0}
    return rows


def _beside_their_layout(original: bytes, headings: Headings, out: Path, reasons: Reasons) -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(original), rich_text=True)
    for name, heading_rows in headings.items():
        sheet = book[name]
        column = sheet.max_column + 1
        for row in heading_rows:
            cell = sheet.cell(row=row, column=column, value=HEADING)
            cell.font = Font(bold=True, color=RED)
        for row, sentences in reasons.get(name, {}).items():
            cell = sheet.cell(row=row, column=column, value="\n".join(sentences))
            cell.font = Font(color=RED)
            cell.fill = PatternFill("solid", fgColor=PALE)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(column)].width = 60
    book.save(out)


def _same_rows(workbook: Workbook, headings: Headings, out: Path, reasons: Reasons) -> None:
    book = xlsxwriter.Workbook(
        str(out), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    heading = book.add_format({"bold": True, "font_color": "#C00000"})
    reason = book.add_format(
        {"font_color": "#C00000", "bg_color": "#FDE9E7", "text_wrap": True, "valign": "top"}
    )
    text = book.add_format({"num_format": "@"})
    for place, source in enumerate(workbook):
        if source.hidden:
            continue
        sheet = book.add_worksheet(_sheet_name(source.name, place))
        width = source.width
        shift = 0 if source.numbers[:1] != [0] else 1
        heading_rows = headings.get(source.name, set()) | ({0} if shift else set())
        sheet.set_column(0, max(width - 1, 0), 14, text)
        sheet.set_column(width, width, 60)
        sentences = reasons.get(source.name, {})
        for number, row in zip(source.numbers, source.rows, strict=True):
            at = number - 1 + shift
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(at, column, str(cell), text)
            if number in heading_rows:
                sheet.write_string(at, width, HEADING, heading)
            elif number in sentences:
                sheet.write_string(at, width, "\n".join(sentences[number]), reason)
        last = source.numbers[-1] if source.numbers else 0
        for number in sorted(number for number in sentences if number > last):
            sheet.write_string(number - 1 + shift, width, "\n".join(sentences[number]), reason)
    book.close()


def _sheet_name(name: str, place: int) -> str:
    bare = "".join("_" if character in "[]:*?/\\" else character for character in name)[:31].strip("'")
    return bare or f"Sheet{place + 1}"
