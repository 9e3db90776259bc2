"""Tables of marking systems (评卷系统成绩表): find the columns, read every cell or say what is wrong with it.

Any file that the roster importer reads is read here: Excel, text in any
encoding, DBF. A column is known by its header; what is guessed wrongly, a
person puts right. Nothing is taken as long as one cell is at fault.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.names import half_width, without_spaces
from kaowu.engines.roster import Sheet, Workbook
from kaowu.engines.roster.workbook import ErrorCell, NumberCell, column_letter
from kaowu.engines.scores import points, written

HEADER_WITHIN_ROWS = 20
MOST_ISSUES = 500
TICKET = "准考证号"
_TICKETS = ("准考证号", "准考证", "考号", "考生考号", "ZKZH", "KH", "ADMISSIONNUMBER", "TICKET")
_ABSENT = ("缺考", "缺", "-1", "QK", "ABSENT")
_NOTHING = ("-", "—", "空白", "未答")


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: where it is, what it is, what to do. Row 0 speaks of the whole file."""

    code: str
    row: int
    column: str
    raw: str
    cause: Sentence
    remedy: Sentence


@dataclass(frozen=True, slots=True)
class Header:
    """The header that was found: its sheet and row, and the names of its columns."""

    sheet: str
    row: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column is the admission number, and which holds each item; -1: none."""

    ticket: int
    items: Mapping[str, int]

    @property
    def missing(self) -> tuple[str, ...]:
        """What has no column yet."""
        lacking = [TICKET] if self.ticket < 0 else []
        return (*lacking, *(name for name, at in self.items.items() if at < 0))


@dataclass
class PointsTable:
    """What a file says of each admission number, and every fault."""

    rows: dict[str, list[int | None]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    read: int = 0
    absent: int = 0
    issues: list[Issue] = field(default_factory=list)
    faults: int = 0
    most: int = MOST_ISSUES
    """How many faults are kept with their words."""

    def blame(self, code: str, row: int, column: str, raw: str, cause: Sentence, remedy: Sentence) -> None:
        """Write down a fault; the first ones with their words, all of them in the count."""
        self.faults += 1
        if len(self.issues) < self.most:
            self.issues.append(Issue(code, row, column, raw[:40], cause, remedy))


def find_header(workbook: Workbook) -> Header:
    """The first row that names an admission number; else the first row of the largest sheet. Raises Refused."""
    sheets = sorted(workbook, key=lambda sheet: -len(sheet.rows))
    if not sheets or not sheets[0].rows:
        raise Refused(
            "no_table", Sentence("文件里没有表格内容。", "The file holds no table."),
            remedy=Sentence("请检查文件后重新上传。", "Check the file, then upload it again."),
        )  # fmt: skip
    for sheet in sheets:
        for number, cells in zip(sheet.numbers[:HEADER_WITHIN_ROWS], sheet.rows, strict=False):
            names = _names(cells)
            if any(_key(name) in _TICKETS for name in names):
                return Header(sheet.name, number, names)
    return Header(sheets[0].name, sheets[0].numbers[0], _names(sheets[0].rows[0]))


def guess(header: Header, items: Collection[str]) -> ColumnMap:
    """Columns by their names: an item is found under its own name, “第16题”, “T16” or “16题”."""
    keys = [_key(name) for name in header.names]
    ticket = next((at for word in _TICKETS for at, key in enumerate(keys) if key == word), -1)
    return ColumnMap(ticket, {item: _place(_key(item), keys) for item in items})


def read_points(
    workbook: Workbook,
    header: Header,
    mapping: ColumnMap,
    items: Mapping[str, int],
    takers: Collection[str],
    absent: Collection[str],
    most: int = MOST_ISSUES,
) -> PointsTable:
    """Every row below the header, judged cell by cell, and against who should be there."""
    found = PointsTable(most=most)
    letters = workbook.sheet(header.sheet).has_letters
    for row, cells in _rows(workbook.sheet(header.sheet), header.row):
        found.read += 1
        _Row(found, row, cells, header, letters).take(mapping, items, takers, absent)
    for ticket in sorted(one for one in takers if one not in found.seen and one not in absent):
        found.blame(
            "missing_candidate", 0, TICKET, ticket,
            Sentence(f"考生 {ticket} 应考而文件中没有", f"candidate {ticket} took the subject and is not in the file"),
            Sentence("请核对是否漏导，或缺考未记录", "see whether it was left out, or an absence was not recorded"),
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    table: PointsTable
    number: int
    cells: list[str | None]
    header: Header
    letters: bool

    def take(
        self,
        mapping: ColumnMap,
        items: Mapping[str, int],
        takers: Collection[str],
        absent: Collection[str],
    ) -> None:
        ticket = self._ticket(mapping.ticket, takers)
        if ticket is None:
            return
        values = {item: self._text(at) for item, at in mapping.items.items()}
        if all(not text or _key(text) in _ABSENT for text in values.values()) and ticket in absent:
            self.table.absent += 1
            return
        faults = self.table.faults
        reached = [
            self._points(item, mapping.items[item], values[item], items[item]) for item in mapping.items
        ]
        if ticket in absent:
            self._blame(
                "absent_with_points", mapping.ticket, ticket,
                Sentence("已记缺考，文件中却有分数", "recorded absent, but the file has points"),
                Sentence("请对照答题卡和缺考记录", "compare the sheet with the record of absence"),
            )  # fmt: skip
        if self.table.faults == faults:
            self.table.rows[ticket] = reached

    def _ticket(self, at: int, takers: Collection[str]) -> str | None:
        raw = self.cells[at] if at < len(self.cells) else None
        text = without_spaces(half_width(str(raw or ""))).removesuffix(".0")
        if isinstance(raw, NumberCell) and raw.has_lost_digits:
            self._blame(
                "digits_lost", at, text,
                Sentence("准考证号按数值存放，后几位已丢失", "the number was stored as a number; its last digits are lost"),
                Sentence("请从评卷系统按文本重新导出", "export it again as text"),
            )  # fmt: skip
            return None
        if isinstance(raw, NumberCell) and text not in takers:
            text = text.zfill(len(next(iter(takers), "")))
        if text not in takers:
            self._blame(
                "unknown_candidate", at, text,
                Sentence("没有这名考生，或不考这一科", "there is no such candidate in this subject"),
                Sentence("请核对准考证号", "check the admission number"),
            )  # fmt: skip
            return None
        if text in self.table.seen:
            self._blame(
                "twice", at, text,
                Sentence("这名考生在文件中出现两次", "this candidate is in the file twice"),
                Sentence("请只保留一行", "keep one row only"),
            )  # fmt: skip
            return None
        self.table.seen.add(text)
        return text

    def _points(self, item: str, at: int, text: str, worth: int) -> int | None:
        raw = self.cells[at] if at < len(self.cells) else None
        if isinstance(raw, ErrorCell):
            return self._blame(
                "cell_error", at, str(raw),
                Sentence(f"“{item}”是公式错误值", f"{item} is a formula error"),
                Sentence("请改成实际分数", "replace it by the points themselves"),
            )  # fmt: skip
        if not text:
            return self._blame(
                "missing_points", at, text,
                Sentence(f"“{item}”为空（漏评或漏填）", f"{item} is empty (not marked, or left out)"),
                Sentence("请补评；卷上没有作答的填 -", "have it marked; write - where nothing was answered"),
            )  # fmt: skip
        if text in _NOTHING:
            return None
        if _key(text) in _ABSENT:
            return self._blame(
                "absent_not_recorded", at, text,
                Sentence("文件写缺考，考场没有缺考记录", "the file says absent, the room recorded no absence"),
                Sentence("请对照答题卡和考场情况记录单", "compare the sheet with the room's record"),
            )  # fmt: skip
        try:
            value = points(text)
        except Refused:
            return self._blame(
                "not_points", at, text,
                Sentence(f"“{item}”不是分数", f"{item} is no number of points"),
                Sentence("应为 0 以上、最多两位小数的数", "write a number from 0 up, two decimals at most"),
            )  # fmt: skip
        if value > worth:
            return self._blame(
                "too_many", at, text,
                Sentence(f"“{item}”超过满分 {written(worth)}", f"{item} exceeds its full mark {written(worth)}"),
                Sentence("请对照原卷", "compare it with the script"),
            )  # fmt: skip
        return value

    def _text(self, at: int) -> str:
        return half_width(str((self.cells[at] if at < len(self.cells) else None) or "")).strip()

    def _blame(self, code: str, at: int, raw: str, cause: Sentence, remedy: Sentence) -> int | None:
        """Write a fault down; what is at fault has no points."""
        name = self.header.names[at] if at < len(self.header.names) else ""
        column = f"{column_letter(at)} {name}".strip() if self.letters else name
        self.table.blame(code, self.number, column, raw, cause, remedy)
        return None


def _rows(sheet: Sheet, header_row: int) -> Iterator[tuple[int, list[str | None]]]:
    for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
        if number > header_row:
            yield number, cells


def _names(cells: list[str | None]) -> tuple[str, ...]:
    return tuple(" ".join(str(cell or "").split())[:40] for cell in cells)


def _key(text: str) -> str:
    return without_spaces(half_width(text)).upper()


def _place(item: str, keys: list[str]) -> int:
    """Exactly the item's name; else the one column that names its number."""
    if item in keys:
        return keys.index(item)
    number = re.sub(r"\D", "", item) if re.fullmatch(r"第?\d+题?", item) else ""
    told = re.compile(rf"(?:第|T|题|Q|ITEM)?0*{number}(?:题|分|题得分|得分)?\Z") if number else None
    fitting = [at for at, key in enumerate(keys) if key == f"{item}得分" or (told and told.match(key))]
    return fitting[0] if len(fitting) == 1 else -1
