"""Recognises rosters in a file: tables, headers, columns, without any configuration.

Sheets are searched from the top. A table begins at a header and ends before the
next different header; the same header again is a repeated print heading. Two
tables side by side are told apart by the header that begins again. Columns
without a telling header are judged by what they hold, and marked so.
"""

from __future__ import annotations

import re
from dataclasses import replace

from kaowu.basics.errors import Sentence
from kaowu.engines.roster import headers as h
from kaowu.engines.roster.cleaning import compact
from kaowu.engines.roster.content import (
    Column,
    ContentReader,
    column_sample,
    is_document_number,
    share_of_numbers,
)
from kaowu.engines.roster.counties import CountyReader
from kaowu.engines.roster.exam import Directory, RosterExam, key_of
from kaowu.engines.roster.header_rows import Header, HeaderColumn, HeaderFinder
from kaowu.engines.roster.mapping import CONTENT, GUESS, HEADER, ColumnMapping, Mapping, TableMapping
from kaowu.engines.roster.subjects import SubjectReader
from kaowu.engines.roster.unreadable import unreadable
from kaowu.engines.roster.workbook import Cell, Row, Sheet, Workbook, column_letter

SEARCHED_ROWS = 400
"""How far down the first header is looked for."""
JUDGED_COLUMNS = 100
"""How many columns are judged by what they hold."""
_STAFF = ("工号", "职务", "职称", "任教", "监考", "岗位", "教龄", "拟任", "薪", "聘")
_STAFF_SHEET = re.compile(r"教师|监考|工作人员|考务人员|领队|带队|通讯录|评卷|志愿者|家长")
_SAMPLE_SHEET = re.compile(r"示例|样例|范例|样表|例子|填写样")
SAMPLE_ROWS = 10
_BY_CONTENT = (
    h.ID_NUMBER,
    h.NAME,
    h.SEX,
    h.BIRTH,
    h.SCHOOL,
    h.ID_TYPE,
    h.SUBJECTS,
    h.LANGUAGE,
    h.PHONE,
    h.COUNTY,
    h.REGISTRATION,
)
_SEVERAL = frozenset({h.SCHOOL, h.SUBJECTS, h.LANGUAGE, h.COUNTY, h.REMARK, h.ACCOMMODATION})


def recognise(workbook: Workbook, exam: RosterExam) -> Mapping:
    """The layout of a file; `RosterUnreadable` if no sheet holds a roster."""
    recogniser = _Recogniser(exam)
    tables: list[TableMapping] = []
    hidden: list[str] = []
    ignored: list[str] = []
    for sheet in workbook:
        found = recogniser.tables(sheet)
        if not found:
            ignored.append(sheet.name)
        elif sheet.hidden:
            hidden.append(sheet.name)
        else:
            tables += found
    samples = {
        t.sheet for t in tables if _SAMPLE_SHEET.search(t.sheet) and t.last_row - t.first_row < SAMPLE_ROWS
    }
    if samples and len(samples) < len({table.sheet for table in tables}):
        # A sheet that shows how to fill in the other is not a list of people.
        tables = [table for table in tables if table.sheet not in samples]
        ignored += sorted(samples)
    if not tables and not hidden:
        raise unreadable("no_roster", recogniser.nearest)
    return Mapping(tuple(tables), tuple(hidden), tuple(ignored))


