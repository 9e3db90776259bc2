"""Reads the rows of one table: each row of a person becomes a candidate with its findings.

Every finding of a row is collected. A number that is rejected is reported
alone, for sex and birth cannot be compared with it. Rows whose number is plainly
right are taken at once; any other row is first asked whether it is a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from operator import mul

from kaowu.basics.id_number import (
    CHECK_CHARACTERS,
    FOLLOW_GB_11643,
    PASSPORT_KIND,
    PERMANENT_RESIDENT,
    RESIDENT,
    WEIGHTS,
    read_number,
)
from kaowu.basics.names import COMMON_NAME, read_name
from kaowu.engines.roster import headers as h
from kaowu.engines.roster.accommodations import RequestReader, speaks_of_withdrawal
from kaowu.engines.roster.candidate import Candidate
from kaowu.engines.roster.cleaning import compact, compact_code, is_blank, is_error, is_placeholder, unwrapped
from kaowu.engines.roster.counties import CountyReader
from kaowu.engines.roster.dates import DateReading, read_date
from kaowu.engines.roster.exam import RosterExam
from kaowu.engines.roster.fields import (
    KIND_UNKNOWN,
    FieldReaders,
    read_document_text,
    read_phone,
    read_registration,
)
from kaowu.engines.roster.issues import Issue
from kaowu.engines.roster.mapping import ColumnMapping, TableMapping
from kaowu.engines.roster.recognise import school_in
from kaowu.engines.roster.rows import CANDIDATE, SECTION, TOTAL, RowKind, RowSorter, total_in_text
from kaowu.engines.roster.subjects import ReadSubjects, SubjectReader
from kaowu.engines.roster.workbook import Cell, Row, Sheet, column_letter

_EIGHTEEN = re.compile(r"[1-8][0-9]{16}[0-9X]")
_OFFSET = 48 * sum(WEIGHTS)
_MAY_BE_LATIN = frozenset({PASSPORT_KIND, PERMANENT_RESIDENT})
_ALWAYS_SORTED = 3
"""The first rows of a table may be examples, column numbers or hints."""


@dataclass(slots=True)
class ReadRow:
    """A candidate as read, its findings, and the column of its number for later ones."""

    candidate: Candidate
    issues: list[Issue]
    order: int
    raw_number: str
    number_column: ColumnMapping | None

    @property
    def is_rejected(self) -> bool:
        """True if any finding rejects the row."""
        return any(issue.rejects for issue in self.issues)


@dataclass(slots=True)
class StatedTotal:
    """A total as a sheet states it, with what was counted above it."""

    row: int
    numbers: tuple[int, ...]
    is_subtotal: bool
    since_last: int
    in_table: int


@dataclass(slots=True)
class ExamReaders:
    """All readers of one exam, shared by the tables of a file."""

    exam: RosterExam
    fields: FieldReaders = field(init=False)
    subjects: SubjectReader = field(init=False)
    counties: CountyReader = field(init=False)
    requests: RequestReader = field(init=False)
    births: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Digits of a birth date in a number: ISO date, and whether the age is plausible."""

    def __post_init__(self) -> None:
        self.fields = FieldReaders(self.exam)
        self.subjects = SubjectReader(self.exam)
        self.counties = CountyReader(self.exam)
        self.requests = RequestReader(self.exam)

    def birth(self, digits: str) -> tuple[str, bool]:
        """ISO date and plausibility of eight digits; an empty date if there is none."""
        try:
            return self.births[digits]
        except KeyError:
            try:
                born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
                found = (born.isoformat(), self.is_plausible(born))
            except ValueError:
                found = ("", False)
            self.births[digits] = found
            return found

    def is_plausible(self, born: date) -> bool:
        """True if the age on the day of the exam is in the plausible range."""
        on = self.exam.exam_date
        age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
        low, high = self.exam.plausible_age
        return low <= age <= high


