"""Reads .xlsx (Office Open XML), transitional and strict.

The rows of a sheet are read by a regular expression that knows the way in
which nearly every program writes cells, one row at a time. Whatever it does
not account for in full goes through a real XML parser: single odd rows, or the
whole sheet where tags carry prefixes or comments. So the common case is fast,
and the rare one is right.
"""

from __future__ import annotations

import codecs
import html
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kaowu.engines.roster.numbers import BUILT_IN_DATES, date_cell, is_date_format, number_cell, zeros_of
from kaowu.engines.roster.package import Attributes, Package, XmlReader, attribute, elements, unescape_excel
from kaowu.engines.roster.unreadable import unreadable
from kaowu.engines.roster.workbook import (
    MAX_CELL_LENGTH,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    ErrorCell,
    Merge,
    NumberCell,
    Row,
    Sheet,
    column_index,
)

MAX_ROW_TEXT = 16 << 20
MAX_STRINGS = 512 << 20
MAX_SHAPES = 20_000
_STRING = re.compile(r"<si><t[^>/]*>([^<]*)</t></si>")
_TEXT = re.compile(r">([^<]+)<")
_ROW_NUMBER = re.compile(r"""\br=["'](\d+)["']""")
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="([a-zA-Z]+)")?'
    r"(?:/>|>(?:(?:<f[^>]*>([^<]*)</f>|<f[^>]*/>)?<v>([^<]*)</v>|<is><t[^>]*>([^<]*)</t></is>|)</c>)"
)
_MERGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_STRING_LITERAL = re.compile(r'\s*=?\s*"((?:[^"]|"")*)"\s*')
_ERROR_LITERAL = re.compile(r"\s*=?\s*(NA\(\)|#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!))\s*")


def read_xlsx(package: Package) -> list[Sheet]:
    """All worksheets in the order of the workbook."""
    book_part = _workbook_part(package)
    places, from_1904 = _sheets(package, book_part)
    folder = posixpath.dirname(book_part)
    styles = _styles(package, _related(package, book_part, "/styles") or f"{folder}/styles.xml")
    strings_part = _related(package, book_part, "/sharedStrings") or f"{folder}/sharedStrings.xml"
    strings = _SharedStrings()
    if package.has(strings_part):
        strings.read(package, strings_part)
    sheets = []
    for name, part, hidden in places:
        sheet = Sheet(name, hidden=hidden, dates_from_1904=from_1904)
        _SheetReader(sheet, strings, styles).read(package, part)
        sheets.append(sheet)
    return sheets


def _workbook_part(package: Package) -> str:
    for name, attributes in elements(package.read("_rels/.rels")):
        if name == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            return attributes.get("Target", "").lstrip("/")
    if package.has("xl/workbook.xml"):
        return "xl/workbook.xml"
    raise unreadable("file_corrupt")


def _relations(package: Package, part: str) -> list[Attributes]:
    folder, name = posixpath.split(part)
    found = elements(package.read(f"{folder}/_rels/{name}.rels"))
    return [attributes for element, attributes in found if element == "Relationship"]


