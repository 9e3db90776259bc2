"""What the importer understood of a file's layout: frozen, JSON, and correctable.

A person sees this before anything is imported and may say that a column is
something else; the check then runs with the corrected mapping.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

HEADER = "header"
CONTENT = "content"
GUESS = "guess"
PERSON = "person"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """One column: where it stands, what its header says, what it was taken for.

    `field` is a field name, `tick:物理` for a column of ticks, or empty for a
    column that is passed over. `certainty` is header, content (the header says
    little, the values say it), guess (several columns were possible) or person
    (corrected by hand).
    """

    index: int
    letter: str
    header: str
    field: str
    certainty: str = HEADER
    reason: str = ""
    """Why the column is passed over: other_person, not_needed, second_column, unknown."""
    rank: int = 0
    """Order among several columns of one field; the smaller is asked first."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One table on a sheet."""

    sheet: str
    header_rows: tuple[int, ...]
    repeated_headers: tuple[int, ...]
    first_row: int
    last_row: int
    columns: tuple[ColumnMapping, ...]
    left: int = 0
    right: int = 511
    school: str = ""
    """The school that a title or the sheet's name gives, if no column does."""
    county: str = ""
    """The county that the sheet's name gives."""
    tick_header: str = ""
    """The heading over the columns of ticks."""

    def columns_of(self, field: str) -> tuple[ColumnMapping, ...]:
        """The columns of one field, the one to ask first in front."""
        found = [column for column in self.columns if column.field == field]
        return tuple(sorted(found, key=lambda column: (column.rank, column.index)))

    @property
    def is_sure(self) -> bool:
        """True if every field was named by its header."""
        return all(column.certainty in {HEADER, PERSON} for column in self.columns if column.field)


@dataclass(frozen=True, slots=True)
class Mapping:
    """The layout of a whole file."""

    tables: tuple[TableMapping, ...]
    hidden_rosters: tuple[str, ...] = ()
    ignored_sheets: tuple[str, ...] = ()

    def with_column(self, sheet: str, column: int | str, field: str, *, table: int | None = None) -> Mapping:
        """The same layout with one column taken for something else; an empty field passes it over.

        `column` is an index from 0, or a letter, or the header's text. A field
        that only one column can have is taken from the column that had it.
        """
        tables = []
        place = -1
        for mapped in self.tables:
            place += mapped.sheet == sheet
            wanted = mapped.sheet == sheet and (table is None or table == place)
            tables.append(_corrected(mapped, column, field) if wanted else mapped)
        return replace(self, tables=tuple(tables))

    def as_dict(self) -> dict[str, Any]:
        """JSON values from which `from_dict` builds the same mapping."""
        return {
            "tables": [
                {
                    "sheet": table.sheet,
                    "header_rows": list(table.header_rows),
                    "repeated_headers": list(table.repeated_headers),
                    "first_row": table.first_row,
                    "last_row": table.last_row,
                    "left": table.left,
                    "right": table.right,
                    "school": table.school,
                    "county": table.county,
                    "tick_header": table.tick_header,
                    "columns": [
                        {name: getattr(column, name) for name in ColumnMapping.__dataclass_fields__}
                        for column in table.columns
                    ],
                }
                for table in self.tables
            ],
            "hidden_rosters": list(self.hidden_rosters),
            "ignored_sheets": list(self.ignored_sheets),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Mapping:
        """The mapping that `as_dict` wrote."""
        tables = []
        for table in data["tables"]:
            given = dict(table)
            given["columns"] = tuple(ColumnMapping(**column) for column in given["columns"])
            given["header_rows"] = tuple(given["header_rows"])
            given["repeated_headers"] = tuple(given["repeated_headers"])
            tables.append(TableMapping(**given))
        return cls(tuple(tables), tuple(data["hidden_rosters"]), tuple(data["ignored_sheets"]))


_SHARED = frozenset({"subjects", "remark"})
"""Fields that several columns may feed together."""


def _corrected(table: TableMapping, column: int | str, field: str) -> TableMapping:
    columns = []
    for mapped in table.columns:
        is_meant = column in (mapped.index, mapped.letter, mapped.header)
        if is_meant:
            columns.append(
                replace(mapped, field=field, certainty=PERSON, reason="" if field else "person", rank=0)
            )
        elif field and mapped.field == field and field not in _SHARED:
            columns.append(replace(mapped, field="", reason="second_column"))
        else:
            columns.append(mapped)
    return replace(table, columns=tuple(columns))
