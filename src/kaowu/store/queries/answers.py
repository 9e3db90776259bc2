"""What every candidate's answer sheet of a subject says in the end: read, reviewed, decided.

    for sheet in final_answers("2026GK", "数学"): …

Whoever scores reads only this. A bag counts once it is sealed: before that its
sheets are `not_scanned`, whatever the scanner has seen. `fields` holds final
values by the field's id ("" for a blank, several options of one field side by
side: "AC"); a field that nobody has decided yet is left out and counted in
`undecided`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaowu.exam.sheet_account import SeatLine
from kaowu.exam.sheet_readings import is_answer
from kaowu.store.queries import sheet_bags

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
    """Fields that people still have to decide."""


def final_answers(exam: str, subject: str) -> list[SheetAnswers]:
    """Every candidate who takes the subject, by admission number."""
    found = []
    for view in sheet_bags.bags(exam, subject):
        if view.bag.sealed is None or view.lacks_readings:
            found += [SheetAnswers(candidate, subject, NOT_SCANNED) for candidate in view.seats]
        else:
            found += [_of_seat(line, subject) for line in view.account.seats]
    return sorted(found, key=lambda one: one.candidate)


def _of_seat(line: SeatLine, subject: str) -> SheetAnswers:
    sheet = line.pages[0].read.page if line.pages else b""
    if line.state == "open":
        # A sealed bag has no open seat, unless the plan was changed after the seal: then nothing is final.
        return SheetAnswers(line.candidate, subject, NOT_SCANNED, sheet=sheet)
    if line.state != PRESENT:
        return SheetAnswers(line.candidate, subject, line.state, sheet=sheet)
    undecided = {name for page in line.pages for name in page.undecided if is_answer(name)}
    fields = {name: says for name, says in line.fields.items() if is_answer(name)}
    return SheetAnswers(line.candidate, subject, PRESENT, fields, sheet, len(undecided))
