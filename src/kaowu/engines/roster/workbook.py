"""A file as a person sees it: sheets of rows of cells, every cell a text with a kind.

A cell is None, or a text. Plain `str` is what was typed as text; the kinds
below say that the text stands for something else in the file. The kind
decides: digits after the fifteenth are lost in a numeric cell and kept in a
text cell, though both look the same.

Rows without any value are left out; each row carries the number that a person
sees at its left. Hidden rows and columns are rows and columns like others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_COLUMNS = 512
MAX_ROWS = 1_048_576
MAX_CELL_LENGTH = 32_767


class NumberCell(str):
    """A number, as its digits: `370481200907123000`."""

    __slots__ = ()

    @property
    def has_lost_digits(self) -> bool:
        """Spreadsheets keep fifteen digits of a number."""
        return sum(character.isdigit() for character in self) > 15


class DateCell(str):
    """A date cell, as an ISO date."""

    __slots__ = ()


class ErrorCell(str):
    """A formula error such as `#N/A`."""

    __slots__ = ()


Cell: TypeAlias = str | None
Row: TypeAlias = list[Cell]


@dataclass(frozen=True, slots=True)
class Merge:
    """A block of merged cells: rows from 1, columns from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One sheet, list or file of records."""

    name: str
    numbers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    struck: set[int] = field(default_factory=set)
    filled: set[tuple[int, int]] = field(default_factory=set)
    """Cells (row, column) that fill their field to the last byte (DBF)."""
    hidden: bool = False
    has_letters: bool = True
    """Columns are known by letters (spreadsheets), not by names alone."""
    has_header_names: bool = False
    """The first row holds the field names of a record file (DBF), row number 0."""
    dates_from_1904: bool = False

    def add(self, number: int, row: Row) -> None:
        """Keep a row if it holds anything."""
        while row and not row[-1]:
            row.pop()
        if row:
            self.numbers.append(number)
            self.rows.append(row)

    @property
    def width(self) -> int:
        """How many columns the widest row has."""
        return max(map(len, self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Workbook:
    """All sheets of a file, and what the reader has to say about it."""

    name: str
    kind: str
    """xlsx, xls, ods, xml, html, csv, dbf."""
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """The sheet with this name."""
        return next(sheet for sheet in self.sheets if sheet.name == name)

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self.sheets)


def column_letter(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A is 0, Z is 25, AA is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