class _Recogniser:
    """Looks at the sheets of one file for one exam."""

    def __init__(self, exam: RosterExam) -> None:
        self._exam = exam
        self._subjects = SubjectReader(exam)
        self._content = ContentReader(exam, self._subjects)
        self._counties = CountyReader(exam)
        self.nearest: Sentence | None = None

    def tables(self, sheet: Sheet) -> list[TableMapping]:
        """All tables of a sheet, from the top."""
        finder = HeaderFinder(
            sheet, self._subject_of_cut if sheet.has_header_names else self._subjects.of_header
        )
        tables: list[TableMapping] = []
        place, free_from = 0, 0
        while place < len(sheet.rows):
            header = finder.at(place) if tables or place < SEARCHED_ROWS else None
            if header is None:
                if not tables and place >= SEARCHED_ROWS:
                    break
                place += 1
                continue
            end, repeats = self._end_of_table(sheet, finder, header)
            tables += self._from_header(sheet, header, end, repeats, free_from)
            place = free_from = end
        if not tables:
            tables = self._without_header(sheet)
        return tables

    def _subject_of_cut(self, text: str) -> str:
        return self._subjects.of_header(text) or self._subjects.of_cut_header(text)

    def _end_of_table(
        self, sheet: Sheet, finder: HeaderFinder, header: Header
    ) -> tuple[int, tuple[int, ...]]:
        """Where the next different header begins; rows of repeated headers on the way."""
        keys = [c.index for c in header.columns if c.meaning and c.meaning.field in {h.ID_NUMBER, h.NAME}]
        key = max(keys, default=0)
        id_columns = [c.index for c in header.columns if c.meaning and c.meaning.field == h.ID_NUMBER]
        repeats: list[int] = []
        place = header.places[-1] + 1
        while place < len(sheet.rows):
            row = sheet.rows[place]
            if any(index < len(row) and _is_long_number(row[index]) for index in id_columns):
                place += 1
                continue
            if _may_hold_headings(row, key):
                again = finder.at(place)
                if again is not None:
                    if again.signature != header.signature and not _same_columns(again, header):
                        return place, tuple(repeats)
                    repeats += again.rows
                    place = again.places[-1] + 1
                    continue
            place += 1
        return len(sheet.rows), tuple(repeats)

    def _from_header(
        self, sheet: Sheet, header: Header, end: int, repeats: tuple[int, ...], free_from: int
    ) -> list[TableMapping]:
        first = header.places[-1] + 1
        rows = [
            row
            for number, row in zip(sheet.numbers[first:end], sheet.rows[first:end], strict=True)
            if number not in repeats
        ]
        last_number = sheet.numbers[end - 1]
        school, county = self._context(sheet, sheet.rows[free_from : header.places[0]])
        tables = []
        for columns in _side_by_side(header.columns):
            mapped, tick_header = self._columns(columns, rows, sheet)
            table = TableMapping(
                sheet=sheet.name,
                header_rows=header.rows,
                repeated_headers=repeats,
                first_row=header.rows[-1] + 1,
                last_row=max(last_number, header.rows[-1]),
                columns=mapped,
                left=columns[0].index,
                right=columns[-1].index,
                school=school,
                county=county,
                tick_header=tick_header,
            )
            if self._is_roster(table, columns):
                tables.append(table)
        return tables

    def _without_header(self, sheet: Sheet) -> list[TableMapping]:
        """A list whose header says nothing, or that has none: columns are told by what they hold."""
        rows = sheet.rows[:SEARCHED_ROWS]
        width = min(max(map(len, rows), default=0), JUDGED_COLUMNS)
        blank = tuple(HeaderColumn(index, (), "", None) for index in range(width))
        for start in range(min(len(rows), 12)):
            if sum(bool(cell) for cell in rows[start]) < 4:
                continue
            mapped, tick_header = self._columns(blank, rows[start:], sheet)
            fields = {column.field: column.index for column in mapped}
            if h.ID_NUMBER not in fields or h.NAME not in fields:
                continue
            first = next(at for at in range(start, len(rows)) if _holds_number(rows[at], fields[h.ID_NUMBER]))
            header_rows: tuple[int, ...] = ()
            if first > start:
                texts = rows[first - 1]
                header_rows = (sheet.numbers[first - 1],)
                mapped = tuple(
                    replace(column, header=(texts[column.index] or "") if column.index < len(texts) else "")
                    for column in mapped
                )
            school, county = self._context(sheet, rows[:first])
            table = TableMapping(
                sheet.name, header_rows, (), sheet.numbers[first], sheet.numbers[-1], mapped,
                0, width - 1, school, county, tick_header,
            )  # fmt: skip
            return [table] if self._is_roster(table, blank) else []
        return []

    def _is_roster(self, table: TableMapping, columns: tuple[HeaderColumn, ...]) -> bool:
        fields = {column.field for column in table.columns}
        cores = [h.core(column.text) for column in columns]
        sits_an_exam = fields & {h.SUBJECTS, h.REGISTRATION, h.LANGUAGE} or any(
            f.startswith(h.TICK) for f in fields
        )
        is_staff = any(word in core for core in cores for word in _STAFF) or _STAFF_SHEET.search(table.sheet)
        if is_staff and not sits_an_exam:
            return False
        if h.ID_NUMBER in fields and (h.NAME in fields or len(fields & h.CANDIDATE_FIELDS) >= 3):
            return True
        if h.NAME in fields and len(fields & h.CANDIDATE_FIELDS) >= 2:
            place = table.sheet or "文件"
            self.nearest = Sentence(
                f"“{place}”有姓名，但没有证件号码列",
                f"{table.sheet or 'the file'} has names but no document numbers",
            )
        return False

    def _context(self, sheet: Sheet, above: list[Row]) -> tuple[str, str]:
        """School and county that the title lines or the sheet's name speak of."""
        texts = [cell for row in above[-8:] for cell in row if cell]
        schools = [
            found for text in [*texts, sheet.name] if (found := school_in(self._exam.school_directory, text))
        ]
        return (schools[0] if len(set(schools)) == 1 else ""), self._counties.in_text(sheet.name)

    def _columns(
        self, columns: tuple[HeaderColumn, ...], rows: list[Row], sheet: Sheet
    ) -> tuple[tuple[ColumnMapping, ...], str]:
        samples = {column.index: column_sample(rows, column.index) for column in columns}
        ticks = self._ticks(columns, samples)
        mapped = [self._by_header(column, ticks) for column in columns]
        mapped = self._one_number(_birth_in_parts(mapped), samples)
        mapped = self._by_content(mapped, samples, {column.index: column for column in columns})
        mapped = [self._with_letter(column, sheet) for column in _one_of_each(mapped)]
        heading = next((c.group for c in columns if c.index in ticks and c.group), "")
        return tuple(mapped), h.without_notes(heading) if heading else ""

    def _ticks(self, columns: tuple[HeaderColumn, ...], samples: dict[int, Column]) -> dict[int, str]:
        """Columns that hold ticks, with the subject of each."""
        found: dict[int, str] = {}
        for column in columns:
            under_group = (
                bool(column.group) and column.group != column.text and h.is_subject_group(column.group)
            )
            subject = column.subject or (column.text.strip() if under_group and column.text else "")
            if not subject or (
                column.meaning and column.meaning.field in h.CANDIDATE_FIELDS - {h.LANGUAGE, h.SUBJECTS}
            ):
                continue
            sample = samples[column.index]
            if not sample.filled:
                if column.subject:
                    found[column.index] = subject
                continue
            if self._content.looks_like_languages(sample) and not self._content.looks_like_ticks(
                sample, subject
            ):
                continue
            if self._content.looks_like_ticks(sample, subject):
                found[column.index] = subject
        offered = [subject for subject in found.values() if self._subjects.is_offered(subject)]
        return found if len(offered) >= 2 else {}

    def _by_header(self, column: HeaderColumn, ticks: dict[int, str]) -> ColumnMapping:
        index, text = column.index, column.text
        if index in ticks:
            return ColumnMapping(index, "", text, h.TICK + ticks[index])
        meaning = column.meaning
        if meaning is None:
            return ColumnMapping(index, "", text, "", reason="unknown")
        if meaning.field in {h.OTHER_PERSON, h.IGNORED}:
            reason = "other_person" if meaning.field == h.OTHER_PERSON else "not_needed"
            return ColumnMapping(index, "", text, "", reason=reason)
        return ColumnMapping(index, "", text, meaning.field, HEADER, "", meaning.rank)

    def _one_number(self, columns: list[ColumnMapping], samples: dict[int, Column]) -> list[ColumnMapping]:
        """Of several columns for document numbers, the one that holds candidates' numbers."""
        numbers = [column for column in columns if column.field == h.ID_NUMBER]
        if len(numbers) < 2:
            return columns
        shares = {
            column.index: round(share_of_numbers(samples[column.index], self._exam), 1) for column in numbers
        }
        best = max(numbers, key=lambda column: (shares[column.index], -column.rank, -column.index))
        certainty = HEADER if best is min(numbers, key=lambda column: (column.rank, column.index)) else GUESS
        return [
            column
            if column.field != h.ID_NUMBER
            else replace(column, certainty=certainty)
            if column.index == best.index
            else replace(column, field="", reason="second_column")
            for column in columns
        ]

    def _by_content(
        self, columns: list[ColumnMapping], samples: dict[int, Column], headers: dict[int, HeaderColumn]
    ) -> list[ColumnMapping]:
        """Columns whose header says nothing, for fields that no header names."""
        have = {column.field for column in columns}
        missing = [field for field in _BY_CONTENT if field not in have]
        if any(field.startswith(h.TICK) for field in have):
            missing = [field for field in missing if field != h.SUBJECTS]
        result = list(columns)
        candidates: dict[str, list[int]] = {}
        for place, column in enumerate(columns):
            vague = column.reason == "unknown" or column.field == h.SERIAL
            if place >= JUDGED_COLUMNS or not vague or not samples[column.index].filled:
                continue
            field = self._content.field_of(samples[column.index])
            if column.field == h.SERIAL and field not in {h.ID_NUMBER, h.REGISTRATION}:
                continue
            under_subjects = h.is_subject_group(headers[column.index].group)
            if field in missing or (field == h.SUBJECTS and under_subjects):
                candidates.setdefault(field, []).append(place)
        for field, places in candidates.items():
            chosen = places if field == h.SUBJECTS else places[:1]
            if field == h.ID_NUMBER and len(places) > 1:
                chosen = [
                    max(
                        places, key=lambda at: (share_of_numbers(samples[columns[at].index], self._exam), -at)
                    )
                ]
            certainty = CONTENT if len(places) == 1 or field == h.SUBJECTS else GUESS
            for at in chosen:
                result[at] = replace(columns[at], field=field, certainty=certainty, reason="", rank=0)
        return self._rescued(result, samples)

    def _rescued(self, columns: list[ColumnMapping], samples: dict[int, Column]) -> list[ColumnMapping]:
        """A heading over the wrong column: numbers stand where no heading says so."""
        number = next((column for column in columns if column.field == h.ID_NUMBER), None)
        if number is None or share_of_numbers(samples[number.index], self._exam) > 0.05:
            return columns
        if not samples[number.index].filled:
            return columns
        others = [c for c in columns if not c.field and c.reason in {"unknown", "second_column"}]
        better = [c for c in others if share_of_numbers(samples[c.index], self._exam) > 0.6]
        if len(better) != 1:
            return columns
        return [
            replace(column, field=h.ID_NUMBER, certainty=GUESS, reason="")
            if column.index == better[0].index
            else replace(column, field="", reason="second_column")
            if column.index == number.index
            else column
            for column in columns
        ]

    def _with_letter(self, column: ColumnMapping, sheet: Sheet) -> ColumnMapping:
        return replace(column, letter=column_letter(column.index) if sheet.has_letters else "")


