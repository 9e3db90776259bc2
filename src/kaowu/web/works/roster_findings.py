"""What a page shows of a checked roster, as JSON values: counts, columns, and the rows with their cells.

The worker writes it beside the upload and the page reads it, so that a large
file is read once and not for every look at it. It lives as long as the upload.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kaowu.basics.ids import digest
from kaowu.engines.roster import Issue, codes
from kaowu.engines.roster.headers import (
    ACCOMMODATION,
    BIRTH,
    COUNTY,
    ID_NUMBER,
    ID_TYPE,
    LANGUAGE,
    NAME,
    PHONE,
    REGISTRATION,
    SCHOOL,
    SEX,
    SUBJECTS,
)
from kaowu.engines.roster.mapping import TableMapping
from kaowu.engines.roster.workbook import Sheet, Workbook
from kaowu.web.works.roster import CheckedUpload

SHOWN = (NAME, SEX, ID_NUMBER, SCHOOL, SUBJECTS, LANGUAGE, PHONE, REGISTRATION, ID_TYPE, BIRTH, COUNTY, ACCOMMODATION)  # fmt: skip
"""Fields in the order of the table; a field that the file does not have is left out."""

_ALWAYS = (NAME, SEX, ID_NUMBER, SCHOOL, SUBJECTS, LANGUAGE)
_SAMPLES = 3


def findings_of(found: CheckedUpload, content: bytes, seconds: float) -> dict[str, Any]:
    """The whole view of one check."""
    check = found.check
    flagged = {_place(i) for i in check.issues if i.scope == "row" and not i.rejects}
    return {
        "digest": digest(content).hex(),
        "size": len(content),
        "kind": found.workbook.kind,
        "seconds": round(seconds, 1),
        "rows": check.rows_read,
        "accepted": len(check.accepted),
        "rejected": check.rejected,
        "flagged": len(flagged),
        "sheets": [
            {"name": sheet.name, "rows": len(sheet.rows), "columns": sheet.width}
            for sheet in found.workbook
            if any(table.sheet == sheet.name for table in check.mapping.tables)
        ],
        "ignored_sheets": list(check.mapping.ignored_sheets),
        "mapping": check.mapping.as_dict(),
        "tables": [_table(found.workbook.sheet(t.sheet), t) for t in check.mapping.tables],
        "fields": _fields(check.mapping.tables, {i.field for i in check.issues if i.scope == "row"}),
        "by_code": _by_code(check.issues),
        "problems": _problems(found.workbook, check.mapping.tables, check.issues),
        "elsewhere": [_said(issue) for issue in check.issues if issue.scope != "row"],
    }


def _by_code(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    counts: dict[str, dict[str, Any]] = {}
    for issue in issues:
        if issue.scope == "row":
            entry = counts.setdefault(
                issue.code,
                {
                    "code": issue.code,
                    "rejects": issue.rejects,
                    "count": 0,
                    **codes()[issue.code].sentence.as_dict(),
                },
            )
            entry["count"] += 1
    return sorted(counts.values(), key=lambda entry: (not entry["rejects"], -entry["count"]))


def _cause(issue: Issue) -> dict[str, str]:
    said = issue.sentence
    return {"zh": said.zh.partition("：")[2] or said.zh, "en": said.en.partition(": ")[2] or said.en}


def _problems(
    workbook: Workbook, tables: Iterable[TableMapping], issues: Iterable[Issue]
) -> list[dict[str, Any]]:
    """The rows with findings, those that must be corrected first, each with its cells by field."""
    by_row: dict[tuple[str, int], list[Issue]] = {}
    for issue in issues:
        if issue.scope == "row":
            by_row.setdefault(_place(issue), []).append(issue)
    cells = _Cells(workbook, tables)
    rows = [
        {
            "sheet": sheet,
            "row": row,
            "rejected": any(issue.rejects for issue in found),
            "cells": cells.of(sheet, row),
            "issues": [_said(issue) for issue in sorted(found, key=lambda i: not i.rejects)],
        }
        for (sheet, row), found in by_row.items()
    ]
    return sorted(rows, key=lambda row: not row["rejected"])  # stable: the order of the file inside


def _said(issue: Issue) -> dict[str, Any]:
    remedy = issue.remedy
    return {
        "code": issue.code,
        "rejects": issue.rejects,
        "field": issue.field,
        "column": issue.column or "",
        "cell": issue.cell or "",
        "raw": issue.raw or "",
        "sheet": issue.sheet or "",
        "row": issue.row,
        "sentence": issue.sentence.as_dict(),
        "cause": _cause(issue),
        "remedy": remedy.as_dict(),
        "other": list(issue.other) if issue.other else None,
    }


def _place(issue: Issue) -> tuple[str, int]:
    return issue.sheet or "", issue.row or 0


class _Cells:
    """Finds the cells of a row by field."""

    def __init__(self, workbook: Workbook, tables: Iterable[TableMapping]) -> None:
        self._rows = {sheet.name: dict(zip(sheet.numbers, sheet.rows, strict=True)) for sheet in workbook}
        self._tables: dict[str, list[TableMapping]] = {}
        for table in tables:
            self._tables.setdefault(table.sheet, []).append(table)

    def of(self, sheet: str, row: int) -> dict[str, str]:
        """Field → what stands there."""
        cells = self._rows.get(sheet, {}).get(row, [])
        table = next((t for t in self._tables.get(sheet, ()) if t.first_row <= row <= t.last_row), None)
        if table is None:
            return {}
        found: dict[str, str] = {}
        for column in sorted(table.columns, key=lambda column: (column.rank, column.index)):
            field = SUBJECTS if column.field.startswith("tick:") else column.field
            value = cells[column.index] if field in SHOWN and column.index < len(cells) else None
            if not value:
                continue
            if column.field.startswith("tick:"):
                value = column.field.removeprefix("tick:")
            if field == SUBJECTS and field in found:
                value = f"{found[field]} {value}"
            elif field in found:
                continue
            found[field] = str(value)[:200]
        return found


def _fields(tables: Iterable[TableMapping], at_fault: set[str]) -> list[dict[str, Any]]:
    """The columns of the problem table: our field, the file's headers above it, whether it is a guess."""
    shown = []
    for field in SHOWN:
        columns = [
            column
            for table in tables
            for column in table.columns
            if column.field == field or (field == SUBJECTS and column.field.startswith("tick:"))
        ]
        if field not in _ALWAYS and not (columns and field in at_fault):
            continue
        headers = list(dict.fromkeys(_one_line(column.header) for column in columns if column.header))
        shown.append(
            {
                "field": field,
                "headers": headers[:_SAMPLES],
                "more": max(len(headers) - _SAMPLES, 0),
                "guess": any(column.certainty in ("guess", "content") for column in columns),
                "missing": not columns,
            }
        )
    return shown


def _table(sheet: Sheet, table: TableMapping) -> dict[str, Any]:
    """One table with a few values of each column, for the page that corrects the mapping."""
    return {
        "sheet": table.sheet,
        "first_row": table.first_row,
        "last_row": table.last_row,
        "school": table.school,
        "county": table.county,
        "columns": [_column(sheet, table, column) for column in table.columns],
    }


def _column(sheet: Sheet, table: TableMapping, column: Any) -> dict[str, Any]:
    values = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        if number >= table.first_row and column.index < len(row) and row[column.index]:
            values.append(str(row[column.index])[:40])
        if len(values) == _SAMPLES:
            break
    return {
        "index": column.index,
        "letter": column.letter,
        "header": _one_line(column.header),
        "field": column.field,
        "certainty": column.certainty,
        "reason": column.reason,
        "samples": values,
    }


def _one_line(header: str) -> str:
    return " ".join(header.split())


def counts_close(view: Mapping[str, Any]) -> bool:
    """Do the figures balance: file rows = ready + to correct?"""
    return bool(view["rows"] == view["accepted"] + view["rejected"])
