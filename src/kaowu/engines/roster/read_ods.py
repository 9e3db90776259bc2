"""Reads .ods (OpenDocument), as LibreOffice and some government suites save it."""

from __future__ import annotations

from kaowu.engines.roster.numbers import number_cell
from kaowu.engines.roster.package import Attributes, Package, XmlReader, attribute
from kaowu.engines.roster.workbook import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    DateCell,
    Merge,
    NumberCell,
    Row,
    Sheet,
)

MAX_REPEATED = 10_000
"""Repetition of a filled row or cell beyond this is decoration, not a roster."""


def read_ods(package: Package) -> list[Sheet]:
    """All tables of the document."""
    reader = _Reader()
    XmlReader(reader.start, reader.end, reader.text).feed(package.pieces("content.xml"))
    return reader.sheets


class _Reader:
    """Follows the elements of content.xml."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self._hidden_styles: set[str] = set()
        self._struck_styles: set[str] = set()
        self._style = ""
        self._number = 1
        self._row: Row = []
        self._struck: list[bool] = []
        self._rows_repeated = 1
        self._cell: Attributes | None = None
        self._paragraphs: list[str] = []
        self._in_paragraph = False
        self._in_note = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == "style":
            self._style = attribute(attributes, "name")
        elif name == "table-properties" and attribute(attributes, "display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "text-properties" and attribute(attributes, "text-line-through-style", "none") != "none":
            self._struck_styles.add(self._style)
        elif name == "table":
            hidden = attribute(attributes, "style-name") in self._hidden_styles
            self.sheets.append(Sheet(attribute(attributes, "name"), hidden=hidden))
            self._number = 1
        elif name == "table-row":
            self._row, self._struck = [], []
            self._rows_repeated = _count(attributes, "number-rows-repeated")
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell, self._paragraphs = attributes, []
        elif name == "annotation":
            self._in_note += 1
        elif name == "p" and self._cell is not None and not self._in_note:
            self._paragraphs.append("")
            self._in_paragraph = True
        elif self._in_paragraph and name == "s":
            self._paragraphs[-1] += " " * _count(attributes, "c")
        elif self._in_paragraph and name == "tab":
            self._paragraphs[-1] += "\t"
        elif self._in_paragraph and name == "line-break":
            self._paragraphs[-1] += "\n"

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "p":
            self._in_paragraph = False
        elif name == "annotation":
            self._in_note -= 1
        elif name in {"table-cell", "covered-table-cell"} and self._cell is not None:
            self._close_cell(self._cell)
            self._cell = None
        elif name == "table-row" and self.sheets:
            self._close_row()

    def text(self, data: str) -> None:
        """Characters."""
        if self._in_paragraph and not self._in_note:
            self._paragraphs[-1] += data

    def _close_cell(self, attributes: Attributes) -> None:
        cell = _cell(attributes, "\n".join(self._paragraphs)[:MAX_CELL_LENGTH])
        repeated = _count(attributes, "number-columns-repeated")
        column = len(self._row)
        if cell:
            repeated = min(repeated, MAX_COLUMNS)
            self._struck.append(attribute(attributes, "style-name") in self._struck_styles)
        if column < MAX_COLUMNS:
            self._row.extend([cell] * min(repeated, MAX_COLUMNS - column))
        down, across = _count(attributes, "number-rows-spanned"), _count(attributes, "number-columns-spanned")
        if down > 1 or across > 1:
            bottom = min(self._number + down - 1, MAX_ROWS)
            self.sheets[-1].merges.append(Merge(self._number, column, bottom, column + across - 1))

    def _close_row(self) -> None:
        sheet = self.sheets[-1]
        if any(self._row):
            for offset in range(min(self._rows_repeated, MAX_REPEATED)):
                sheet.add(self._number + offset, list(self._row))
                if self._struck and all(self._struck):
                    sheet.struck.add(self._number + offset)
        self._number = min(self._number + self._rows_repeated, MAX_ROWS)


def _count(attributes: Attributes, name: str) -> int:
    text = attribute(attributes, name, "1")
    return min(int(text), MAX_ROWS) if text.isdigit() and len(text) < 9 else 1


def _cell(attributes: Attributes, shown: str) -> Cell:
    kind = attribute(attributes, "value-type")
    if kind in {"float", "percentage", "currency"}:
        value = number_cell(attribute(attributes, "value"))
        bare = shown.strip()
        # A format of zeros shows leading zeros that the value does not have.
        return NumberCell(bare) if bare.isdigit() and bare.lstrip("0") == value.lstrip("0") else value
    if kind == "date":
        return DateCell(attribute(attributes, "date-value")[:10])
    if kind == "boolean":
        return NumberCell("TRUE" if attribute(attributes, "boolean-value") == "true" else "FALSE")
    return shown or None
