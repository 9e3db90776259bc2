"""Checks a roster: which candidates are taken, and everything there is to say about the rest.

All or nothing is for others to decide; the check itself never stops at an
error, so that a person sees all of them at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kaowu.engines.roster import headers as h
from kaowu.engines.roster.candidate import Candidate
from kaowu.engines.roster.collector import collector_resting
from kaowu.engines.roster.duplicates import find_duplicates, find_registration_duplicates
from kaowu.engines.roster.exam import RosterExam
from kaowu.engines.roster.header_rows import place_of_number
from kaowu.engines.roster.issues import Issue
from kaowu.engines.roster.mapping import Mapping, TableMapping
from kaowu.engines.roster.photos import PhotoArchive, check_photos, photo_key
from kaowu.engines.roster.recognise import recognise
from kaowu.engines.roster.rows import total_in_text
from kaowu.engines.roster.table_reader import ExamReaders, ReadRow, StatedTotal, TableReader
from kaowu.engines.roster.unreadable import ReadingCancelled
from kaowu.engines.roster.workbook import Sheet, Workbook

Progress = Callable[[int, int], bool]
STEP = 5000


@dataclass(frozen=True, slots=True)
class RosterCheck:
    """The outcome: accepted candidates in file order, all findings, and counts."""

    accepted: tuple[Candidate, ...]
    issues: tuple[Issue, ...]
    rows_read: int
    mapping: Mapping

    @property
    def rejected(self) -> int:
        """Rows of persons that are not taken."""
        return self.rows_read - len(self.accepted)

    @property
    def totals(self) -> dict[str, int]:
        """Findings by action."""
        counts = Counter(issue.action for issue in self.issues)
        return {"reject": counts["reject"], "flag": counts["flag"]}

    @property
    def by_code(self) -> dict[str, int]:
        """Findings by code, most frequent first."""
        return dict(Counter(issue.code for issue in self.issues).most_common())


def check(
    workbook: Workbook,
    exam: RosterExam,
    mapping: Mapping | None = None,
    photos: str | Path | bytes | None = None,
    progress: Progress | None = None,
) -> RosterCheck:
    """Check a file. `progress(done, total)` is asked now and then; False stops the check."""
    mapping = mapping or recognise(workbook, exam)
    archive = PhotoArchive(photos) if photos is not None else None
    run = _Run(workbook, exam, mapping, progress)
    with collector_resting():
        run.read_rows()
        run.compare_rows()
        return run.result(archive)


class _Run:
    """One check under way."""

    def __init__(
        self, workbook: Workbook, exam: RosterExam, mapping: Mapping, progress: Progress | None
    ) -> None:
        self._workbook = workbook
        self._readers = ExamReaders(exam)
        self._mapping = mapping
        self._progress = progress
        self._rows: list[ReadRow] = []
        self._sheet_issues: list[Issue] = []
        self._total = sum(
            len(sheet.rows) for sheet in workbook if any(t.sheet == sheet.name for t in mapping.tables)
        )
        self._done = 0

    def read_rows(self) -> None:
        """Every row of every table, and the totals of each sheet."""
        for sheet in self._workbook:
            tables = [table for table in self._mapping.tables if table.sheet == sheet.name]
            if sheet.name in self._mapping.hidden_rosters:
                self._sheet_issues.append(
                    Issue("sheet", sheet.name, None, None, None, "sheet", "hidden_sheet_skipped", None)
                )
            if tables and not sheet.hidden:
                self._read_sheet(sheet, tables)

    def _read_sheet(self, sheet: Sheet, tables: list[TableMapping]) -> None:
        found: list[ReadRow] = []
        totals: list[StatedTotal] = []
        for table in tables:
            start, stop = place_of_number(sheet, table.first_row), place_of_number(sheet, table.last_row + 1)
            reader = TableReader(self._readers, sheet, table)
            for row in reader.rows(start, stop):
                found.append(row)
                self._done += 1
                if self._done % STEP == 0:
                    self._tell(self._done)
            totals += reader.totals
        found.sort(key=lambda row: row.candidate.row)
        self._rows += found
        self._sheet_issues += _total_issues(sheet, tables, totals, found)

    def compare_rows(self) -> None:
        """Duplicates over the whole file."""
        letters = {sheet.name: sheet.has_letters for sheet in self._workbook}
        find_duplicates(self._rows, letters)
        columns = {}
        for table in self._mapping.tables:
            registration = table.columns_of(h.REGISTRATION)
            if registration:
                columns[table.sheet] = (registration[0].header, registration[0].index, letters[table.sheet])
        find_registration_duplicates([row for row in self._rows if row.candidate.sheet in columns], columns)

    def result(self, archive: PhotoArchive | None) -> RosterCheck:
        """Put everything together; rejected rows need no flags."""
        accepted: list[Candidate] = []
        issues: list[Issue] = []
        for row in self._rows:
            if not row.issues:
                accepted.append(row.candidate)
            elif row.is_rejected:
                issues += [issue for issue in row.issues if issue.rejects]
            else:
                accepted.append(row.candidate)
                issues += row.issues
        if archive is not None:
            known = {photo_key(row.candidate.id_number) for row in self._rows if row.candidate.id_number}
            known |= {photo_key(row.raw_number) for row in self._rows if row.raw_number}
            issues += check_photos(archive, accepted, known, self._go_on)
        self._tell(max(self._total, self._done))
        return RosterCheck(tuple(accepted), tuple(self._in_order(issues)), len(self._rows), self._mapping)

    def _in_order(self, issues: list[Issue]) -> list[Issue]:
        """By sheet and row as a person leafs through the file; photos of nobody last."""
        place = {sheet.name: at for at, sheet in enumerate(self._workbook)}
        everything = [*issues, *self._sheet_issues]
        return sorted(
            everything,
            key=lambda issue: (
                issue.scope == "photo",
                place.get(issue.sheet or "", 0),
                issue.row if issue.row is not None else 0,
            ),
        )

    def _tell(self, done: int) -> None:
        if self._progress is not None and not self._progress(min(done, self._total), self._total):
            raise ReadingCancelled

    def _go_on(self) -> bool:
        self._done += 1
        if self._done % 500 == 0:
            self._tell(self._done)
        return True


def _total_issues(
    sheet: Sheet, tables: list[TableMapping], totals: list[StatedTotal], rows: list[ReadRow]
) -> list[Issue]:
    """Totals that disagree with the number of candidate rows on their sheet."""
    count = len(rows)
    stated = [total for total in totals if total.numbers]
    several = len(stated) > 1 or len(tables) > 1
    issues = []
    for total in stated:
        right = {count}
        if several or total.is_subtotal:
            right |= {total.since_last, total.in_table}
        if not right & set(total.numbers):
            issues.append(_total_issue(sheet, total.row, total.numbers[0], count))
    for number, stated_above in _totals_in_titles(sheet, tables):
        if stated_above != count and len(tables) == 1:
            issues.append(_total_issue(sheet, number, stated_above, count))
    return issues


def _total_issue(sheet: Sheet, number: int, stated: int, count: int) -> Issue:
    raw = f"合计{stated}人，实际{count}行"
    return Issue("sheet", sheet.name, number, None, None, "sheet", "total_mismatch", raw)


def _totals_in_titles(sheet: Sheet, tables: list[TableMapping]) -> list[tuple[int, int]]:
    first = min((table.header_rows[0] for table in tables if table.header_rows), default=0)
    found = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        if number >= first:
            break
        for cell in row:
            stated = total_in_text(cell) if cell else None
            if stated is not None:
                found.append((number, stated))
    return found
