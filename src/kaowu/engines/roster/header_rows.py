"""Finds the header of a table: which rows it fills, and what stands over each column.

A header may fill one row or several, with groups over columns (家长信息 over
姓名 and 电话) and cells merged down or across. What counts for a column is the
path from the group to the column's own text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from kaowu.engines.roster import headers as h
from kaowu.engines.roster.cleaning import is_blank
from kaowu.engines.roster.workbook import Cell, DateCell, Merge, NumberCell, Row, Sheet

MAX_HEADER_TEXT = 60
MAX_HEADER_ROWS = 4
_DATA = re.compile(r"\d{8,}|\d{4}[-/.年]\d")
_EXAMPLE = re.compile(r"[(（\[【]?(?:填写|填表)?(?:示例|样例|范例|例如|例子|举例|例)[)）\]】：:]?")

SubjectOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """A column of a header: its path from the group down, and its own text as written."""

    index: int
    path: tuple[str, ...]
    text: str
    meaning: h.Meaning | None
    subject: str = ""
    group: str = ""
    group_index: int = -1


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one table."""

    rows: tuple[int, ...]
    places: tuple[int, ...]
    """Positions in the sheet's list of rows."""
    columns: tuple[HeaderColumn, ...]

    @property
    def fields(self) -> set[str]:
        """What the header names, other persons and ignored things left out."""
        return {
            column.meaning.field
            for column in self.columns
            if column.meaning and column.meaning.field in h.CANDIDATE_FIELDS
        }

    @property
    def signature(self) -> tuple[tuple[int, str], ...]:
        """Two headers with the same signature are one header repeated."""
        return tuple((column.index, h.core(column.text)) for column in self.columns)