def school_in(directory: Directory, text: str) -> str:
    """The one school that a longer text names, or ""."""
    found = directory.find(text)
    if found is not None:
        return found.name
    key = key_of(text[:500])
    inside = [word for word in directory.by_text if len(word) >= 4 and word in key]
    longest = [word for word in inside if not any(word != other and word in other for other in inside)]
    names = {directory.by_text[word].name for word in longest}
    return names.pop() if len(names) == 1 else ""


def _is_long_number(cell: Cell) -> bool:
    return cell is not None and len(cell) >= 15 and cell[3:9].isdigit()


def _holds_number(row: Row, index: int) -> bool:
    number = compact(row[index]) if index < len(row) else ""
    return is_document_number(number.upper()) or sum(character.isdigit() for character in number) >= 8


def _may_hold_headings(row: Row, key: int) -> bool:
    """A cheap test before the costly one: a short text where names or numbers stand."""
    cell = row[key] if key < len(row) else None
    if cell is not None and len(cell) >= 15 and cell[:6].isdigit():
        return False
    return any(
        cell and h.meaning_of((cell,))
        for cell in row[:60]
        if cell and len(cell) <= 12 and not cell[0].isdigit()
    )


def _same_columns(again: Header, header: Header) -> bool:
    """The same fields in the same columns, though decoration differs."""

    def fields(one: Header) -> dict[int, str]:
        return {
            c.index: c.meaning.field
            for c in one.columns
            if c.meaning and c.meaning.field in h.CANDIDATE_FIELDS
        }

    return fields(again) == fields(header)