class TableReader:
    """Reads one table of one sheet."""

    def __init__(self, readers: ExamReaders, sheet: Sheet, table: TableMapping) -> None:
        self._readers = readers
        self._exam = readers.exam
        self._sheet = sheet
        self._table = table
        self._sorter = RowSorter(table)
        self._width = max((column.index for column in table.columns), default=0) + 1
        self._id = _first(table, h.ID_NUMBER)
        self._name = _first(table, h.NAME)
        self._kind = _first(table, h.ID_TYPE)
        self._sex = _first(table, h.SEX)
        self._birth = _first(table, h.BIRTH)
        self._birth_parts = tuple(_first(table, part) for part in h.BIRTH_PARTS)
        self._registration = _first(table, h.REGISTRATION)
        self._phone = _first(table, h.PHONE)
        self._serial = _first(table, h.SERIAL)
        self._schools = table.columns_of(h.SCHOOL)
        self._languages = table.columns_of(h.LANGUAGE)
        self._counties = table.columns_of(h.COUNTY)
        self._requests = table.columns_of(h.ACCOMMODATION)
        self._remarks = table.columns_of(h.REMARK)
        self._texts = tuple(sorted(table.columns_of(h.SUBJECTS), key=lambda column: column.index))
        self._ticks = tuple(
            (column, column.field.removeprefix(h.TICK))
            for column in table.columns
            if column.field.startswith(h.TICK)
        )
        self._school_here = table.school
        self._month_is_enough = self._birth is not None and _names_month_only(self._birth.header)
        self._dates: dict[tuple[type, str], DateReading] = {}
        self._plain_subjects: dict[str, str] = {}
        self._filled_down = _filled_down(sheet, table)
        self._mandatory = self._exam.mandatory - {
            "name",
            "id_number",
            "school",
            "subjects",
            "sex",
            "birth_date",
        }
        self.totals: list[StatedTotal] = []

    def rows(self, start: int, stop: int) -> Iterator[ReadRow]:
        """All candidates between two positions of the sheet's rows."""
        skipped = set(self._table.repeated_headers) | set(self._table.header_rows)
        since_last = in_table = 0
        sheet = self._sheet
        id_index = self._id.index if self._id else -1
        serial_index = self._serial.index if self._serial else -1
        width = self._width
        for place in range(start, stop):
            number, row = sheet.numbers[place], sheet.rows[place]
            if number in skipped:
                continue
            if len(row) < width:
                row = row + [None] * (width - len(row))
            own = row
            if self._filled_down and number in self._filled_down:
                row = self._with_merged(number, row)
            cell = row[id_index] if id_index >= 0 else None
            serial = row[serial_index] if serial_index >= 0 else "1"
            if in_table < _ALWAYS_SORTED or cell is None or len(cell) != 18 or not (serial or "1").isdigit():
                kind = self._sorter.sort(own)
                if kind.kind == CANDIDATE and cell is None and all(is_blank(c) for c in own):
                    continue
                if kind.kind != CANDIDATE:
                    self._note(number, kind, since_last, in_table)
                    if kind.kind == TOTAL:
                        since_last = 0
                    continue
            since_last += 1
            in_table += 1
            yield self._read(place, number, row)

    def _note(self, number: int, kind: RowKind, since_last: int, in_table: int) -> None:
        """A total is kept for later; a section line may name a school; a note may state a total."""
        if kind.kind == TOTAL:
            self.totals.append(StatedTotal(number, kind.numbers, kind.is_subtotal, since_last, in_table))
        elif kind.kind == SECTION:
            school = school_in(self._exam.school_directory, kind.text)
            if school:
                self._school_here = school
            stated = total_in_text(kind.text)
            if stated is not None:
                self.totals.append(StatedTotal(number, (stated,), False, since_last, in_table))

    def _with_merged(self, number: int, row: Row) -> Row:
        filled = list(row)
        for index, text in self._filled_down[number].items():
            if index < len(filled) and is_blank(filled[index]):
                filled[index] = text
        return filled

    def _issue(
        self,
        number: int,
        column: ColumnMapping | None,
        name: str,
        code: str,
        raw: str | None,
        header: str | None = None,
    ) -> Issue:
        cell = f"{column_letter(column.index)}{number}" if column and self._sheet.has_letters else None
        shown = header if header is not None else (column.header if column else None)
        return Issue(
            "row", self._sheet.name, number, shown, cell, name, code, "" if raw is None else str(raw)
        )

    def _read(self, order: int, number: int, row: Row) -> ReadRow:
        issues: list[Issue] = []
        kind = RESIDENT
        if self._kind and (raw := row[self._kind.index]):
            kind, code = self._readers.fields.kind[raw]
            if code:
                issues.append(self._issue(number, self._kind, h.ID_TYPE, code, raw))
                kind = kind or KIND_UNKNOWN
        id_number, sex, birth, plausible = self._identity(number, row, kind, issues)
        name, name_raw = self._read_name(number, row, kind, issues)
        school = self._read_school(number, row, issues)
        subjects = self._read_subjects(number, row, issues)
        language = self._read_first(number, row, self._languages, h.LANGUAGE, issues)
        county = self._read_county(number, row, issues)
        phone = self._read_plain(number, row, self._phone, h.PHONE, issues)
        registration = self._read_plain(number, row, self._registration, h.REGISTRATION, issues)
        accommodation = self._read_requests(number, row, issues)
        self._read_remarks(number, row, issues)
        if not plausible:
            column = self._id if kind in FOLLOW_GB_11643 else self._birth
            issues.append(
                self._issue(
                    number, column, h.ID_NUMBER, "age_implausible", row[column.index] if column else None
                )
            )
        if number in self._sheet.struck:
            issues.append(self._issue(number, None, "row", "row_struck_out", None))
        candidate = Candidate(
            self._sheet.name, number, registration, kind, id_number, name, sex, birth, school, subjects, language,
            county, phone, accommodation, name_raw,
        )  # fmt: skip
        if self._mandatory:
            self._check_mandatory(number, candidate, row, issues)
        raw_number = row[self._id.index] if self._id else None
        return ReadRow(candidate, issues, order, raw_number or "", self._id)

    # --- who it is -------------------------------------------------------------------------------

    def _identity(self, number: int, row: Row, kind: str, issues: list[Issue]) -> tuple[str, str, str, bool]:
        """Document number, sex, birth date, and whether the age is plausible."""
        cell = row[self._id.index] if self._id else None
        if type(cell) is str and kind == RESIDENT and _EIGHTEEN.fullmatch(cell):
            birth, plausible = self._readers.birth(cell[6:14])
            if birth:
                total = sum(map(mul, WEIGHTS, cell.encode())) - _OFFSET
                if CHECK_CHARACTERS[total % 11] == cell[17]:
                    sex = "男" if cell[16] in "13579" else "女"
                    self._compare(number, row, sex, birth, issues)
                    return cell, sex, birth, plausible
        text, code = read_document_text(cell)
        if not code and kind != KIND_UNKNOWN:
            found = read_number(text, kind)
            code = found.fault
            if not code and found.birth_date is not None:
                birth = found.birth_date.isoformat()
                self._compare(number, row, found.sex, birth, issues)
                return text, found.sex, birth, self._readers.is_plausible(found.birth_date)
        if code:
            issues.append(self._issue(number, self._id, h.ID_NUMBER, code, cell))
            return text, "", "", True
        if kind == KIND_UNKNOWN:
            return text, "", "", True
        sex, birth, plausible = self._from_columns(number, row, issues)
        return text, sex, birth, plausible

    def _compare(self, number: int, row: Row, sex: str, birth: str, issues: list[Issue]) -> None:
        """What the file states beside the number must agree with it; empty is fine."""
        if self._sex and (raw := row[self._sex.index]):
            stated, code = self._readers.fields.sex[raw]
            if stated and stated != sex:
                code = "sex_mismatch"
            if code:
                issues.append(self._issue(number, self._sex, h.SEX, code, raw))
        raw, column = self._birth_cell(row)
        if raw and raw != birth and not is_blank(raw):
            if is_error(raw):
                issues.append(self._issue(number, column, h.BIRTH, "cell_error", raw))
                return
            if is_placeholder(compact(raw)):
                return
            reading = self._date(raw)
            if not reading.days and not (reading.months and self._month_is_enough):
                issues.append(self._issue(number, column, h.BIRTH, "birth_date_invalid", raw))
            elif not reading.agrees_with(date.fromisoformat(birth), month_is_enough=self._month_is_enough):
                issues.append(self._issue(number, column, h.BIRTH, "birth_date_mismatch", raw))

    def _from_columns(self, number: int, row: Row, issues: list[Issue]) -> tuple[str, str, bool]:
        """For documents whose number says nothing, the columns must."""
        raw_sex = row[self._sex.index] if self._sex else None
        sex, code = self._readers.fields.sex[raw_sex] if raw_sex else ("", "")
        if not sex:
            issues.append(self._issue(number, self._sex, h.SEX, code or "missing_mandatory", raw_sex))
        raw, column = self._birth_cell(row)
        if is_error(raw):
            issues.append(self._issue(number, column, h.BIRTH, "cell_error", raw))
            return sex, "", True
        if is_blank(raw) or is_placeholder(compact(raw)):
            issues.append(self._issue(number, column, h.BIRTH, "missing_mandatory", raw))
            return sex, "", True
        day = self._date(raw or "").day
        if day is None:
            issues.append(self._issue(number, column, h.BIRTH, "birth_date_invalid", raw))
            return sex, "", True
        return sex, day.isoformat(), self._readers.is_plausible(day)

    def _birth_cell(self, row: Row) -> tuple[Cell, ColumnMapping | None]:
        if self._birth:
            return row[self._birth.index], self._birth
        year, month, day = self._birth_parts
        if year and month and day:
            parts = [compact_code(row[column.index]).strip("年月日") for column in (year, month, day)]
            return ("-".join(parts) if all(parts) else None), year
        return None, None

    def _date(self, raw: str) -> DateReading:
        key = (type(raw), raw)
        try:
            return self._dates[key]
        except KeyError:
            found = self._dates[key] = read_date(
                raw, latest=self._exam.exam_date, from_1904=self._sheet.dates_from_1904
            )
            return found

    def _read_name(self, number: int, row: Row, kind: str, issues: list[Issue]) -> tuple[str, str]:
        cell = row[self._name.index] if self._name else None
        cut = (
            bool(self._name and self._sheet.filled)
            and (number, self._name.index if self._name else -1) in self._sheet.filled
        )
        if cell and not cut and COMMON_NAME.fullmatch(cell) and not is_placeholder(cell):
            return cell, cell
        if is_error(cell):
            issues.append(self._issue(number, self._name, h.NAME, "cell_error", cell))
            return "", cell or ""
        if is_blank(cell) or cell is None:
            issues.append(self._issue(number, self._name, h.NAME, "missing_mandatory", cell))
            return "", cell or ""
        if is_placeholder(compact(cell)):
            issues.append(self._issue(number, self._name, h.NAME, "placeholder", cell))
            return "", cell
        text = unwrapped(cell)
        if cut:
            issues.append(self._issue(number, self._name, h.NAME, "name_truncated", cell))
            text = text.rstrip("\ufffd")
        found = read_name(text, latin_allowed=kind in _MAY_BE_LATIN)
        for code in (*found.faults, *found.notes):
            issues.append(self._issue(number, self._name, h.NAME, code, cell))
        return found.name, str(cell)

    # --- what about the exam ---------------------------------------------------------------------

    def _read_school(self, number: int, row: Row, issues: list[Issue]) -> str:
        for column in self._schools:
            raw = row[column.index]
            if raw:
                value, code = self._readers.fields.school[raw]
                if not code:
                    return value
                if code != "blank":
                    issues.append(self._issue(number, column, h.SCHOOL, code, raw))
                    return value
        if not self._schools and self._school_here:
            return self._school_here
        if "school" in self._exam.mandatory:
            column_or_none = self._schools[0] if self._schools else None
            raw = row[column_or_none.index] if column_or_none else None
            issues.append(self._issue(number, column_or_none, h.SCHOOL, "missing_mandatory", raw))
        return ""

    def _read_subjects(self, number: int, row: Row, issues: list[Issue]) -> str:
        if len(self._texts) == 1 and not self._ticks and (text := row[self._texts[0].index]):
            known = self._plain_subjects.get(text)
            if known is not None:
                return known
        reader = self._readers.subjects
        raws = [raw for column in self._texts if (raw := row[column.index]) and not is_blank(raw)]
        column: ColumnMapping | None = self._texts[0] if self._texts else None
        header: str | None = None
        raw = raws[0] if len(raws) == 1 else "、".join(raws)
        if any(is_error(text) for text in raws):
            issues.append(self._issue(number, column, h.SUBJECTS, "cell_error", raw))
            return ""
        found = reader.read(raw) if raws else ReadSubjects(empty=True)
        if self._ticks and found.empty:
            column = self._ticks[0][0]
            header = self._table.tick_header or h.without_notes(column.header)
            names = [name for tick, name in self._ticks if reader.is_ticked(name, row[tick.index])]
            if any(is_error(row[tick.index]) for tick, _ in self._ticks):
                issues.append(self._issue(number, column, h.SUBJECTS, "cell_error", "", header))
                return ""
            raw = "".join(f"{name} " for name in names)
            unknown = any(not reader.is_offered(name) for name in names)
            found = ReadSubjects(frozenset(filter(reader.is_offered, names)), unknown, not names)
        code = self._subject_fault(found)
        if code:
            issues.append(self._issue(number, column, h.SUBJECTS, code, raw, header))
            return reader.written(found.chosen) if found.chosen and not found.unknown else ""
        written = reader.written(found.chosen)
        if len(raws) == 1 and not self._ticks:
            self._plain_subjects[raw] = written
        return written

    def _subject_fault(self, found: ReadSubjects) -> str:
        mandatory = "subjects" in self._exam.mandatory
        chooses = any(group.least for group in self._exam.groups)
        if found.placeholder or found.empty:
            if not mandatory or not (chooses or self._exam.groups):
                return ""
            return "placeholder" if found.placeholder else "missing_mandatory"
        if found.unknown:
            return "subject_not_offered"
        return "" if self._readers.subjects.fits_rule(found.chosen) else "subject_combination_invalid"

    def _read_first(
        self, number: int, row: Row, columns: tuple[ColumnMapping, ...], name: str, issues: list[Issue]
    ) -> str:
        for column in columns:
            raw = row[column.index]
            if raw:
                value, code = self._readers.fields.language[raw]
                if value:
                    return value
                if code and code != "blank":
                    issues.append(self._issue(number, column, name, code, raw))
                    return value
        return ""

    def _read_county(self, number: int, row: Row, issues: list[Issue]) -> str:
        said = False
        for column in self._counties:
            raw = row[column.index]
            if not raw:
                continue
            found, says = self._readers.counties.reading(raw)
            if found:
                return found
            if is_error(raw):
                issues.append(self._issue(number, column, h.COUNTY, "cell_error", raw))
                return ""
            said = said or says
        return "" if said else self._table.county

    def _read_plain(
        self, number: int, row: Row, column: ColumnMapping | None, name: str, issues: list[Issue]
    ) -> str:
        if column is None or not (raw := row[column.index]):
            return ""
        value, code = read_phone(raw) if name == h.PHONE else read_registration(raw)
        if code:
            issues.append(self._issue(number, column, name, code, raw))
        return value

    def _read_requests(self, number: int, row: Row, issues: list[Issue]) -> str:
        codes: frozenset[str] = frozenset()
        for columns, in_request_column in ((self._requests, True), (self._remarks, False)):
            for column in columns:
                raw = row[column.index]
                if not raw:
                    continue
                found = self._readers.requests.read(raw, in_request_column=in_request_column)
                if found.asks and not is_error(raw):
                    if not codes or found.codes - codes:
                        name = h.ACCOMMODATION if in_request_column else h.REMARK
                        issues.append(self._issue(number, column, name, "accommodation_request", raw))
                    codes |= found.codes
                elif in_request_column and is_error(raw):
                    issues.append(self._issue(number, column, h.ACCOMMODATION, "cell_error", raw))
        return "|".join(sorted(codes)) if codes else ""

    def _read_remarks(self, number: int, row: Row, issues: list[Issue]) -> None:
        for column in self._remarks:
            raw = row[column.index]
            if raw and speaks_of_withdrawal(raw):
                issues.append(self._issue(number, column, h.REMARK, "remark_withdrawal", raw))
                return

    def _check_mandatory(self, number: int, candidate: Candidate, row: Row, issues: list[Issue]) -> None:
        """Fields that this exam makes mandatory beyond the usual ones."""
        reported = {issue.field for issue in issues if issue.rejects}
        for name in sorted(self._mandatory - reported):
            if getattr(candidate, name, "?") == "":
                columns = self._table.columns_of(name)
                column = columns[0] if columns else None
                raw = row[column.index] if column else None
                code = "placeholder" if raw and is_placeholder(compact(raw)) else "missing_mandatory"
                issues.append(self._issue(number, column, name, code, raw))


def _first(table: TableMapping, name: str) -> ColumnMapping | None:
    columns = table.columns_of(name)
    return columns[0] if columns else None


def _names_month_only(header: str) -> bool:
    own = h.core(header)
    return own.endswith("年月") or own in {"csny", "chushengnianyue"}


def _filled_down(sheet: Sheet, table: TableMapping) -> dict[int, dict[int, str]]:
    """Values of cells merged over several rows, for the rows below the first."""
    filled: dict[int, dict[int, str]] = {}
    mapped = {column.index for column in table.columns if column.field}
    tall = [
        merge
        for merge in sheet.merges
        if merge.bottom > merge.top >= table.first_row
        and merge.left in mapped
        and merge.top <= table.last_row
    ]
    if not tall:
        return filled
    places = {number: place for place, number in enumerate(sheet.numbers)}
    for merge in tall:
        place = places.get(merge.top)
        row = sheet.rows[place] if place is not None else []
        text = row[merge.left] if merge.left < len(row) else None
        if text and not is_blank(text):
            for number in range(merge.top + 1, min(merge.bottom, table.last_row) + 1):
                if number in places:
                    filled.setdefault(number, {})[merge.left] = text
    return filled