class HeaderFinder:
    """Looks for headers on one sheet."""

    def __init__(self, sheet: Sheet, subject_of: SubjectOf) -> None:
        self._sheet = sheet
        self._subject_of = subject_of
        self._merges: dict[int, list[Merge]] = defaultdict(list)
        for merge in sheet.merges:
            self._merges[merge.top].append(merge)
        self._has_merges = bool(sheet.merges)

    def at(self, place: int) -> Header | None:
        """The header that begins at this position of the sheet's rows, or None."""
        sheet = self._sheet
        if sheet.has_header_names and place == 0:
            return self._header([0])
        if not self._may_be_header(sheet.rows[place]):
            return None
        places = [place]
        named = self._named(sheet.rows[place])
        alone = sum(not is_blank(cell) for cell in sheet.rows[place]) < 2
        if (named == 0 or alone) and not self._is_group_row(place):
            return None
        while len(places) < MAX_HEADER_ROWS and self._continues(places):
            places.append(places[-1] + 1)
        best = None
        for count in range(1, len(places) + 1):
            header = self._header(places[:count])
            if best is None or len(header.fields) > len(best.fields) or self._adds(best, header):
                best = header
        if best is None or not self._is_enough(best):
            return None
        return best

    def _is_enough(self, header: Header) -> bool:
        fields = header.fields
        plain = {c.meaning.field for c in header.columns if c.meaning and c.meaning.rank < 2}
        if h.NAME in fields and h.ID_NUMBER in fields:
            return True
        if len(fields) >= 3 and (h.NAME in plain or h.ID_NUMBER in plain):
            return True
        return len(fields) >= 5

    def _adds(self, before: Header, after: Header) -> bool:
        """True if one more row gives columns a text of their own under a group."""
        return len({c.text for c in after.columns if c.path}) > len(
            {c.text for c in before.columns if c.path}
        )

    def _may_be_header(self, row: Row) -> bool:
        """Short texts, no numbers, no dates, no example mark."""
        texts = [cell for cell in row if cell and not is_blank(cell)]
        if not texts:
            return False
        if any(_EXAMPLE.fullmatch(cell.strip()) for cell in texts[:3]):
            return False
        if _is_form_line(texts):
            return False
        odd = sum(
            isinstance(cell, (NumberCell, DateCell))
            or len(cell) > MAX_HEADER_TEXT
            or bool(_DATA.search(h.core(cell)))
            for cell in texts
        )
        return odd == 0 or (len(texts) >= 6 and odd <= len(texts) // 8)

    def _named(self, row: Row) -> int:
        """How many cells name something of a candidate."""
        count = 0
        for cell in row:
            if cell and not is_blank(cell) and len(cell) <= MAX_HEADER_TEXT:
                meaning = h.meaning_of((cell,))
                count += bool(meaning and meaning.field in h.CANDIDATE_FIELDS | {h.OTHER_PERSON, h.SERIAL})
        return count

    def _is_group_row(self, place: int) -> bool:
        """A row of group headings: several short texts, or one that is merged over part of the width."""
        row = self._sheet.rows[place]
        texts = [cell for cell in row if cell and not is_blank(cell)]
        if len(texts) >= 2:
            return all(len(cell) <= 16 for cell in texts)
        below = self._row_below(place)
        for merge in self._merges.get(self._sheet.numbers[place], ()):
            width = merge.right - merge.left + 1
            if 1 < width <= 0.7 * max(len(below or ()), 1):
                return True
        return False

    def _row_below(self, place: int) -> Row | None:
        sheet = self._sheet
        if place + 1 < len(sheet.rows) and sheet.numbers[place + 1] - sheet.numbers[place] <= 2:
            return sheet.rows[place + 1]
        return None

    def _continues(self, places: list[int]) -> bool:
        """True if the row below belongs to the header."""
        below = self._row_below(places[-1])
        if below is None or not self._may_be_header(below):
            return False
        header = self._header(places)
        texts = {index: cell for index, cell in enumerate(below) if cell and not is_blank(cell)}
        key = {
            c.index
            for c in header.columns
            if c.meaning and c.meaning.field in {h.NAME, h.ID_NUMBER} and c.text
        }
        own = {
            index
            for index in texts
            if index < len(self._sheet.rows[places[-1]]) and not is_blank(self._sheet.rows[places[-1]][index])
        }
        named = self._named(below) + sum(bool(self._subject_of(cell)) for cell in texts.values())
        if not key:
            return named > 0
        if key & texts.keys():
            # Name and number stand in this row already; only a fuller row of headings may follow.
            covered = all(h.meaning_of((texts[index],)) for index in key & texts.keys())
            return covered and named >= 2 and not self._same_texts(places[-1], below)
        under_group = all(index not in own or self._is_under_group(places, index) for index in texts)
        return (
            under_group
            and all(len(cell) <= 20 for cell in texts.values())
            and (named > 0 or len(texts) <= 12)
        )

    def _same_texts(self, place: int, below: Row) -> bool:
        """A header printed twice in a row is two headers."""
        return [h.core(c or "") for c in self._sheet.rows[place]] == [h.core(c or "") for c in below]

    def _is_under_group(self, places: list[int], index: int) -> bool:
        for place in places:
            for merge in self._merges.get(self._sheet.numbers[place], ()):
                if merge.left <= index <= merge.right and merge.right > merge.left:
                    return True
        return not self._has_merges

    def _header(self, places: list[int]) -> Header:
        sheet = self._sheet
        width = max(len(sheet.rows[place]) for place in places)
        numbers = [sheet.numbers[place] for place in places]
        for number in numbers:
            for merge in self._merges.get(number, ()):
                width = max(width, min(merge.right + 1, 512))
        grid = [[self._cell(place, column) for column in range(width)] for place in places]
        groups: list[list[int]] = [[-1] * width for _ in places]
        covered: set[tuple[int, int]] = set()
        for level, number in enumerate(numbers):
            for merge in self._merges.get(number, ()):
                text = grid[level][merge.left] if merge.left < width else None
                for column in range(merge.left, min(merge.right + 1, width)):
                    for at in range(level, len(numbers)):
                        if numbers[at] <= merge.bottom:
                            grid[at][column] = grid[at][column] or text
                            covered.add((at, column))
                            if merge.right > merge.left:
                                groups[at][column] = merge.left
        if len(places) > 1:
            self._fill_groups(grid, groups, covered)
        return Header(tuple(numbers), tuple(places), tuple(self._columns(grid, groups)))

    def _fill_groups(
        self, grid: list[list[Cell]], groups: list[list[int]], covered: set[tuple[int, int]]
    ) -> None:
        """Where merges are lost (text files), a group's text stands only over its first column."""
        if self._has_merges:
            return
        for level in range(len(grid) - 1):
            text: Cell = None
            start = -1
            for column in range(len(grid[level])):
                own, below = grid[level][column], grid[level + 1][column]
                if own and not is_blank(own):
                    text, start = (own, column) if below and not is_blank(below) else (None, -1)
                elif text and below and not is_blank(below) and self._belongs_to_group(text, below):
                    grid[level][column] = text
                    groups[level][column] = start
                    groups[level][start] = start
                else:
                    text = None

    def _belongs_to_group(self, group: str, own: str) -> bool:
        if h.is_subject_group(group):
            return bool(self._subject_of(own))
        if h.names_another_person((group,)):
            meaning = h.meaning_of((own,))
            return meaning is None or meaning.field in {
                h.NAME,
                h.PHONE,
                h.ID_NUMBER,
                h.ID_TYPE,
                h.SEX,
                h.IGNORED,
            }
        return True

    def _cell(self, place: int, column: int) -> Cell:
        row = self._sheet.rows[place]
        return row[column] if column < len(row) else None

    def _columns(self, grid: list[list[Cell]], groups: list[list[int]]) -> list[HeaderColumn]:
        columns = []
        for index in range(len(grid[0])):
            path: list[str] = []
            group, group_index = "", -1
            for level, row in enumerate(grid):
                cell = row[index]
                if cell and not is_blank(cell) and (not path or path[-1] != cell):
                    path.append(cell)
                    if groups[level][index] >= 0:
                        group, group_index = cell, groups[level][index]
            text = path[-1] if path else ""
            if group == text and len(path) == 1:
                group_index = groups[0][index] if groups[0][index] >= 0 else group_index
            meaning = h.meaning_of(tuple(path), may_be_cut=self._sheet.has_header_names)
            columns.append(
                HeaderColumn(index, tuple(path), text, meaning, self._subject_of(text), group, group_index)
            )
        return columns


def _is_form_line(texts: list[str]) -> bool:
    """学校： 第一中学  联系人： 王某 — labels with their values, not headings."""
    if any(len(text) > 500 for text in texts):
        return False
    labels = [text for text in texts if text.rstrip().endswith((":", "："))]
    if labels and len(labels) < len(texts):
        return True
    spoken = [text for text in texts if re.search(r"[:：]\s*[^\s)）]", re.sub(r"[(（].*?[)）]", "", text))]
    return bool(spoken) and len(texts) <= 4


def place_of_number(sheet: Sheet, number: int) -> int:
    """Where a row number stands in the sheet's list, or would stand."""
    return bisect_left(sheet.numbers, number)
