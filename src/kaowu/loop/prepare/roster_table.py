"""The roster as a sealed artefact: canonical rows, so that the same roster has one digest.

A header row, then one row per candidate in the order of the file. Every
candidate has a number that is fixed before any draw: the registration number
where it is there and nobody else's, else the place in the roster.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields

from kaowu.basics import canonical


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One candidate as taken over from the file; all values are text."""

    number: str
    registration_number: str
    id_type: str
    id_number: str
    name: str
    sex: str
    birth_date: str
    school: str
    subjects: str
    foreign_language: str
    county: str
    phone: str
    accommodation: str
    name_raw: str


_COLUMNS = [item.name for item in fields(RosterRow)]


def number_rows(rows: Iterable[Mapping[str, str]]) -> list[RosterRow]:
    """Rows as the importer accepted them, each with its candidate number."""
    accepted = list(rows)
    uses = Counter(row["registration_number"] for row in accepted)
    numbered = []
    for place, row in enumerate(accepted, start=1):
        own = row["registration_number"]
        number = own if own and uses[own] == 1 else f"R{place:07d}"
        numbered.append(RosterRow(number, *(row[column] for column in _COLUMNS[1:])))
    return numbered


def write_roster(rows: Iterable[RosterRow]) -> bytes:
    """The canonical bytes of a roster."""
    return canonical.encode([_COLUMNS, *(list(astuple(row)) for row in rows)])


def read_roster(content: bytes) -> Iterator[RosterRow]:
    """The rows of a roster artefact; raises NotCanonical for anything else."""
    header, *rows = canonical.decode(content)
    if header != _COLUMNS:
        raise canonical.NotCanonical("not a roster of this version")
    return (RosterRow(*row) for row in rows)
