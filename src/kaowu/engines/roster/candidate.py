"""What the roster check gives: accepted candidates, in the columns of NAME.csv."""

from __future__ import annotations

from typing import NamedTuple

COLUMNS = (
    "sheet", "row", "registration_number", "id_type", "id_number", "name", "sex", "birth_date", "school",
    "subjects", "foreign_language", "county", "phone", "accommodation", "name_raw",
)  # fmt: skip


class Candidate(NamedTuple):
    """One candidate with canonical values, and where the row stands."""

    sheet: str
    row: int
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