def _target(part: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


def _related(package: Package, part: str, kind: str) -> str:
    for relation in _relations(package, part):
        if relation.get("Type", "").endswith(kind):
            return _target(part, relation.get("Target", ""))
    return ""


def _sheets(package: Package, book_part: str) -> tuple[list[tuple[str, str, bool]], bool]:
    targets = {
        relation.get("Id", ""): (_target(book_part, relation.get("Target", "")), relation.get("Type", ""))
        for relation in _relations(package, book_part)
    }
    places = []
    from_1904 = False
    for element, attributes in elements(package.read(book_part)):
        if element == "workbookPr":
            from_1904 = attribute(attributes, "date1904") in {"1", "true"}
        elif element == "sheet":
            part, kind = targets.get(attribute(attributes, "id"), ("", ""))
            hidden = attributes.get("state", "visible") != "visible"
            if kind.endswith("/worksheet") and package.has(part):
                places.append((attributes.get("name", ""), part, hidden))
    return places, from_1904


@dataclass(slots=True)
class _Styles:
    """What a cell's style index says: a date, leading zeros, a line through the text."""

    dates: frozenset[str] = frozenset()
    zeros: dict[str, int] = field(default_factory=dict)
    struck: frozenset[str] = frozenset()
    count: int = 0


def _styles(package: Package, part: str) -> _Styles:
    formats: dict[str, str] = {}
    fonts: list[bool] = []
    dates, struck = set(), set()
    zeros: dict[str, int] = {}
    index = -1
    inside = ""
    for element, attributes in elements(package.read(part)):
        if element in {"fonts", "fills", "borders", "cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = element
        elif element == "numFmt" and inside != "dxfs":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif element == "font" and inside == "fonts":
            fonts.append(False)
        elif element == "strike" and inside == "fonts" and fonts:
            fonts[-1] = attributes.get("val", "1") not in {"0", "false"}
        elif element == "xf" and inside == "cellXfs":
            index += 1
            code = attributes.get("numFmtId", "0")
            if code in formats:
                if is_date_format(formats[code]):
                    dates.add(str(index))
                elif count := zeros_of(formats[code]):
                    zeros[str(index)] = count
            elif code.isdigit() and int(code) in BUILT_IN_DATES:
                dates.add(str(index))
            font = attributes.get("fontId", "0")
            if font.isdigit() and int(font) < len(fonts) and fonts[int(font)]:
                struck.add(str(index))
    return _Styles(frozenset(dates), zeros, frozenset(struck), index + 1)


class _SharedStrings:
    """The texts that cells point to, and which of them are struck through as a whole."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.struck: set[int] = set()
        self._parts: list[str] = []
        self._inside = ""
        self._phonetic = False
        self._runs = 0
        self._struck_runs = 0

    def read(self, package: Package, part: str) -> None:
        """Read all strings; phonetic guides are not part of the text."""
        pieces = []
        size = 0
        for piece in package.pieces(part):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_STRINGS:
                raise unreadable("file_too_large")
        document = b"".join(pieces)
        if not self._read_plain(document):
            self.texts.clear()
            XmlReader(self._start, self._end, self._text).feed(iter([document]))

    def _read_plain(self, document: bytes) -> bool:
        """All strings at once, if every one is a plain text without runs."""
        try:
            text = document.decode("utf-8")
        except UnicodeDecodeError:
            return False
        found = _STRING.findall(text)
        if (
            len(found) != text.count("<si>")
            or text.count("</si>") != len(found)
            or "<!" in text
            or ":si>" in text
        ):
            return False
        escaped = "&" in text or "_x" in text
        self.texts = [unescape_excel(html.unescape(plain)) for plain in found] if escaped else found
        return True

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._parts, self._runs, self._struck_runs = [], 0, 0
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._inside = "t"
        elif name == "r":
            self._runs += 1
        elif name == "strike" and attributes.get("val", "1") not in {"0", "false"}:
            self._struck_runs += 1

    def _end(self, name: str) -> None:
        if name == "si":
            if self._runs and self._struck_runs >= self._runs:
                self.struck.add(len(self.texts))
            self.texts.append(unescape_excel("".join(self._parts)[:MAX_CELL_LENGTH]))
        elif name == "rPh":
            self._phonetic = False
        elif name == "t":
            self._inside = ""

    def _text(self, data: str) -> None:
        if self._inside and not self._phonetic:
            self._parts.append(data)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the texts of a row stand for: one column, type and style for each.

    `places` is None for a row that only an XML parser should read; a column of
    -1 is a text to pass over, such as a formula.
    """

    places: tuple[int, ...] | None
    kinds: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    in_order: bool = False
    """The texts are the columns from the first without a gap."""
    only_shared: bool = False
    """Every text is the number of a shared string."""


_ODD = _Shape(None)


def _shape_of(cells: str, count: int) -> _Shape:
    places: list[int] = []
    kinds: list[str] = []
    styles: list[str] = []
    at = 0
    for match in _CELL.finditer(cells):
        if cells[at : match.start()].strip():
            return _ODD
        at = match.end()
        letters, style, kind, formula, value, inline = match.groups()
        if formula and not value:
            return _ODD  # a constant formula speaks though no value was stored
        if formula:
            places.append(-1)
            kinds.append("")
            styles.append("")
        if value or inline:
            column = column_index(letters)
            if column >= MAX_COLUMNS:
                return _ODD
            places.append(column)
            kinds.append(kind or "n")
            styles.append(style or "")
    if cells[at:].strip() or len(places) != count:
        return _ODD
    in_order = places == list(range(len(places)))
    return _Shape(tuple(places), tuple(kinds), tuple(styles), in_order, set(kinds) == {"s"})


class _NotCanonical(Exception):
    """The sheet is written in a way that only an XML parser should read."""


class _SheetReader:
    """Fills one sheet from its part."""

    def __init__(self, sheet: Sheet, strings: _SharedStrings, styles: _Styles) -> None:
        self._sheet = sheet
        self._strings = strings
        self._styles = styles
        self._columns: dict[str, int] = {}
        self._known_numbers: dict[tuple[str, str], Cell] = {}
        self._looks_for_strikes = bool(styles.struck or strings.struck)
        self._shapes: dict[str, _Shape] = {}
        self._special = styles.dates | styles.zeros.keys()
        self._number = 0

    def read(self, package: Package, part: str) -> None:
        """Rows first, then merges; the slow way if the fast one does not fit."""
        try:
            rest = self._read_rows(package.pieces(part))
        except _NotCanonical:
            self._sheet.rows.clear()
            self._sheet.numbers.clear()
            self._sheet.struck.clear()
            self._number = 0
            _SlowReader(self).read(package.pieces(part))
        else:
            for name, attributes in _tags(rest):
                if name == "mergeCell":
                    self.merge(attributes.get("ref", ""))

    def _read_rows(self, pieces: Iterator[bytes]) -> str:
        decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        text = ""
        started = False
        for piece in pieces:
            try:
                text += decode(piece)
            except UnicodeDecodeError as error:
                raise _NotCanonical from error
            if "<!" in text:
                raise _NotCanonical
            if not started:
                start = text.find("<sheetData")
                if start < 0:
                    if len(text) > MAX_ROW_TEXT:
                        raise _NotCanonical
                    continue
                text = text[start:]
                started = True
            end = text.rfind("</row>")
            if end >= 0:
                self._take(text[: end + 6])
                text = text[end + 6 :]
            elif len(text) > MAX_ROW_TEXT:
                raise unreadable("file_corrupt")
        if not started or ("<row" in text):
            raise _NotCanonical
        return text

    def _take(self, text: str) -> None:
        for part in text.split("</row>"):
            start = part.rfind("<row")
            if start < 0:
                continue
            end = part.find(">", start)
            tag = part[start:end]
            match = _ROW_NUMBER.search(tag)
            number = self._number = int(match[1]) if match else self._number + part.count("<row")
            if tag.endswith("/"):
                continue
            cells = part[end + 1 :]
            if cells:
                self._take_row(number, cells)

    def _take_row(self, number: int, cells: str) -> None:
        """Rows of one shape differ only in their values, so a shape is understood once."""
        parts = _TEXT.split(cells)
        outline = "|".join(parts[::2]).replace(f'{number}"', '"')
        # Up to as many rows as there are styles, a row number may also be the end of a style's.
        shape = self._shapes.get(outline) if number > self._styles.count else None
        if shape is None:
            shape = _shape_of(cells, len(parts) // 2)
            if number > self._styles.count and len(self._shapes) < MAX_SHAPES:
                self._shapes[outline] = shape
        if shape.places is None:
            _SlowReader(self).read_row(number, cells)
            return
        if number > MAX_ROWS:
            raise unreadable("file_too_large")
        texts = self._strings.texts
        row: Row
        if shape.only_shared:
            row = [texts[int(value)] for value in parts[1::2]]
        else:
            row = []
            for kind, style, value in zip(shape.kinds, shape.styles, parts[1::2], strict=True):
                if kind == "s":
                    row.append(texts[int(value)])
                elif kind == "n":
                    if style in self._special or not value.isdigit() or len(value) > 15:
                        row.append(self._number_cell(value, style))
                    else:
                        row.append(NumberCell(value))
                elif kind:
                    row.append(self._typed(kind, value, ""))
                else:
                    row.append(None)
        if not shape.in_order:
            spread: Row = [None] * (max(shape.places, default=0) + 1)
            for place, cell in zip(shape.places, row, strict=True):
                if place >= 0:
                    spread[place] = cell
            row = spread
        self._sheet.add(number, row)
        if self._looks_for_strikes and row:
            self._note_strike(number, shape, parts[1::2])

    def _note_strike(self, number: int, shape: _Shape, values: list[str]) -> None:
        struck = self._styles.struck
        cells = [(k, s, v) for k, s, v in zip(shape.kinds, shape.styles, values, strict=True) if k]
        if cells and all(s in struck or (k == "s" and int(v) in self._strings.struck) for k, s, v in cells):
            self._sheet.struck.add(number)

    def add_row(self, number: int, cells: list[tuple[str, str, str, str, str]]) -> None:
        """Keep a row given as (column letters, style, type, value, inline text)."""
        if number > MAX_ROWS or len(self._sheet.rows) >= MAX_ROWS:
            raise unreadable("file_too_large")
        row: Row = []
        columns = self._columns
        texts = self._strings.texts
        for letters, style, kind, value, inline in cells:
            try:
                column = columns[letters]
            except KeyError:
                column = columns[letters] = column_index(letters)
            if column >= MAX_COLUMNS:
                continue
            cell: Cell
            if kind == "s":
                cell = texts[int(value)] if value else None
            elif not value and not inline:
                cell = None
            elif not kind or kind == "n":
                try:
                    cell = self._known_numbers[value, style]
                except KeyError:
                    cell = self._number_cell(value, style)
            else:
                cell = self._typed(kind, value, inline)
            if cell:
                gap = column - len(row)
                if gap == 0:
                    row.append(cell)
                elif gap > 0:
                    row.extend([None] * gap)
                    row.append(cell)
                else:
                    row[column] = cell
        self._sheet.add(number, row)
        if self._looks_for_strikes and row and self._is_struck(cells):
            self._sheet.struck.add(number)

    def _number_cell(self, value: str, style: str) -> Cell:
        cell: Cell = None
        if style in self._styles.dates:
            try:
                cell = date_cell(float(value), from_1904=self._sheet.dates_from_1904)
            except (ValueError, OverflowError):
                cell = None
        if cell is None:
            cell = number_cell(value.strip(), self._styles.zeros.get(style, 0))
        if len(self._known_numbers) < 100_000:
            self._known_numbers[value, style] = cell
        return cell

    def _typed(self, kind: str, value: str, inline: str) -> Cell:
        if kind == "inlineStr":
            text = inline or value
        elif kind == "e":
            return ErrorCell(html.unescape(value))
        elif kind == "b":
            return NumberCell("TRUE" if value in {"1", "true"} else "FALSE")
        else:
            text = value
        if "&" in text:
            text = html.unescape(text)
        return unescape_excel(text[:MAX_CELL_LENGTH]) or None

    def _is_struck(self, cells: list[tuple[str, str, str, str, str]]) -> bool:
        full = [cell for cell in cells if cell[3] or cell[4]]
        return all(
            style in self._styles.struck or (kind == "s" and int(value) in self._strings.struck)
            for _, style, kind, value, _ in full
        )

    def merge(self, reference: str) -> None:
        """Keep one merged block."""
        match = _MERGE.fullmatch(reference.replace("$", ""))
        if match and len(self._sheet.merges) < MAX_ROWS:
            left, top, right, bottom = match.groups()
            self._sheet.merges.append(
                Merge(int(top), column_index(left), min(int(bottom), MAX_ROWS), column_index(right))
            )


class _SlowReader:
    """The same rows by a real XML parser."""

    def __init__(self, target: _SheetReader) -> None:
        self._target = target
        self._number = target._number
        self._cells: list[tuple[str, str, str, str, str]] = []
        self._cell: Attributes = {}
        self._next = 0
        self._value: list[str] = []
        self._inline: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._phonetic = False

    def read(self, pieces: Iterator[bytes]) -> None:
        """A whole part."""
        XmlReader(self._start, self._end, self._text).feed(pieces)

    def read_row(self, number: int, cells: str) -> None:
        """The cells of one row."""
        document = f'<sheetData><row r="{number}">{cells}</row></sheetData>'
        self.read(iter([document.encode("utf-8", "surrogatepass")]))

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdigit() else self._number + 1
            self._cells, self._next = [], 0
        elif name == "c":
            self._cell, self._value, self._inline, self._formula = attributes, [], [], []
        elif name == "v":
            self._into = self._value
        elif name == "t":
            self._into = self._inline
        elif name == "f":
            self._into = self._formula
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self._target.merge(attributes.get("ref", ""))

    def _text(self, data: str) -> None:
        if self._into is not None and not self._phonetic:
            self._into.append(data)

    def _end(self, name: str) -> None:
        if name == "row":
            self._target._number = self._number
            self._target.add_row(self._number, self._cells)
        elif name == "c":
            self._cells.append(self._finished())
        elif name in {"v", "t", "f"}:
            self._into = None
        elif name == "rPh":
            self._phonetic = False

    def _finished(self) -> tuple[str, str, str, str, str]:
        reference = self._cell.get("r", "").upper()
        letters = reference.rstrip("0123456789").replace("$", "")
        if not re.fullmatch("[A-Z]{1,3}", letters):
            letters = _letters(self._next)
        self._next = column_index(letters) + 1
        kind = self._cell.get("t", "")
        value, inline = "".join(self._value), "".join(self._inline)
        if not value and not inline and self._formula:
            kind, value = _literal("".join(self._formula))
        if kind not in {"s", "n", ""}:
            value, inline = html.escape(value, quote=False), html.escape(inline, quote=False)
        return letters, self._cell.get("s", ""), kind, value, inline


def _literal(formula: str) -> tuple[str, str]:
    """A formula without a stored value still says something if it is a constant."""
    if match := _STRING_LITERAL.fullmatch(formula):
        return "str", match[1].replace('""', '"')
    if match := _ERROR_LITERAL.fullmatch(formula):
        return "e", "#N/A" if match[1].startswith("NA") else match[1]
    return "", ""


def _letters(index: int) -> str:
    from_a = []
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        from_a.append(chr(65 + rest))
    return "".join(reversed(from_a))


def _tags(text: str) -> list[tuple[str, Attributes]]:
    """Elements after the rows, without insisting that the document is whole."""
    found = re.findall(r"<mergeCell\b[^>]*?\bref=[\"']([^\"']*)[\"']", text)
    return [("mergeCell", {"ref": reference}) for reference in found]