def _side_by_side(columns: tuple[HeaderColumn, ...]) -> list[tuple[HeaderColumn, ...]]:
    """Cut a header where it begins again."""
    names = [c.index for c in columns if c.meaning and c.meaning.field == h.NAME]
    numbers = [c.index for c in columns if c.meaning and c.meaning.field == h.ID_NUMBER]
    if len(names) < 2 or len(numbers) < 2:
        return [columns]
    first = next(c for c in columns if c.text)
    starts = [c.index for c in columns if h.core(c.text) == h.core(first.text) and c.text]
    if len(starts) < 2 or len(starts) != len(names):
        starts = names
    parts = []
    for at, start in enumerate(starts):
        stop = starts[at + 1] if at + 1 < len(starts) else columns[-1].index + 1
        begin = columns[0].index if at == 0 else start
        parts.append(tuple(c for c in columns if begin <= c.index < stop))
    return [part for part in parts if part]


def _birth_in_parts(columns: list[ColumnMapping]) -> list[ColumnMapping]:
    """出生日 beside 出生年 and 出生月 is the day of the month."""
    if not {"birth_year", "birth_month"} <= {column.field for column in columns}:
        return columns
    return [
        replace(column, field="birth_day")
        if column.field == h.BIRTH and h.core(column.header) == "出生日"
        else column
        for column in columns
    ]


def _one_of_each(columns: list[ColumnMapping]) -> list[ColumnMapping]:
    """Fields that only one column can give keep the plainest; the rest is passed over."""
    best: dict[str, ColumnMapping] = {}
    for column in columns:
        if column.field and column.field not in _SEVERAL and column.field != h.SERIAL:
            kept = best.get(column.field)
            if kept is None or (column.rank, column.index) < (kept.rank, kept.index):
                best[column.field] = column
    return [
        column
        if column.field not in best or best[column.field].index == column.index
        else replace(column, field="", reason="second_column")
        for column in columns
    ]
