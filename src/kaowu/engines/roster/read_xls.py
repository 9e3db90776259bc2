"""Reads .xls and .et (BIFF 2 to 8), with or without the OLE container around it."""

from __future__ import annotations

import io
from typing import Any

import xlrd
from xlrd.biffh import error_text_from_code

from kaowu.engines.roster.numbers import date_cell, number_cell, zeros_of
from kaowu.engines.roster.unreadable import damage_becomes_a_sentence, unreadable
from kaowu.engines.roster.workbook import MAX_COLUMNS, Cell, ErrorCell, Merge, NumberCell, Row, Sheet


def read_xls(data: bytes) -> list[Sheet]:
    """All worksheets in the order of the workbook."""
    with damage_becomes_a_sentence("xls"):
        book = _open(data)
        return [_sheet(book, index) for index in range(book.nsheets)]


def _open(data: bytes) -> Any:
    try:
        return xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise unreadable("password") from error
        raise
    except UnicodeDecodeError:
        # Old Chinese files often forget to say which code page they use.
        return xlrd.open_workbook(
            file_contents=data, formatting_info=True, logfile=io.StringIO(), encoding_override="gb18030"
        )


def _sheet(book: Any, index: int) -> Sheet:
    source = book.sheet_by_index(index)
    sheet = Sheet(source.name, hidden=source.visibility != 0, dates_from_1904=book.datemode == 1)
    sheet.merges = [
        Merge(top + 1, left, bottom, right - 1) for top, bottom, left, right in source.merged_cells
    ]
    looks_for_strikes = any(getattr(font, "struck_out", 0) for font in book.font_list)
    for row in range(source.nrows):
        cells = source.row(row)[:MAX_COLUMNS]
        sheet.add(row + 1, _row(book, cells))
        if looks_for_strikes and _is_struck(book, source, row):
            sheet.struck.add(row + 1)
    return sheet


def _row(book: Any, cells: list[Any]) -> Row:
    return [_cell(book, cell) for cell in cells]


def _cell(book: Any, cell: Any) -> Cell:
    kind, value = cell.ctype, cell.value
    if kind == xlrd.XL_CELL_TEXT:
        return value or None
    if kind == xlrd.XL_CELL_NUMBER:
        return number_cell(repr(value), zeros_of(_format(book, cell.xf_index)))
    if kind == xlrd.XL_CELL_DATE:
        return date_cell(value, from_1904=book.datemode == 1) or number_cell(repr(value))
    if kind == xlrd.XL_CELL_ERROR:
        return ErrorCell(error_text_from_code.get(value, "#N/A"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return NumberCell("TRUE" if value else "FALSE")
    return None


def _format(book: Any, style: int | None) -> str:
    if style is None:
        return ""
    form = book.format_map.get(book.xf_list[style].format_key)
    return form.format_str if form else ""


def _is_struck(book: Any, source: Any, row: int) -> bool:
    styles = [cell.xf_index for cell in source.row(row) if cell.ctype not in {0, 6} and cell.value != ""]
    return bool(styles) and all(
        style is not None and book.font_list[book.xf_list[style].font_index].struck_out for style in styles
    )
