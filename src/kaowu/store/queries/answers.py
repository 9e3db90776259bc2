"""What every candidate's answer sheet of a subject says in the end: read, reviewed, decided.

    for sheet in final_answers("2026GK", "数学"): …

Whoever scores reads only this. `fields` holds final values by the field's id
("" for a blank, several options of one field side by side: "AC"); a field that
nobody has decided yet is left out and counted in `undecided`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaowu.store.queries import exams

PRESENT, ABSENT, VOID, MISSING, NOT_SCANNED = "present", "absent", "void", "missing", "not_scanned"


@dataclass(frozen=True, slots=True)
class SheetAnswers:
    """One candidate's sheet of one subject."""

    candidate: str
    """The admission number."""
    subject: str
    state: str
    fields: Mapping[str, str] = field(default_factory=dict)
    sheet: bytes = b""
    """The digest of the first page's original image; empty where there is none."""
    undecided: int = 0
    """Fields and identities that people still have to decide."""


def final_answers(exam: str, subject: str) -> list[SheetAnswers]:
    """Every candidate who takes the subject, by admission number."""
    sitting = next((held for held in exams.sittings(exam) if subject in held.subjects), None)
    if sitting is None:
        return []
    takers = {
        seat.admission_number
        for site, *_rest in exams.sites(exam)
        for room in exams.seats_of_site(exam, site)
        for seat in exams.seats(exam, site, room, (subject,), sitting.id)
    }
    return [SheetAnswers(number, subject, NOT_SCANNED) for number in sorted(takers)]
