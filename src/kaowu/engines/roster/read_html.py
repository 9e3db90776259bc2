"""Reads HTML tables that web systems hand out under the name .xls, and .mht files.

Excel shows such a file as one sheet: the tables one below the other, headings
and paragraphs between them in rows of their own. Rows are numbered that way.
"""

from __future__ import annotations

import email
import email.policy
import re
from html.parser import HTMLParser

from kaowu.engines.roster.text_encoding import decode_text
from kaowu.engines.roster.workbook import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    Merge,
    NumberCell,
    Row,
    Sheet,
)

_SHEET_NAME = re.compile(r"<x:Name>([^<]{1,31})</x:Name>", re.IGNORECASE)
_BREAKS = {"br", "p", "div", "li"}
_LINES = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "caption", "div", "center"}
_SILENT = {"script", "style", "title", "head", "xml"}


def looks_like_html(data: bytes) -> bool:
    """A tag of HTML stands near the beginning."""
    head = data[:4096].replace(b"\0", b"").lower()
    return re.search(rb"<(html|table|!doctype html|meta|body|head|tr)\b", head) is not None


def looks_like_mht(data: bytes) -> bool:
    """A web archive: mail headers before the HTML."""
    return (
        re.search(rb"^(mime-version|content-type:\s*multipart/related)", data[:2048], re.I | re.M) is not None
    )


def html_of_mht(data: bytes) -> bytes:
    """The first HTML part with a table, or the first HTML part."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    parts: list[bytes] = []
    for part in message.walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                parts.append(payload)
    return next((part for part in parts if b"<td" in part.lower()), parts[0] if parts else b"")


def read_html(data: bytes) -> Sheet:
    """All tables of a page as one sheet."""
    text, _ = decode_text(data)
    name = _SHEET_NAME.search(text)
    sheet = Sheet(name[1] if name else "")
    reader = _TableReader(sheet)
    reader.feed(re.sub(r"<!--\[if[^>]*>.*?<!\[endif\]-->", "", text, flags=re.DOTALL))
    reader.close()
    reader.finish()
    return sheet


class _TableReader(HTMLParser):
    """Collects cells; row spans are kept as merges."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(convert_charrefs=True)
        self._sheet = sheet
        self._number = 0
        self._row: Row | None = None
        self._column = 0
        self._text: list[str] | None = None
        self._loose: list[str] = []
        self._spans: dict[int, int] = {}
        self._cell_span = (1, 1)
        self._numeric = False
        self._silent = 0
        self._strikes = 0
        self._row_struck: list[bool] = []
        self._cell_struck = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a row or a cell."""
        given = {key: value or "" for key, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag in {"s", "strike", "del"}:
            self._strikes += 1
        elif tag == "tr":
            self._end_row()
            self._loose_line()
            self._number += 1
            self._row, self._column, self._row_struck = [], 0, []
        elif tag in {"td", "th"}:
            self._open_cell(given)
        elif tag in _BREAKS and self._text is not None:
            if self._text:
                self._text.append("\n")
        elif tag in _LINES | {"table", "br"}:
            self._loose_line()

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in {"s", "strike", "del"}:
            self._strikes = max(self._strikes - 1, 0)
        elif tag in {"td", "th"}:
            self._close_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self._spans.clear()
        elif tag in _LINES and self._text is None:
            self._loose_line()

    def handle_data(self, data: str) -> None:
        """Text of a cell, or between tables."""
        if self._silent:
            return
        if self._text is not None:
            self._text.append(
                data if "\n" not in data else re.sub(r"\s*\n\s*", " " if data.strip() else "", data)
            )
            self._cell_struck = self._cell_struck or bool(self._strikes and data.strip())
        elif self._row is None and data.strip():
            self._loose.append(data.strip())

    def finish(self) -> None:
        """The last row, and text after it."""
        self._end_row()
        self._loose_line()

    def _open_cell(self, given: dict[str, str]) -> None:
        self._close_cell()
        if self._row is None:
            self._number += 1
            self._row, self._column = [], 0
        while self._spans.get(self._column, 0) > 0:
            self._column += 1
        self._cell_span = (_span(given.get("rowspan", "")), _span(given.get("colspan", "")))
        self._numeric = given.get("x:num") not in {None, ""}
        self._text = []
        self._cell_struck = "line-through" in given.get("style", "")

    def _close_cell(self) -> None:
        if self._text is None or self._row is None:
            return
        text = "".join(self._text).strip("\n\r\t ")[:MAX_CELL_LENGTH]
        self._text = None
        down, across = self._cell_span
        if self._column < MAX_COLUMNS:
            self._row.extend([None] * (self._column - len(self._row)))
            self._row.append((NumberCell(text) if self._numeric and text.isdigit() else text) or None)
            if text:
                self._row_struck.append(self._cell_struck)
            if down > 1 or across > 1:
                right = min(self._column + across, MAX_COLUMNS) - 1
                self._sheet.merges.append(Merge(self._number, self._column, self._number + down - 1, right))
                for column in range(self._column, right + 1):
                    self._spans[column] = max(self._spans.get(column, 0), down)
        self._column += across

    def _end_row(self) -> None:
        self._close_cell()
        if self._row is None:
            return
        if self._number <= MAX_ROWS:
            self._sheet.add(self._number, self._row)
            if self._row_struck and all(self._row_struck):
                self._sheet.struck.add(self._number)
        self._row = None
        self._spans = {column: left - 1 for column, left in self._spans.items() if left > 1}

    def _loose_line(self) -> None:
        if self._loose and self._row is None:
            self._number += 1
            self._sheet.add(self._number, [" ".join(self._loose)])
        self._loose = []


def _span(text: str) -> int:
    digits = text.strip()
    return min(max(int(digits), 1), MAX_ROWS) if digits.isdigit() and len(digits) < 8 else 1
