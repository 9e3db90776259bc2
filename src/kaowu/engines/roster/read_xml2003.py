"""Reads SpreadsheetML 2003, the XML that reporting tools save as .xls or .xml."""

from __future__ import annotations

from kaowu.engines.roster.numbers import number_cell
from kaowu.engines.roster.package import Attributes, XmlReader, attribute
from kaowu.engines.roster.workbook import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    DateCell,
    ErrorCell,
    Merge,
    NumberCell,
    Row,
    Sheet,
)


def looks_like_xml2003(data: bytes) -> bool:
    """The namespace of 2003 stands near the beginning."""
    return b"urn:schemas-microsoft-com:office:spreadsheet" in data[:8192].replace(b"\0", b"")


def read_xml2003(data: bytes) -> list[Sheet]:
    """All worksheets."""
    reader = _Reader()
    XmlReader(reader.start, reader.end, reader.text).feed(iter([data]))
    return reader.sheets


class _Reader:
    """Follows the elements of the document."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self._struck_styles: set[str] = set()
        self._style = ""
        self._number = 0
        self._row: Row = []
        self._struck: list[bool] = []
        self._column = 0
        self._kind = ""
        self._cell_style = ""
        self._data: list[str] | None = None
        self._visible: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == "Style":
            self._style = attribute(attributes, "ID")
        elif name == "Font" and attribute(attributes, "StrikeThrough") == "1":
            self._struck_styles.add(self._style)
        elif name == "Worksheet":
            self.sheets.append(Sheet(attribute(attributes, "Name")))
            self._number = 0
        elif name == "Row":
            index = attribute(attributes, "Index")
            self._number = int(index) if index.isdigit() else self._number + 1
            self._row, self._column, self._struck = [], -1, []
        elif name == "Cell":
            self._open_cell(attributes)
        elif name == "Data":
            self._kind, self._data = attribute(attributes, "Type"), []
        elif name == "Visible":
            self._visible = []

    def _open_cell(self, attributes: Attributes) -> None:
        index = attribute(attributes, "Index")
        self._column = int(index) - 1 if index.isdigit() else self._column + 1
        self._cell_style = attribute(attributes, "StyleID")
        across, down = attribute(attributes, "MergeAcross", "0"), attribute(attributes, "MergeDown", "0")
        wide, deep = int(across) if across.isdigit() else 0, int(down) if down.isdigit() else 0
        if (wide or deep) and self.sheets:
            bottom = min(self._number + deep, MAX_ROWS)
            self.sheets[-1].merges.append(Merge(self._number, self._column, bottom, self._column + wide))
        self._across = wide

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "Data" and self._data is not None:
            cell = _cell(self._kind, "".join(self._data)[:MAX_CELL_LENGTH])
            self._data = None
            if cell and 0 <= self._column < MAX_COLUMNS:
                self._row.extend([None] * (self._column + 1 - len(self._row)))
                self._row[self._column] = cell
                self._struck.append(self._cell_style in self._struck_styles)
        elif name == "Cell":
            self._column += self._across
        elif name == "Row" and self.sheets and self._number <= MAX_ROWS:
            self.sheets[-1].add(self._number, self._row)
            if self._struck and all(self._struck):
                self.sheets[-1].struck.add(self._number)
        elif name == "Visible" and self._visible is not None and self.sheets:
            self.sheets[-1].hidden = "Hidden" in "".join(self._visible)
            self._visible = None

    def text(self, data: str) -> None:
        """Characters."""
        if self._data is not None:
            self._data.append(data)
        elif self._visible is not None:
            self._visible.append(data)


def _cell(kind: str, text: str) -> Cell:
    if not text:
        return None
    if kind == "Number":
        return number_cell(text.strip())
    if kind == "DateTime":
        return DateCell(text[:10])
    if kind == "Error":
        return ErrorCell(text)
    if kind == "Boolean":
        return NumberCell("TRUE" if text.strip() == "1" else "FALSE")
    return text
