"""Registers as offices keep them: find the header, know the columns, read each cell or say what is wrong.

Used by the importers of venues and staff. A column is known by its header, wherever it stands; titles above
the header and rows without any value are passed over. Every fault of a row is said at once, with the remedy.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.roster.workbook import ErrorCell, NumberCell, Sheet

HEADER_WITHIN_ROWS = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an importer knows: its field, its headers, whether it may be missing."""

    field: str
    headers: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One fault: where it is, what it is, what to do."""

    code: str
    sheet: str
    row: int
    column: str
    cause: Sentence
    remedy: Sentence


@dataclass(slots=True)
class RegisterTable:
    """One sheet whose header was recognised."""

    sheet: Sheet
    header_row: int
    places: dict[str, int]
    headers: dict[str, str]
    unknown: tuple[str, ...]
    issues: list[RowIssue] = field(default_factory=list)

    def rows(self) -> Iterator["RegisterRow"]:
        """The rows below the header that hold a value in a known column."""
        for number, cells in zip(self.sheet.numbers, self.sheet.rows, strict=True):
            if number > self.header_row:
                row = RegisterRow(self, number, cells)
                if any(row.text(name) for name in self.places):
                    yield row

    def blame(self, row: int, name: str, code: str, cause: Sentence, remedy: Sentence) -> None:
        """Write down a fault."""
        self.issues.append(RowIssue(code, self.sheet.name, row, self.headers.get(name, ""), cause, remedy))


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row; reading a cell that is wrong writes the fault down and returns a harmless value."""

    table: RegisterTable
    number: int
    cells: Sequence[str | None]

    def text(self, name: str, longest: int = 0) -> str:
        """The cell as text without stray spaces; empty if there is none."""
        place = self.table.places.get(name)
        value = self.cells[place] if place is not None and place < len(self.cells) else None
        if isinstance(value, ErrorCell):
            self.blame(
                name, "cell_error",
                Sentence(f"单元格是公式错误值 {value}", f"the cell holds the formula error {value}"),
                Sentence("请改成实际内容", "replace it by the value itself"),
            )  # fmt: skip
            return ""
        text = _plain(value or "")
        if longest and len(text) > longest:
            self.blame(
                name, "too_long",
                Sentence(f"超过 {longest} 个字", f"longer than {longest} characters"),
                Sentence("请缩短", "shorten it"),
            )  # fmt: skip
            return text[:longest]
        return text

    def required(self, name: str, longest: int = 0) -> str:
        """Text that must be there."""
        text = self.text(name, longest)
        if not text:
            header = self.table.headers.get(name, name)
            self.blame(
                name, "missing_mandatory",
                Sentence(f"“{header}”为空", f"“{header}” is empty"),
                Sentence("请补填后重新上传", "fill it in and send the file again"),
            )  # fmt: skip
        return text

    def code(self, name: str, width: int = 0) -> str:
        """A code with digits, letters and hyphens; a number keeps its leading zeros if the width is known."""
        place = self.table.places.get(name)
        raw = self.cells[place] if place is not None and place < len(self.cells) else None
        text = self.text(name, 20)
        if isinstance(raw, NumberCell) and width:
            text = text.removesuffix(".0").zfill(width)
        if text and not re.fullmatch(r"[0-9A-Za-z-]+", text):
            self.blame(
                name, "code_form",
                Sentence(f"代码“{text}”含有不允许的字符", f"the code “{text}” holds characters that are not allowed"),
                Sentence("代码只能用数字、字母和连字符", "use digits, letters and hyphens only"),
            )  # fmt: skip
            return ""
        return text

    def integer(self, name: str, least: int = 0, most: int = 32_000, default: int = 0) -> int:
        """A whole number within limits; empty gives the default."""
        text = self.text(name).removesuffix(".0")
        if not text:
            return default
        if not re.fullmatch(r"-?\d{1,6}", text) or not least <= int(text) <= most:
            self.blame(
                name, "not_a_number",
                Sentence(f"“{text}”不是 {least} 到 {most} 之间的整数", f"“{text}” is no whole number from {least} to {most}"),
                Sentence("请填整数，不带单位", "write a whole number without a unit"),
            )  # fmt: skip
            return default
        return int(text)

    def decimal(self, name: str, least: int, most: int, places: int) -> Decimal | None:
        """A decimal number within limits, rounded to its places; None if empty."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = Decimal(text)
            if value.is_finite() and least <= value <= most:
                return round(value, places)
        except InvalidOperation:
            pass
        self.blame(
            name, "not_a_number",
            Sentence(f"“{text}”不是 {least} 到 {most} 之间的数", f"“{text}” is no number from {least} to {most}"),
            Sentence("请填数字，不带单位", "write a number without a unit"),
        )  # fmt: skip
        return None

    def day(self, name: str) -> datetime.date | None:
        """A day as offices write it: 2027-12-31, 2027/12/31, 2027年12月31日, 20271231."""
        text = self.text(name)
        if not text:
            return None
        match = re.fullmatch(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})日?(?:[T ]00:00(?::00)?)?", text)
        try:
            if match:
                return datetime.date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            pass
        self.blame(
            name, "not_a_day",
            Sentence(f"“{text}”不是日期", f"“{text}” is no date"),
            Sentence("请写成 2027-12-31 的样子", "write it like 2027-12-31"),
        )  # fmt: skip
        return None

    def choice(self, name: str, words: Mapping[str, str], default: str) -> str:
        """One of a few words; empty gives the default."""
        text = self.text(name)
        if not text:
            return default
        if text not in words:
            known = "、".join(words)
            self.blame(
                name, "unknown_word",
                Sentence(f"“{text}”不在可填内容中：{known}", f"“{text}” is not one of: {known}"),
                Sentence("请改成其中一种", "use one of these"),
            )  # fmt: skip
            return default
        return words[text]

    def flag(self, name: str) -> bool:
        """是 or 否; empty is 否."""
        return (
            self.choice(
                name, {"是": "1", "否": "", "有": "1", "无": "", "√": "1", "已签": "1", "未签": ""}, ""
            )
            == "1"
        )

    def blame(self, name: str, code: str, cause: Sentence, remedy: Sentence) -> None:
        """Write down a fault of this row."""
        self.table.blame(self.number, name, code, cause, remedy)


def find_table(sheets: Sequence[Sheet], columns: Sequence[Column], what: Sentence) -> RegisterTable:
    """The sheet whose header fits best; refused if no sheet has all required columns."""
    best: RegisterTable | None = None
    for sheet in sheets:
        if not sheet.hidden:
            for number, cells in zip(
                sheet.numbers[:HEADER_WITHIN_ROWS], sheet.rows[:HEADER_WITHIN_ROWS], strict=False
            ):
                table = _read_header(sheet, number, cells, columns)
                if best is None or len(table.places) > len(best.places):
                    best = table
    missing = [
        column.headers[0]
        for column in columns
        if column.required and (best is None or column.field not in best.places)
    ]
    if missing or best is None:
        raise Refused(
            "register.no_header",
            Sentence(f"没有找到{what.zh}的表头：缺少“{'”“'.join(missing)}”列。", f"No header of {what.en} was found: missing {', '.join(missing)}."),
            remedy=Sentence("请保留表头一行，列名用上面的写法，顺序不限。", "Keep one header row with these names, in any order."),
        )  # fmt: skip
    return best


def unique(rows: Sequence[tuple[RegisterRow, str]], name: str, what: Sentence) -> None:
    """The same key in two rows is a fault of the later one."""
    seen: dict[str, int] = {}
    for row, key in rows:
        if not key:
            continue
        first = seen.setdefault(key, row.number)
        if first != row.number:
            row.blame(
                name, "duplicate",
                Sentence(f"{what.zh}“{key}”与第 {first} 行重复", f"{what.en} “{key}” stands in row {first} already"),
                Sentence("请删去一行，或更正其中一个", "delete one row, or correct one of them"),
            )  # fmt: skip


def known(
    rows: Sequence[tuple[RegisterRow, str]], keys: Callable[[str], bool], name: str, what: Sentence
) -> None:
    """A key that points to nothing is a fault."""
    for row, key in rows:
        if key and not keys(key):
            row.blame(
                name, "unknown_key",
                Sentence(f"{what.zh}“{key}”不存在", f"there is no {what.en} “{key}”"),
                Sentence("请核对代码，或先导入对应名录", "check the code, or import that register first"),
            )  # fmt: skip


def _read_header(
    sheet: Sheet, number: int, cells: Sequence[str | None], columns: Sequence[Column]
) -> RegisterTable:
    names = {_folded(header): column.field for column in columns for header in column.headers}
    places: dict[str, int] = {}
    headers: dict[str, str] = {}
    unknown: list[str] = []
    for place, cell in enumerate(cells):
        found = names.get(_folded(cell or ""))
        if found and found not in places:
            places[found], headers[found] = place, _plain(cell or "")
        elif cell:
            unknown.append(_plain(cell))
    return RegisterTable(sheet, number, places, headers, tuple(unknown))


def _plain(text: str) -> str:
    """Without control and zero-width characters, without space at the ends."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"}).strip(" \u3000\u00a0")


def _folded(header: str) -> str:
    """A header for comparing: no space, star or brackets, half-width, small letters."""
    return re.sub(r"[\s*＊_·:：()（）\[\]【】]", "", unicodedata.normalize("NFKC", _plain(header))).lower()
