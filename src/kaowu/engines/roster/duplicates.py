"""Finds one person twice, one number for two persons, one registration number for two rows.

Rows are compared after cleaning, over the whole file. Of rows that say the same
the first that can be taken stays. Where rows contradict each other, none is
taken: a person must find out which is right.
"""

from __future__ import annotations

from collections import defaultdict

from kaowu.engines.roster import headers as h
from kaowu.engines.roster.issues import Issue
from kaowu.engines.roster.table_reader import ReadRow
from kaowu.engines.roster.workbook import column_letter

_NUMBER_FAULTS = frozenset(
    [
        "id_missing",
        "id_scientific_notation",
        "id_precision_lost",
        "id_check_digit",
        "id_15_digit",
        "id_length",
        "id_bad_character",
        "id_birth_invalid",
        "id_type_mismatch",
    ]
)
_NAME_FAULTS = frozenset(
    [
        "missing_mandatory",
        "placeholder",
        "cell_error",
        "name_invalid_character",
        "name_lost_character",
        "name_private_use",
        "name_truncated",
    ]
)


def find_duplicates(rows: list[ReadRow], letters_of: dict[str, bool]) -> None:
    """Add the findings of duplicates to the rows."""
    by_number: dict[str, list[ReadRow]] = defaultdict(list)
    for row in rows:
        if row.candidate.id_number and _has_number(row):
            by_number[row.candidate.id_number].append(row)
    for group in by_number.values():
        if len(group) > 1:
            _judge(group, letters_of)


def find_registration_duplicates(rows: list[ReadRow], columns: dict[str, tuple[str, int, bool]]) -> None:
    """Flag accepted rows whose registration number another person's row uses."""
    by_registration: dict[str, list[ReadRow]] = defaultdict(list)
    for row in rows:
        if row.candidate.registration_number:
            by_registration[row.candidate.registration_number].append(row)
    for group in by_registration.values():
        persons = {row.candidate.id_number or str(row.order) for row in group}
        if len(group) < 2 or len(persons) < 2:
            continue
        for row in group:
            if row.is_rejected:
                continue
            other = next(
                o for o in group if o is not row and o.candidate.id_number != row.candidate.id_number
            )
            header, index, has_letters = columns[row.candidate.sheet]
            cell = f"{column_letter(index)}{row.candidate.row}" if has_letters else None
            row.issues.append(
                Issue(
                    "row", row.candidate.sheet, row.candidate.row, header, cell, h.REGISTRATION,
                    "registration_number_duplicate", row.candidate.registration_number,
                    (other.candidate.sheet, other.candidate.row),
                )
            )  # fmt: skip


def _has_number(row: ReadRow) -> bool:
    return not any(
        issue.field == h.ID_NUMBER and issue.code in _NUMBER_FAULTS | {"placeholder", "cell_error"}
        for issue in row.issues
    )


def _has_name(row: ReadRow) -> bool:
    return bool(row.candidate.name) and not any(
        issue.field == h.NAME and issue.code in _NAME_FAULTS for issue in row.issues
    )


def _has_subjects(row: ReadRow) -> bool:
    return not any(issue.field == h.SUBJECTS and issue.rejects for issue in row.issues)


def _same_name(row: ReadRow) -> str:
    return row.candidate.name.replace(" ", "").casefold()


def _judge(group: list[ReadRow], letters_of: dict[str, bool]) -> None:
    named = [row for row in group if _has_name(row)]
    if len({_same_name(row) for row in named}) > 1:
        for row in named:
            other = next(other for other in named if _same_name(other) != _same_name(row))
            _add(row, other, "duplicate_id_conflict", letters_of)
        return
    clear = [row for row in named if _has_subjects(row)]
    if len({row.candidate.subjects for row in clear}) > 1:
        for row in clear:
            other = next(other for other in clear if other.candidate.subjects != row.candidate.subjects)
            _add(row, other, "duplicate_conflicting", letters_of)
        return
    if len(clear) < 2:
        return
    kept = next((row for row in clear if not row.is_rejected), clear[0])
    for row in clear:
        if row is not kept:
            _add(row, kept, "duplicate_person", letters_of)


def _add(row: ReadRow, other: ReadRow, code: str, letters_of: dict[str, bool]) -> None:
    column = row.number_column
    number = row.candidate.row
    has_letters = letters_of.get(row.candidate.sheet, False)
    row.issues.append(
        Issue(
            "row",
            row.candidate.sheet,
            number,
            column.header if column else None,
            f"{column_letter(column.index)}{number}" if column and has_letters else None,
            h.ID_NUMBER,
            code,
            str(row.raw_number),
            (other.candidate.sheet, other.candidate.row),
        )
    )
